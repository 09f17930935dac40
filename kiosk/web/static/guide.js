// The guide for the camera: what lies over its picture (frame, zone with corners to drag, the line that says where down is), what was found.

import { drawZone } from "./ask.js";
import { make, mark, put, show, svg } from "./dom.js";
import { fitBlock } from "./fit.js";
import { say } from "./text.js";

const TOUCH_PX = 34; // radius of what a finger may hit
const SHOWN_PX = 15; // radius of the corner that is seen
const SMALLEST = 0.1; // of the picture (kiosk/guide/zone.py)
const CORNERS = [[0, 1], [2, 1], [2, 3], [0, 3]]; // which two edges of the zone a corner moves

let drawn = "";
let dragged = null; // {corner, zone} while a finger holds a corner

/** Which parts this step has; before anything is fitted into the room that they leave. */
export function layGuide({ guide }) {
  const part = !guide ? "" : guide.sign !== null ? "sign" : guide.facts.length ? "facts" : "plain";
  mark(document.body, "data-guide", part);
}

/** Draw one step. Returns what the drawing beside it shows, as a check: {problem}. */
export function drawGuide({ guide, menu }) {
  drawFacts(guide.facts);
  const step = say("Step {n} of {of}", { n: guide.number, of: guide.of });
  const keys = say("Stop: next · Start: take it");
  put("hint", `${step} · ${keys}`);
  show("hint", menu.options.length > 0);
  if (!guide.adjustable) dragged = null;
  if (!dragged) drawLines(guide, guide.zone);
  return { problem: guide.sign ?? "" };
}

function drawFacts(facts) {
  const box = document.getElementById("facts");
  const text = facts.join("\n");
  if (box.dataset.text !== text) box.replaceChildren(...facts.map((fact) => make("p", "", fact)));
  mark(box, "data-text", text);
  const side = Math.min(innerHeight, innerWidth);
  if (facts.length) fitBlock(box, { most: 0.055 * side, least: 0.036 * side });
}

function drawLines(guide, zone) {
  const picture = document.getElementById("drawn");
  const { width, height } = guide;
  const key = JSON.stringify([guide.frame, zone, guide.adjustable, guide.roll_deg, width, height, picture.clientWidth, picture.clientHeight]);
  if (key === drawn) return;
  drawn = key;
  if (!width) return picture.replaceChildren();
  picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const unit = 1 / Math.max(0.01, Math.min(picture.clientWidth / width, picture.clientHeight / height)); // picture pixels a screen pixel
  picture.replaceChildren(
    ...(guide.frame ? [rectangle(guide.frame, width, height, "drawn-frame")] : []),
    ...(zone ? zoneParts(guide, zone, unit) : []),
    ...(guide.roll_deg === null ? [] : plumb(guide.roll_deg, width, height)),
  );
}

const place = (zone, width, height) => [zone[0] * width, zone[1] * height, zone[2] * width, zone[3] * height];

function rectangle(zone, width, height, className) {
  const [left, top, right, bottom] = place(zone, width, height);
  return svg("rect", { x: left, y: top, width: right - left, height: bottom - top, class: className });
}

function zoneParts(guide, zone, unit) {
  const { width, height } = guide;
  const edges = place(zone, width, height);
  const [left, top, right, bottom] = edges;
  const outside = svg("path", { d: `M0 0H${width}V${height}H0ZM${left} ${top}V${bottom}H${right}V${top}Z`, class: "drawn-outside" });
  const found = [outside, rectangle(zone, width, height, "drawn-zone")];
  if (!guide.adjustable) return found;
  return [...found, ...CORNERS.map((corner) => handle(guide, corner, edges, unit))];
}

function handle(guide, corner, edges, unit) {
  const [x, y] = corner.map((edge) => edges[edge]);
  const hit = svg("circle", { cx: x, cy: y, r: TOUCH_PX * unit, class: "drawn-hit" });
  const element = svg("g", { class: "drawn-corner" }, svg("circle", { cx: x, cy: y, r: SHOWN_PX * unit }), hit);
  element.addEventListener("pointerdown", (event) => begin(event, guide, corner));
  return element;
}

/** Where gravity points in the picture, beside the picture's own upright. */
function plumb(roll, width, height) {
  const [x, y, long] = [width / 2, height / 2, 0.46 * height];
  const turn = (roll * Math.PI) / 180; // the picture must be turned clockwise by it: down lies so far to the right
  const [dx, dy] = [Math.sin(turn) * long, Math.cos(turn) * long];
  return [
    svg("path", { d: `M${x} ${y - long}V${y + long}`, class: "drawn-upright" }),
    svg("path", { d: `M${x - dx} ${y - dy}L${x + dx} ${y + dy}`, class: "drawn-plumb" }),
  ];
}

// ---- dragging ------------------------------------------------------------------------------------------------------

function begin(event, guide, corner) {
  event.preventDefault();
  dragged = { guide, corner, zone: [...guide.zone] };
  window.addEventListener("pointermove", move);
  window.addEventListener("pointerup", end, { once: true });
  window.addEventListener("pointercancel", end, { once: true });
}

function move(event) {
  if (!dragged) return;
  const { guide, corner, zone } = dragged;
  const matrix = document.getElementById("drawn").getScreenCTM();
  if (!matrix) return;
  const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
  [point.x / guide.width, point.y / guide.height].forEach((part, axis) => {
    const edge = corner[axis];
    const [low, high] = edge < 2 ? [0, zone[edge + 2] - SMALLEST] : [zone[edge - 2] + SMALLEST, 1];
    zone[edge] = Math.max(low, Math.min(high, part));
  });
  drawLines(guide, zone);
}

function end() {
  window.removeEventListener("pointermove", move);
  const done = dragged;
  dragged = null;
  if (done) drawZone(done.zone);
}
