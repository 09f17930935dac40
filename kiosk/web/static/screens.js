// Which screen a view asks for, and the words and buttons that every screen has: headline, line below it, buttons.

import { clock } from "./dom.js";
import { gaugeWord } from "./gauge.js";
import { nextLanguage, ownName, say } from "./text.js";

const MENUS = ["choose", "code", "ask", "shutdown"];

/** The name of the screen that shows this view: the `data-screen` of the page. */
export function screenOf({ state, fault, cannot_judge, cue, praise, test, focus, asked_for, bout_left_s }) {
  if (["idle", "check"].includes(state) && fault && cannot_judge) return "broken"; // nobody is asked to step on or to press start
  if (MENUS.includes(state)) return "menu"; // setup is a menu beside a picture: a screen of its own
  if (state !== "running") return state;
  if (bout_left_s !== null && !cannot_judge) return "bout";
  if (cannot_judge && !test?.verdict) return "judge";
  if (test) return "test";
  return cue ? "cue" : praise ? "praise" : focus?.silent && !asked_for ? "silent" : "calm";
}

/** Screen -> [headline, line below it, shorter words for the line where there is little room]. */
const WORDS = {
  idle: () => [say("Press start"), say("Your running form, measured beside the treadmill: one hint at a time.")],
  broken: (v) => [v.cannot_judge, say("Please tell the staff. It goes on by itself as soon as it can.")],
  check: (v) => [v.check?.text ?? say("Stand on the treadmill"), v.check?.ok ? goesOn(v.check) : (v.check?.more ?? "")],
  menu: (v) => [v.menu?.question ?? "", v.menu?.more ?? ""],
  setup: (v) => [withSeconds(v.menu?.question ?? "", v.guide?.left_s), v.menu?.more ?? ""],
  countdown: (v) => [v.countdown_s === null ? say("Get ready") : String(v.countdown_s), say("Measuring starts soon: numbers, no video. Stop = not now.")],
  judge: (v) => [v.cannot_judge, say("Cannot judge right now.")],
  cue: (v) => [v.cue.text, ...causes(v.cue)],
  praise: (v) => [v.praise, say("Keep it easy.")],
  silent: () => [say("Quiet minute"), say("Your form is measured. Start = show me.")],
  calm: (v) => (v.asked_for && typeof v.gauge?.value === "number" ? asked(v.gauge) : [say("Run easy"), say("No cue right now.")]),
  test: (v) => (v.test.verdict ? [answered(v.test.verdict.answer), ""] : [v.test.instruction, v.test.more]),
  bout: (v) => [clock(v.bout_left_s), say("Run as usual. You are measured; there are no hints.")],
  measured: () => [say("Done, thank you"), say("Slow the belt down, then step off.")],
  summary: (v) => [say("Your run: {time}, {n} strides", { time: clock(v.summary?.duration_s ?? v.elapsed_s), n: v.summary?.strides ?? 0 }), ""],
  replay: () => [say("Your stride in slow motion"), ""],
  take_home: () => [say("Take it home"), ""],
  off: () => [say("Switching off…"), say("You can unplug it when the screen is black and the green light has stopped blinking.")],
};

export const words = (screen, view) => WORDS[screen](view);

const withSeconds = (text, left) => (left == null ? text : `${text}: ${left} s`);

function goesOn({ left_s }) {
  return left_s === null ? say("All is well.") : say("Goes on by itself in {n} s.", { n: left_s });
}

/** "Show me" without a cue: what is shown, not that all is well. */
const asked = (gauge) => [say("Now: {what}", { what: gauge.label }), gaugeWord(gauge, gauge.grade)];

/** The cause as a whole; then the part that was measured in this runner, else the first, as a sentence (the summary has all of it). */
function causes({ fault, may_come_from }) {
  const parts = may_come_from.replace(/\.$/, "").split(/;\s*/);
  const at = parts.findIndex((part) => part.includes(say("shows too")));
  const alone = at > 0 && parts[at].replace(say("shows too"), "").trim().split(" ").length < 4; // "; that shows too" says nothing alone
  const short = alone ? `${parts[at - 1]}; ${parts[at]}` : parts[Math.max(at, 0)];
  const sentence = short && `${short[0].toUpperCase()}${short.slice(1)}.`;
  return [may_come_from, sentence].map((text) => side(fault.side) + text);
}

function side(name) {
  const words = name === "left" ? say("Left side.") : name === "right" ? say("Right side.") : "";
  return words && `${words} `;
}

function answered(answer) {
  return { confirmed: say("Confirmed"), not_confirmed: say("Not confirmed") }[answer] ?? say("Cannot tell");
}

/** The drawing beside the line below the headline: a symbol of the page, "" for none. */
export function shapeOf(screen) {
  return { cue: "cue", test: "cue", praise: "praise", judge: "judge", broken: "judge", calm: "calm", silent: "silent", bout: "calm", measured: "praise" }[screen] ?? "";
}

const RUNNING = ["cue", "praise", "calm", "silent", "judge", "test", "bout"];
const START = { idle: () => say("Start"), check: () => say("Go on"), summary: () => say("Next"), replay: () => say("Next") };

/** Button -> [command, its words on a screen; "" hides it]. */
const BUTTONS = {
  main: (screen) => {
    if (RUNNING.includes(screen)) return ["stop", say("End run")];
    if (screen === "countdown") return ["stop", say("Cancel")];
    if (screen === "broken") return ["stop", ""];
    return ["start", START[screen]?.() ?? say("Done")];
  },
  "show-me": (screen) => ["show", screen === "silent" ? say("Show me") : ""],
  "test-this": (screen, v) => ["test", screen === "test" ? say("End test") : RUNNING.includes(screen) && v.can_test ? say("Test this") : ""],
  done: (screen) => ["stop", screen === "check" ? say("Cancel") : ["summary", "replay"].includes(screen) ? say("Done") : ""],
  "set-up": (screen) => ["setup", screen === "idle" ? say("Set up camera") : ""],
  language: (screen) => ["language", ["idle", "broken"].includes(screen) ? ownName(nextLanguage()) : ""],
};

/** Rows [id, command, words] of all command buttons. */
export const buttons = (screen, view) => Object.entries(BUTTONS).map(([id, row]) => [id, ...row(screen, view)]);

/** Lines that a headline may take: as written, and when its letters would else be too small. */
export function linesOf(screen) {
  const tall = innerHeight > innerWidth;
  if (["cue", "test"].includes(screen)) return tall ? [4, 6] : [2, 3];
  if (screen === "praise") return tall ? [4, 4] : [2, 2];
  if (["judge", "broken"].includes(screen)) return tall ? [5, 5] : [3, 3];
  if (["check", "setup"].includes(screen)) return tall ? [3, 3] : [2, 2];
  return tall ? [2, 2] : [1, 1];
}
