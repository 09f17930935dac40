// Drawings of what to correct before a run: the camera's picture as a frame, the runner as a figure, amber for what to do.
// A row is named like `Check.problem`; what has no row gets the drawing for "something is to be corrected".

import { svg } from "./dom.js";

const line = (d, className = "ink") => svg("path", { d, class: className });
const FRAME = () => svg("rect", { x: 10, y: 5, width: 100, height: 90, rx: 4, class: "frame" });

/** A figure of 70 units around (x, y), `scale` times as large. */
function figure(x = 60, y = 50, scale = 1, className = "ink") {
  const parts = [
    svg("circle", { cx: 0, cy: -29, r: 6, class: className }),
    line("M0 -22V4M0 4L-11 20L-12 36M0 4L10 19L14 35M0 -18L-12 -6L-8 6M0 -18L11 -8L17 1", className),
  ];
  return svg("g", { transform: `translate(${x} ${y}) scale(${scale})` }, ...parts);
}

/** The same from the front: legs and arms to both sides. */
function fromFront(x) {
  const parts = [svg("circle", { cx: 0, cy: -29, r: 6, class: "ink" }), line("M0 -22V4M0 4L-8 36M0 4L8 36M-12 4L-11 -18H11L12 4")];
  return svg("g", { transform: `translate(${x} 50)` }, ...parts);
}

const ARROW_HEADS = { right: "M-8 -8L0 0L-8 8M-22 0H-1", left: "M8 -8L0 0L8 8M22 0H1", up: "M-8 8L0 0L8 8M0 22V1", down: "M-8 -8L0 0L8 -8M0 -22V-1" };
const arrow = (way, x, y) => svg("g", { transform: `translate(${x} ${y})` }, line(ARROW_HEADS[way], "do"));
const filled = (d, className) => svg("path", { d, class: className });

/** The camera itself on its stand. */
const camera = (x, y = 62) => svg("g", { transform: `translate(${x} ${y})` }, line("M-14 -9H8V9H-14ZM8 -3L16 -8V8L8 3M-3 9V20"));

const SIGNS = {
  "": () => [FRAME(), figure(48), line("M76 52L84 62L100 36", "good")],
  nobody: () => [FRAME(), figure(60, 50, 1, "ghost"), arrow("down", 60, 16)],
  two_people: () => [FRAME(), figure(38), figure(82, 50, 1, "ghost"), line("M68 36L98 66M98 36L68 66", "do")],
  step_back: () => [FRAME(), figure(60, 62, 1.5), arrow("right", 36, 50), arrow("left", 84, 50)],
  step_closer: () => [FRAME(), figure(60, 52, 0.5), arrow("left", 18, 50), arrow("right", 102, 50)],
  move_left: () => [FRAME(), figure(102), arrow("left", 44, 50)],
  move_right: () => [FRAME(), figure(18), arrow("right", 76, 50)],
  feet_cut: () => [FRAME(), figure(60, 74), line("M34 95H86", "do"), arrow("up", 94, 54)],
  head_cut: () => [FRAME(), figure(60, 26), line("M34 5H86", "do"), arrow("down", 94, 46)],
  feet_hidden: () => [FRAME(), figure(), svg("rect", { x: 32, y: 70, width: 56, height: 20, class: "block" }), line("M36 90L52 70M52 90L68 70M68 90L84 70", "do")],
  tilted: () => [svg("g", { transform: "rotate(14 60 50)" }, FRAME()), figure(), line("M96 20A44 44 0 0 1 106 62M98 54L106 63L113 52", "do")],
  turn_clockwise: () => [svg("g", { transform: "rotate(-14 60 50)" }, FRAME()), figure(), line("M96 20A44 44 0 0 1 106 62M98 54L106 63L113 52", "do")],
  turn_counter: () => [svg("g", { transform: "rotate(14 60 50)" }, FRAME()), figure(), line("M24 20A44 44 0 0 0 14 62M22 54L14 63L7 52", "do")],
  camera_left: () => [FRAME(), figure(18), camera(60, 48), arrow("left", 46, 84)],
  camera_right: () => [FRAME(), figure(102), camera(60, 48), arrow("right", 74, 84)],
  camera_up: () => [FRAME(), figure(38, 26), camera(88), arrow("up", 88, 18)],
  camera_down: () => [FRAME(), figure(38, 74), camera(88, 40), arrow("down", 88, 86)],
  turn: () => [FRAME(), fromFront(60), line("M30 72C30 92 90 92 90 72M82 78L90 70L98 78", "do")],
  turn_round: () => [FRAME(), figure(42), svg("g", { transform: "translate(84 50) scale(-1 1)" }, figure(0, 0, 1, "ghost")), line("M48 14C60 6 72 6 82 14M82 4V15H71", "do")],
  blurred: () => [FRAME(), figure(54, 50, 1, "ghost"), figure(60, 50, 1, "ghost"), figure(66, 50, 1, "ghost"), line("M22 26H34M22 36H30", "do")],
  too_dark: () => [svg("rect", { x: 10, y: 5, width: 100, height: 90, rx: 4, class: "frame night" }), figure(46, 50, 1, "ghost"), filled("M92 18A20 20 0 1 0 102 48A16 16 0 0 1 92 18Z", "sun")],
  too_bright: () => [FRAME(), figure(40, 50, 1, "ghost"), svg("circle", { cx: 86, cy: 34, r: 10, class: "sun" }), line("M86 12V18M86 50V56M64 34H70M102 34H108M70 18L75 23M97 45L102 50M102 18L97 23M75 45L70 50", "do")],
};
const OTHER = () => [FRAME(), figure(44), line("M86 28V56M86 68V70", "do")];

/** The names that have a drawing of their own. */
export const SIGN_NAMES = Object.keys(SIGNS);

/** The drawing for a problem. */
export function sign(problem) {
  return svg("svg", { viewBox: "0 0 120 100", class: "drawing", "aria-hidden": "true" }, ...(SIGNS[problem] ?? OTHER)());
}

const STEPS = {
  stand: () => [line("M14 88H106"), figure(60, 52), arrow("down", 24, 70)],
  run: () => [line("M10 90H110"), figure(70, 52), line("M14 36H34M8 52H30M14 68H36", "do")],
  learn: () => [svg("rect", { x: 24, y: 8, width: 72, height: 84, rx: 6, class: "frame" }), line("M40 34L50 44L72 22", "good"), line("M38 62H82M38 76H70")],
};

/** The drawing for one part of a visit: "stand", "run" or "learn". */
export function step(name) {
  return svg("svg", { viewBox: "0 0 120 100", class: "drawing", "aria-hidden": "true" }, ...STEPS[name]());
}
