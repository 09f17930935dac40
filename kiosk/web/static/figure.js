// The typical stride as a figure of lines: still at a moment beside a number, or moved through its phases in the replay.
// What must not go in: words about the runner, and time; whoever moves a figure says which phase it shows.

import { say } from "./text.js";

const SVG = "http://www.w3.org/2000/svg";
const SIZE = 100; // drawing units of one leg length
const MARGIN = 0.14; // around everything the stride reaches, leg lengths: half a head and half a line (our choice)

const OTHER = { left: "right", right: "left" };
const JOINT = {
  left: { shoulder: 5, elbow: 7, wrist: 9, hip: 11, knee: 13, ankle: 15 },
  right: { shoulder: 6, elbow: 8, wrist: 10, hip: 12, knee: 14, ankle: 16 },
};
const LIMBS = {
  left: [[5, 7], [7, 9], [5, 11], [11, 13], [13, 15]],
  right: [[6, 8], [8, 10], [6, 12], [12, 14], [14, 16]],
};
const ACROSS = [[5, 6], [11, 12]];
const [EARS, SHOULDERS, HIPS] = [[3, 4], [5, 6], [11, 12]];
const TRUNK = [0, 1, 2, 3, 4, 5, 6, 11, 12];

const WORDS = {
  contact: () => say("Landing"),
  midstance: () => say("Midstance"),
  toe_off: () => say("Toe off"),
  swing: () => say("Swing"),
  whole: () => say("Mean of the stride"),
};

/** A moment of the stride in words. */
export const momentWord = (moment) => WORDS[moment]();

// ---- where in the stride -------------------------------------------------------------------------------------------

/** The side that faces the camera; from front and rear the left one. */
export const nearSide = (stride) => (stride.view === "right" ? "right" : "left");

/** Phase (0 to 1) of a moment of one foot; null when its event is not known. */
export function phaseOf(stride, moment, side) {
  const [contact, off] = [stride.contact[side] ?? null, stride.toe_off[side] ?? null];
  if (moment === "contact") return contact;
  if (moment === "toe_off") return off;
  if (moment === "swing") return mostBent(stride, side);
  return contact === null || off === null ? null : wrapped(contact + wrapped(off - contact) / 2);
}

/** The part of the stride, 0 to 1, that is behind us. */
export const wrapped = (phase) => ((phase % 1) + 1) % 1;

function mostBent(stride, side) {
  const { hip, knee, ankle } = JOINT[side];
  const bends = stride.xy.map((points) => bend(points[hip], points[knee], points[ankle]));
  const most = Math.max(...bends);
  return most > 0 ? bends.indexOf(most) / bends.length : null;
}

function bend(a, b, c) {
  if (!(known(a) && known(b) && known(c))) return -1;
  const [one, two] = [Math.atan2(a[1] - b[1], a[0] - b[0]), Math.atan2(c[1] - b[1], c[0] - b[0])];
  const angle = Math.abs(one - two) % (2 * Math.PI);
  return Math.PI - Math.min(angle, 2 * Math.PI - angle);
}

// ---- the points ----------------------------------------------------------------------------------------------------

const known = (point) => Boolean(point) && point[0] !== null && point[1] !== null;

/** The 17 points at a phase, between the two phases that are known; null where a point is not. */
export function pointsAt(stride, phase) {
  const at = wrapped(phase) * stride.xy.length;
  const [before, after] = [Math.floor(at) % stride.xy.length, (Math.floor(at) + 1) % stride.xy.length];
  const part = at - Math.floor(at);
  return stride.xy[before].map((a, i) => {
    const b = stride.xy[after][i];
    if (!known(a) || !known(b)) return known(a) ? a : known(b) ? b : null;
    return [a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1])];
  });
}

/** The points of a finding's picture: numbers that are means over the stride get a mean trunk on the legs of midstance. */
function pointsFor(stride, moment, side) {
  const points = pointsAt(stride, phaseOf(stride, moment, side) ?? 0);
  if (moment !== "whole") return points;
  return points.map((point, i) => (TRUNK.includes(i) ? middle(stride.xy.map((all) => all[i])) : point));
}

function middle(points) {
  const good = points.filter(known);
  return good.length ? [0, 1].map((axis) => good.reduce((sum, point) => sum + point[axis], 0) / good.length) : null;
}

/** Everything the stride reaches: {left, top, width, height} in leg lengths, so that a moving figure keeps its place. */
function reach(stride) {
  const all = stride.xy.flat().filter(known);
  const [xs, ys] = [0, 1].map((axis) => all.map((point) => point[axis]));
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  return { left: left - MARGIN, top: top - MARGIN, width: right - left + 2 * MARGIN, height: bottom - top + 2 * MARGIN, belt: bottom + 0.05 };
}

// ---- the drawing ---------------------------------------------------------------------------------------------------

/** A still figure: the body quiet, the marked lines thick, the band where a band is easily drawn. */
export function still(stride, finding) {
  const side = finding.side ?? nearSide(stride);
  const points = pointsFor(stride, finding.moment, side);
  const svg = canvas(stride, momentWord(finding.moment));
  svg.classList.add("still", finding.good ? "good" : "work");
  const marks = finding.marks.filter(([a, b]) => known(points[a]) && known(points[b]) && (finding.moment === "whole" || !isOf(OTHER[side], a, b)));
  svg.append(belt(stride), ...zone(stride, points, side, finding), ...body(points, nearSide(stride), hasFace(stride)));
  svg.append(...marks.map(([a, b]) => line(points[a], points[b], "marked")));
  svg.append(...[...new Set(marks.flat())].map((i) => circle(points[i], 0.045, "joint")));
  return svg;
}

