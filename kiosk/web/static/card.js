// One finding as a card: picture, number with ±, band, what to do and why. A tap shows it alone, with its source.

import { make } from "./dom.js";
import { momentWord, still } from "./figure.js";
import { number, say } from "./text.js";

const PAD = 0.5; // room beside band and value, in widths of the band; with far values a quarter of all: the ticks need it (our choice)
const OUR_OWN = "CD"; // grades whose bands are guides, not facts (COACHING.md)

/** A card for one finding; `onTap` opens and closes it. */
export function card(finding, stride, onTap) {
  const button = make("button", `card box ${finding.good ? "good" : "work"}`, headOf(finding));
  button.type = "button";
  button.setAttribute("aria-expanded", "false");
  button.append(measured(finding, stride), make("span", "words", ...lines(finding)));
  button.addEventListener("click", onTap);
  return button;
}

/** A card with one sentence. */
export const plain = (sentence) => make("article", "card plain box", make("p", "", sentence));

function headOf({ good, grade, label }) {
  const mark = make("span", "mark", shape(good ? "praise" : "work"), make("b", "", good ? say("Good") : say("Work on")));
  const chip = grade && make("span", "grade", say("Evidence {grade}", { grade }));
  return make("span", "card-head", make("span", "mark-row", mark, chip), label && make("strong", "label", label));
}

function measured(finding, stride) {
  const box = make("span", "measured");
  if (stride) box.append(make("span", "picture", still(stride, finding), finding.moment === "whole" ? "" : caption(finding)));
  if (finding.value !== null) box.append(make("span", "reading", value(finding), where(finding)), bar(finding) ?? "");
  return box;
}

// In the picture's corner only when the card is open: small cards have no room for it; the picture's name says it too.
function caption({ moment }) {
  return make("span", "caption quiet", momentWord(moment));
}

function value({ value: read, spread, unit, decimals }) {
  const around = spread === null ? "" : make("span", "around", `± ${number(spread, decimals)}`);
  return make("span", "value", make("b", "", number(read, decimals)), " ", around, " ", make("span", "unit", unit));
}

function where({ value: read, low, high, grade, side }) {
  const sides = { left: () => say("left side"), right: () => say("right side") };
  const words = [place(read, low, high, OUR_OWN.includes(grade) && grade), side && sides[side]()].filter(Boolean);
  return make("span", "where", words.join(" · "));
}

function place(read, low, high, guide) {
  if (low === null && high === null) return "";
  if (low !== null && read < low) return guide ? say("below our guide") : say("below typical");
  if (high !== null && read > high) return guide ? say("above our guide") : say("above typical");
  return guide ? say("within our guide") : say("within typical");
}

// ---- lines ---------------------------------------------------------------------------------------------------------

const EVIDENCE = {
  A: () => say("Evidence A: measured"),
  B: () => say("Evidence B: studies give the direction"),
  C: () => say("Evidence C: experts’ range"),
  D: () => say("Evidence D: our choice"),
};

/** The words of a card in the order they are read; the higher its rank the sooner a line gives way to the others. */
function lines(finding) {
  const numbered = finding.value !== null; // then the sentence says the number a second time
  const rows = [
    ["text", numbered ? 5 : 0, finding.text],
    ["why", 2, finding.why],
    ["cause", 4, finding.may_come_from],
    ["change", 1, finding.change],
    ["drill", 0, finding.drill && say("Drill: {what}", { what: finding.drill })],
    ["more", 6, EVIDENCE[finding.grade]?.()],
    ["more", 7, finding.source && say("Source: {what}", { what: finding.source })],
  ];
  return rows.filter(([, , text]) => text).map(([name, rank, text]) => ranked(make("span", `line ${name}`, text), rank));
}

function ranked(line, rank) {
  if (rank) line.dataset.rank = rank;
  return line;
}

function shape(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#shape-${name}`);
  svg.setAttribute("class", "shape");
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

// ---- bar -----------------------------------------------------------------------------------------------------------

/** The band as a hatched part of a bar, the value as its pointer, ± as a line through it; null without a band. */
function bar({ value: read, spread, low, high, decimals }) {
  if (low === null && high === null) return null;
  const ends = [read, low, high].filter((end) => end !== null);
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  const width = low !== null && high !== null ? high - low : most - least;
  const pad = Math.max(PAD * width, (most - least) / 4) || 1;
  const at = (number) => Math.max(0, Math.min(100, (100 * (number - least + pad)) / (most - least + 2 * pad)));
  const [from, to] = [low === null ? 0 : at(low), high === null ? 100 : at(high)];
  const track = make("span", "track", placed("span", "band", { left: from, right: 100 - to }));
  if (spread) track.append(placed("span", "whisker", { left: at(read - spread), right: 100 - at(read + spread) }));
  track.append(placed("span", "pointer", { left: at(read) }));
  const ticks = make("span", "ticks");
  if (low !== null) ticks.append(placed("span", "", { right: 100 - from }, number(low, decimals)));
  if (high !== null) ticks.append(placed("span", "", { left: to }, number(high, decimals)));
  return make("span", "bar-row", track, ticks);
}

function placed(tag, name, sides, ...content) {
  const made = make(tag, name, ...content);
  for (const [side, percent] of Object.entries(sides)) made.style[side] = `${percent.toFixed(2)}%`;
  return made;
}
