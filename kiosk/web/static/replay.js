// The typical stride in slow motion, left against right: each figure starts where its own foot lands.
// Below or beside it what the run said over time: form with and without feedback, drift, self-tests.

import { shape } from "./card.js";
import { make } from "./dom.js";
import { momentWord, mover, nearSide, phaseOf, wrapped } from "./figure.js";
import { number, say } from "./text.js";

const SLOWER = 4; // a stride of 0.7 s takes 2.9 s: slow enough to compare, quick enough to be one movement (our choice)
const FRAME_MS = 40; // 25 pictures a second: smooth at this speed, cheap on a Pi (our choice)
const STILLS = ["contact", "midstance", "toe_off"];
const LEAVES = 0.1; // "Toe off" is said for this part of a stride after it (our choice)

let moving = null; // {button, runners, stride, phase, paused, last}
let asked = false;

/** No movement for who asked the system for less of it. */
export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** The screen: figures and notes. */
export function replay(summary) {
  moving = null;
  const notes = notesOf(summary);
  const screen = make("div", notes.length ? "replay" : "replay alone");
  screen.append(summary.stride ? figures(summary.stride) : make("p", "plain", say("No replay: too few strides were seen well.")));
  if (notes.length) screen.append(make("div", "notes holder", make("div", "box", ...notes)));
  return [screen];
}

const NAMES = { left: () => say("Left foot"), right: () => say("Right foot") };

function figures(stride) {
  const sides = ["left", "right"].filter((side) => typeof stride.contact[side] === "number");
  return calm() ? stills(stride, sides) : film(stride, sides);
}

function stills(stride, sides) {
  const grid = make("div", "stills");
  for (const side of sides) {
    const row = make("div", "stills-row", make("p", "side-name", NAMES[side]()));
    for (const moment of STILLS) {
      const phase = phaseOf(stride, moment, side);
      const { svg, turn } = mover(stride, `${NAMES[side]()}: ${momentWord(moment)}`);
      if (phase !== null) turn(phase);
      row.append(make("figure", "", svg, make("figcaption", "", momentWord(moment))));
    }
    grid.append(row);
  }
  return make("div", "film", grid, make("p", "legend quiet", legend(stride)));
}

function film(stride, sides) {
  const runners = sides.map((side) => runner(stride, side));
  const button = make("button", "film", make("span", "pair", ...runners.map(({ box }) => box)));
  const state = make("span", "legend quiet", "");
  button.append(state);
  button.type = "button";
  moving = { button, state, runners, stride, phase: 0, paused: false, last: null };
  button.addEventListener("click", pause);
  label();
  runners.forEach(({ show }) => show(0));
  return button;
}

function pause() {
  moving.paused = !moving.paused;
  label();
}

function label() {
  const hint = moving.paused ? say("Paused. Tap to go on.") : say("A quarter of the speed. Tap to pause.");
  moving.state.textContent = `${legend(moving.stride)} ${hint}`;
  moving.button.setAttribute("aria-pressed", String(moving.paused));
}

function legend(stride) {
  if (stride.view !== "left" && stride.view !== "right") return say("Solid: your left. Dashed: your right.");
  return nearSide(stride) === "left" ? say("Solid: your left, near. Dashed: your right.") : say("Solid: your right, near. Dashed: your left.");
}

/** One figure with its bar of the stride; `show(phase)` counts from the landing of its foot. */
function runner(stride, side) {
  const { svg, turn } = mover(stride, NAMES[side]());
  const [contact, off] = [stride.contact[side], phaseOf(stride, "toe_off", side)];
  const leaves = off === null ? null : wrapped(off - contact);
  const [word, pointer] = [make("b", "moment", ""), make("span", "pointer", "")];
  const bar = make("span", "track", ...(leaves === null ? [] : marks(leaves)), pointer);
  const box = make("span", "runner", make("span", "side-name", NAMES[side](), word), svg, bar);
  const show = (phase) => {
    turn(contact + phase);
    pointer.style.left = `${(100 * phase).toFixed(1)}%`;
    const said = leaves === null ? "" : momentWord(momentAt(phase, leaves));
    if (word.textContent === said) return;
    word.textContent = said;
    svg.setAttribute("aria-label", said ? `${NAMES[side]()}: ${said}` : NAMES[side]());
  };
  return { box, show };
}

/** Stance as a band from landing to toe off, a mark at each of the three moments. */
function marks(leaves) {
  const band = make("span", "band");
  band.style.left = "0%";
  band.style.right = `${(100 - 100 * leaves).toFixed(1)}%`;
  const ticks = [0, leaves / 2, leaves].map((phase) => {
    const tick = make("span", "tick");
    tick.style.left = `${(100 * phase).toFixed(1)}%`;
    return tick;
  });
  return [band, ...ticks];
}

function momentAt(phase, leaves) {
  if (phase < leaves / 4) return "contact";
  if (phase < 0.75 * leaves) return "midstance";
  return phase < leaves + LEAVES ? "toe_off" : "swing";
}

/** Let the film run while it is seen; harmless when it runs already. */
export function playReplay() {
  if (!moving || asked) return;
  moving.last = null;
  asked = true;
  requestAnimationFrame(step);
}

function step(now) {
  asked = Boolean(moving?.button.checkVisibility());
  if (!asked) return;
  requestAnimationFrame(step);
  const past = now - (moving.last ?? now - FRAME_MS);
  if (past < FRAME_MS) return;
  moving.last = now;
  if (moving.paused) return;
  moving.phase = wrapped(moving.phase + past / 1000 / (SLOWER * moving.stride.duration_s));
  moving.runners.forEach(({ show }) => show(moving.phase));
}

// ---- notes ---------------------------------------------------------------------------------------------------------

const ANSWERS = {
  confirmed: () => ["praise", say("Self-test: confirmed")],
  not_confirmed: () => ["cross", say("Self-test: not confirmed")],
  cannot_tell: () => ["judge", say("Self-test: cannot tell")],
};

/** What there is to say over time; the first of each kind stays longest when there is little room. */
function notesOf({ score, verdicts, drift }) {
  const notes = score ? [formOf(score)] : [];
  verdicts.forEach((verdict, i) => notes.push(ranked(verdictOf(verdict), i ? 3 + i : 1)));
  if (drift.length) notes.push(ranked(make("section", "note", make("h2", "", say("While you ran")), ...drift.map(lineOf)), 2));
  return notes;
}

const lineOf = (text, i) => ranked(make("p", "", text), i ? 2 + i : 0);

function formOf({ with_feedback, without_feedback, text }) {
  const rows = [shareOf(say("With feedback"), with_feedback, "full"), shareOf(say("Without feedback"), without_feedback, "hatched")];
  return make("section", "note", make("h2", "", say("Strides in the band")), ...rows, make("p", "", text));
}

function shareOf(name, share, pattern) {
  if (share === null) return make("p", "share unknown", make("span", "", name), make("b", "", say("not known")));
  const fill = make("span", `fill ${pattern}`);
  fill.style.right = `${(100 - 100 * share).toFixed(0)}%`;
  const read = say("{percent} %", { percent: number(100 * share, 0) });
  return make("p", "share", make("span", "", name), make("span", "track", fill), make("b", "", read));
}

function verdictOf({ answer, text }) {
  const [drawing, words] = ANSWERS[answer]();
  return make("section", "note", make("h2", "", shape(drawing), " ", words), make("p", "", text));
}

function ranked(line, rank) {
  if (rank) line.dataset.rank = rank;
  return line;
}
