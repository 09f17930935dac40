// How sure we are of a cue, on demand: a tap on the cue or the key e.

import { say } from "./text.js";

const SHOWN_MS = 8000;

let until = 0;

/** Show the evidence from now on for some seconds, or no longer. */
export function askEvidence() {
  until = performance.now() < until ? 0 : performance.now() + SHOWN_MS;
}

/** The line that stands in place of the cause while it was asked for, else "". */
export function evidence(cue) {
  if (!cue || performance.now() >= until) return "";
  return say("Evidence {grade}: {meaning}. Source: {source}", { grade: cue.fault.grade, meaning: meaning(cue.fault.grade), source: cue.fault.source });
}

/** A grade of COACHING.md in words. */
export function meaning(grade) {
  return { A: say("measured"), B: say("studies give the direction"), C: say("experts’ range") }[grade] ?? say("our choice");
}
