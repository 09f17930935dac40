// What stands on the screen while somebody runs, beside headline and runner: gauge, last minute, focus, self-test.

import { clock, icon, make, put, show } from "./dom.js";
import { fitBlock } from "./fit.js";
import { drawGauge } from "./gauge.js";
import { drawMinute } from "./minute.js";
import { number, say } from "./text.js";

let drawnParts = "";

/** Draw all of it. */
export function drawRunning(screen, view) {
  if (["cue", "praise", "calm", "silent"].includes(screen)) {
    drawGauge(view.gauge, view.gauge?.grade ?? "");
    drawMinute(view.strip, view.gauge);
  }
  if (screen === "test") drawTest(view.test, view.language);
  drawFoot(view);
}

function drawFoot(view) {
  put("focus", view.focus ? focusWords(view.focus) : "");
  const time = clock(view.elapsed_s);
  put("pace", view.cadence_spm === null ? time : say("{time} · {cadence} steps a minute", { time, cadence: number(view.cadence_spm, 0) }));
  fitBlock(document.getElementById("foot"), { most: 0.046 * Math.min(innerHeight, innerWidth), least: 0.035 * Math.min(innerHeight, innerWidth) });
}

function focusWords({ skill, minutes, left_s }) {
  if (left_s <= 0) return say("Focus done: the rest is free");
  return say("{skill}: {left} of {minutes} min left", { skill, left: clock(left_s), minutes });
}

function drawTest(test, language) {
  const key = `${language}${test.part}${test.verdict !== null}`;
  const names = [say("As usual"), say("Changed"), say("As usual")];
  const parts = document.getElementById("test-parts");
  if (key !== drawnParts) parts.replaceChildren(...names.map((name, i) => part(name, i + 1, test.part)));
  drawnParts = key;
  show("test-parts", !test.verdict);
  show("test-left", !test.verdict);
  show("verdict", Boolean(test.verdict));
  put("test-left", say("{n} s", { n: test.left_s }));
  drawVerdict(test.verdict);
  fitBlock(document.getElementById("test"), { most: 0.06 * Math.min(innerHeight, innerWidth), least: 0.036 * Math.min(innerHeight, innerWidth) });
}

const SHAPES = { confirmed: "praise", not_confirmed: "cross", cannot_tell: "judge" };

function drawVerdict(verdict) {
  const box = document.getElementById("verdict");
  if (verdict && box.textContent !== verdict.text) box.replaceChildren(icon(SHAPES[verdict.answer]), make("span", "", verdict.text));
}

function part(name, number, now) {
  const row = make("li", number === now ? "now" : number < now ? "past" : "", make("span", "", `${number} ${name}`));
  if (number === now) row.setAttribute("aria-current", "step");
  if (number <= now) row.prepend(icon(number === now ? "cue" : "praise"));
  return row;
}