/** Both joints are of this side: at the moment of one foot the other leg's lines would show another moment. */
const isOf = (side, ...joints) => joints.every((joint) => joint > 4 && joint % 2 === (side === "left" ? 1 : 0));

/** A figure whose near side is thick and solid, its far side thin and dashed; `turn(phase)` moves it. */
export function mover(stride, label) {
  const svg = canvas(stride, label);
  svg.classList.add("mover", ["left", "right"].includes(stride.view) ? "aside" : "ahead");
  const turn = (phase) => svg.replaceChildren(belt(stride), ...moved(stride, pointsAt(stride, phase)));
  return { svg, turn };
}

/** Seen from behind nobody has a nose. */
const hasFace = (stride) => stride.view !== "rear";

/** The body with its feet named: from front and rear the sides are easily mixed up. */
function moved(stride, points) {
  const names = { left: say("L"), right: say("R") };
  const ahead = !["left", "right"].includes(stride.view);
  const feet = ahead ? Object.keys(names).filter((side) => known(points[JOINT[side].ankle])) : [];
  return [...body(points, nearSide(stride), hasFace(stride)), ...feet.map((side) => footName(points, side, names[side]))];
}

function footName(points, side, name) {
  const [ankle, other] = [points[JOINT[side].ankle], points[JOINT[OTHER[side]].ankle]];
  const outward = known(other) && other[0] > ankle[0] ? -1 : 1;
  const text = element("text", "foot-name");
  const [x, y] = at([ankle[0] + 0.13 * outward, ankle[1] + 0.03]).split(" ");
  for (const [key, value] of Object.entries({ x, y, "text-anchor": "middle" })) text.setAttribute(key, value);
  text.textContent = name;
  return text;
}

function canvas(stride, label) {
  const svg = element("svg", "figure");
  const { left, top, width, height } = reach(stride);
  svg.setAttribute("viewBox", [left, top, width, height].map((length) => (length * SIZE).toFixed(1)).join(" "));
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  return svg;
}

function body(points, near, face = true) {
  const far = OTHER[near];
  const lines = (pairs, name) => pairs.filter(([a, b]) => known(points[a]) && known(points[b])).map(([a, b]) => line(points[a], points[b], name));
  const [ears, shoulders] = [middle(EARS.map((i) => points[i])), middle(SHOULDERS.map((i) => points[i]))];
  const head = ears ?? (known(points[0]) ? points[0] : null);
  return [
    ...lines(LIMBS[far], "far"),
    ...lines(ACROSS, "middle"),
    ...(head && shoulders ? [line(shoulders, head, "middle")] : []),
    ...lines(LIMBS[near], "near"),
    ...(head ? [circle(head, 0.12, "head")] : []),
    ...(ears && known(points[0]) && face ? [line(ears, points[0], "middle")] : []),
  ];
}

function belt(stride) {
  const { left, width, belt: y } = reach(stride);
  return line([left, y], [left + width, y], "belt");
}

// ---- bands ---------------------------------------------------------------------------------------------------------

// where the angle's vertex is, whether its line stands up or hangs down, whether it grows ahead (1) or behind (-1), leg lengths of it
const WEDGES = {
  trunk_lean_deg: { from: () => HIPS, up: true, ahead: 1, length: 0.75 },
  head_forward_deg: { from: () => SHOULDERS, up: true, ahead: 1, length: 0.4 },
  shank_angle_deg: { from: (joint) => [joint.knee], up: false, ahead: 1, length: 0.55 },
  thigh_back_deg: { from: () => HIPS, up: false, ahead: -1, length: 0.6 },
};
// where the ankle should be, ahead of the hip on the belt
const PLACES = { overstride_ratio: 1, hip_over_ankle_ratio: -1 };

/** The band as a wedge at the joint or as a place on the belt, counted from below the hip; nothing for numbers that are neither, or seen from the front. */
function zone(stride, points, side, { metric, low, high }) {
  const ahead = { left: -1, right: 1 }[stride.view];
  if (!ahead || low === null || high === null) return [];
  if (metric in PLACES) {
    const { belt: y } = reach(stride);
    const [a, b] = [low, high].map((length) => ahead * PLACES[metric] * length);
    return [line([0, 0], [0, y], "plumb"), rect(Math.min(a, b), y, Math.abs(b - a), 0.08)];
  }
  const wedge = WEDGES[metric];
  const vertex = wedge && middle(wedge.from(JOINT[side]).map((i) => points[i]));
  if (!vertex) return [];
  const end = (degrees) => {
    const angle = (degrees * Math.PI) / 180;
    return [vertex[0] + ahead * wedge.ahead * wedge.length * Math.sin(angle), vertex[1] + (wedge.up ? -1 : 1) * wedge.length * Math.cos(angle)];
  };
  const path = element("path", "zone");
  path.setAttribute("d", `M${at(vertex)}L${at(end(low))}L${at(end(high))}Z`);
  return [path];
}

// ---- shapes --------------------------------------------------------------------------------------------------------

const at = ([x, y]) => `${(x * SIZE).toFixed(1)} ${(y * SIZE).toFixed(1)}`;

function element(tag, name) {
  const made = document.createElementNS(SVG, tag);
  made.setAttribute("class", name);
  return made;
}

function line(from, to, name) {
  const path = element("path", name);
  path.setAttribute("d", `M${at(from)}L${at(to)}`);
  return path;
}

function circle(centre, radius, name) {
  const round = element("circle", name);
  const [x, y] = at(centre).split(" ");
  for (const [key, value] of Object.entries({ cx: x, cy: y, r: radius * SIZE })) round.setAttribute(key, value);
  return round;
}

function rect(x, y, width, height) {
  const box = element("rect", "zone");
  for (const [key, value] of Object.entries({ x, y, width, height })) box.setAttribute(key, (value * SIZE).toFixed(1));
  return box;
}
