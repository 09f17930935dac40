// The last 60 s of the gauge's metric: a line over its band, a triangle where a cue came.

import { mark, put, show, svg } from "./dom.js";
import { say } from "./text.js";

const SECONDS = 60;
const MARK = 0.26; // of the height, below the line

let drawn = "";

/** Draw a strip; the band is the gauge's when both are about the same metric. */
export function drawMinute(strip, gauge) {
  const there = strip !== null && strip.values.filter((value) => value !== null).length > 1;
  show("minute", there);
  if (!there) return;
  const plot = document.getElementById("minute-plot");
  const band = gauge?.metric === strip.metric ? gauge : null;
  put("minute-words", strip.cued.includes(true) ? say("Last 60 s · ▲ cue") : say("Last 60 s"));
  mark(plot, "aria-label", say("Line of the last 60 s"));
  const size = { width: plot.clientWidth, height: plot.clientHeight };
  const key = JSON.stringify([strip, size, band && [band.low, band.high, band.minimum, band.maximum]]);
  if (key === drawn || !size.width) return;
  drawn = key;
  plot.setAttribute("viewBox", `0 0 ${size.width} ${size.height}`);
  plot.replaceChildren(...parts(strip, band, size));
}

function parts({ values, cued }, band, { width, height }) {
  const floor = height * (1 - MARK);
  const [low, high] = scale(values, band);
  const x = (i) => ((SECONDS - values.length + i + 0.5) / SECONDS) * width; // the newest is at the right
  const y = (value) => floor - Math.max(0.04, Math.min(0.96, (value - low) / (high - low))) * floor;
  const found = [svg("rect", { x: 0, y: 0, width, height: floor, class: "minute-ground" })];
  if (band) found.push(svg("rect", { x: 0, y: y(band.high), width, height: Math.max(1, y(band.low) - y(band.high)), class: "minute-band" }));
  for (const d of lines(values, x, y)) found.push(svg("path", { d, class: "minute-line" }));
  for (const i of starts(cued)) found.push(triangle(x(i), floor, (height - floor) * 0.95));
  return found;
}

function scale(values, band) {
  if (band) return [band.minimum, band.maximum];
  const known = values.filter((value) => value !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return high > low ? [low, high] : [low - 1, high + 1];
}

/** One path a stretch of known values; a gap stays a gap. */
function lines(values, x, y) {
  const found = [];
  let open = false;
  values.forEach((value, i) => {
    if (value === null) return (open = false);
    const point = `${x(i).toFixed(1)} ${y(value).toFixed(1)}`;
    if (open) found[found.length - 1] += `L${point}`;
    else found.push(`M${point}h0.1`); // a lone value is a dot
    return (open = true);
  });
  return found;
}

/** Where each stretch of cued seconds begins. */
function starts(cued) {
  return [...cued.keys()].filter((i) => cued[i] && !cued[i - 1]);
}

function triangle(x, top, size) {
  return svg("path", { d: `M${x} ${top + 1}l${size * 0.6} ${size}h${-1.2 * size}z`, class: "minute-mark" });
}
