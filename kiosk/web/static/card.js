// One finding as a card: picture, number with ±, band, what to do and why. A tap shows it alone, with its source.

import { make } from "./dom.js";
import { meaning } from "./evidence.js";
import { momentWord, still } from "./figure.js";
import { number, say } from "./text.js";

const PAD = 0.3; // room left and right of band and value, in parts of what they span together (our choice)
const OUR_OWN = "CD"; // grades whose bands are guides, not facts (COACHING.md)

/** A card for one finding; `onTap` opens and closes it. */
export function card(finding, stride, onTap) {
  const button = make("button", `card box ${finding.good ? "good" : "work"}`);
  button.type = "button";
  button.setAttribute("aria-expanded", "false");
  if (stride) button.append(make("span", "picture", still(stride, finding), caption(finding)));
  if (finding.value !== null) button.append(reading(finding));
  button.append(make("span", "words", judged(finding), ...lines(finding)));
  button.addEventListener("click", onTap);
  return button;
}

/** A card with one sentence. */
export const plain = (sentence) => make("article", "card plain box", make("p", "", sentence));

/** Shown when the card is open; small cards have no room for it, the picture's name says it too. */
const caption = ({ moment }) => make("span", "caption quiet", momentWord(moment));

function reading({ label, value, spread, unit, decimals, low, high }) {
  const around = spread === null ? "" : make("span", "around", `± ${number(spread, seen(spread, decimals))}`);
  const read = make("span", "value", make("b", "", number(value, decimals)), " ", around, " ", make("span", "unit", unit));
  const known = low !== null || high !== null;
  return make("span", "reading", label && make("strong", "label", label), read, known ? bar({ value, spread, low, high }) : "");
}

/** Digits after the point with which a small spread is not written as none. */
const seen = (spread, decimals) => (spread > 0 && spread < 0.5 * 10 ** -decimals ? decimals + 1 : decimals);

/** Good or to work on, where the number stands, which side, how sure we are: in words, a shape and a colour. */
function judged({ good, grade, value, low, high, side, decimals }) {
  const mark = make("b", "mark", shape(good ? "praise" : "work"), good ? say("Good") : say("Work on"));
  const sides = { left: () => say("left side"), right: () => say("right side") };
  const where = value === null ? "" : place(value, low, high, OUR_OWN.includes(grade) && grade);
  const numbers = where && low !== null && high !== null ? say("{low} to {high}", { low: number(low, decimals), high: number(high, decimals) }) : "";
  const words = [[where, numbers].join(" ").trim(), side && sides[side]()].filter(Boolean);
  const chip = grade && make("span", "grade", say("Evidence {grade}", { grade }));
  return make("span", "judged", mark, ...words.map((part) => make("b", "where", part)), chip);
}

function place(read, low, high, guide) {
  if (low === null && high === null) return "";
  if (low !== null && read < low) return guide ? say("below our guide") : say("below typical");
  if (high !== null && read > high) return guide ? say("above our guide") : say("above typical");
  return guide ? say("within our guide") : say("within typical");
}

// ---- lines ---------------------------------------------------------------------------------------------------------

/** The words of a card in the order they are read; the higher its rank the sooner a line gives way to the others. */
function lines(finding) {
  const numbered = finding.value !== null && finding.label; // then the sentence would say every number a second time
  const rows = [
    ["text", 0, numbered ? "" : finding.text],
    ["why", 1, finding.why],
    ["cause", 3, finding.may_come_from],
    ["change", 2, finding.change],
    ["drill", 0, finding.drill && say("Drill: {what}", { what: finding.drill })],
    ["fact", 6, finding.source && say("Evidence {grade}: {meaning}. Source: {source}", { ...finding, meaning: meaning(finding.grade) })],
  ];
  return rows.filter(([, , text]) => text).map(([name, rank, text]) => ranked(make("span", `line ${name}`, text), rank));
}

function ranked(line, rank) {
  if (rank) line.dataset.rank = rank;
  return line;
}

/** One of the page's drawings. */
export function shape(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#shape-${name}`);
  svg.setAttribute("class", "shape");
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

// ---- bar -----------------------------------------------------------------------------------------------------------

/** The band as a hatched part of a bar, the value as its pointer, ± as a line through it. */
function bar({ value, spread, low, high }) {
  const ends = [value, low, high].filter((end) => end !== null);
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  const pad = PAD * (most - least) || 1;
  const at = (place) => Math.max(0, Math.min(100, (100 * (place - least + pad)) / (most - least + 2 * pad)));
  const track = make("span", "track", placed("band", { left: low === null ? 0 : at(low), right: high === null ? 0 : 100 - at(high) }));
  if (spread) track.append(placed("whisker", { left: at(value - spread), right: 100 - at(value + spread) }));
  track.append(placed("pointer", { left: at(value) }));
  return track;
}

function placed(name, sides) {
  const made = make("span", name);
  for (const [side, percent] of Object.entries(sides)) made.style[side] = `${percent.toFixed(2)}%`;
  return made;
}
