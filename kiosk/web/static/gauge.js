// One bar: where the value stands against its band. Position, pattern and words say it; colour only repeats it.

import { put, show } from "./dom.js";
import { asShown, number, say } from "./text.js";

const EDGE_PCT = 1.5; // the pointer stays inside the bar also when the value is off the scale

/** Draw a gauge; `grade` is the evidence of its band. A band without studies is our guide. */
export function drawGauge(gauge, grade) {
  show("gauge", gauge !== null && gauge.value !== null);
  if (gauge === null || gauge.value === null) return;
  const digits = gauge.decimals;
  const at = (value) => Math.max(0, Math.min(100, (100 * (value - gauge.minimum)) / (gauge.maximum - gauge.minimum)));
  put("gauge-label", gauge.label);
  put("gauge-word", gaugeWord(gauge, grade));
  put("gauge-value", number(gauge.value, digits));
  put("gauge-unit", gauge.unit);
  place("gauge-band", { left: at(gauge.low), right: 100 - at(gauge.high) });
  point(Math.max(EDGE_PCT, Math.min(100 - EDGE_PCT, at(gauge.value))));
  tick("gauge-low", number(gauge.low, digits), { right: 100 - at(gauge.low) }, at(gauge.low) > 15);
  tick("gauge-high", number(gauge.high, digits), { left: at(gauge.high) }, at(gauge.high) < 85);
}

/** Where the value stands, by the numbers that people see: "19 below 19 to 29" would be a riddle. */
export function gaugeWord(gauge, grade) {
  const [value, low, high] = [gauge.value, gauge.low, gauge.high].map((read) => asShown(read, gauge.decimals));
  const guide = ["C", "D"].includes(grade);
  if (value < low) return guide ? say("below our guide") : say("below typical");
  if (value > high) return guide ? say("above our guide") : say("above typical");
  return guide ? say("within our guide") : say("within typical");
}

// running.css moves it there: its way is drawn without a layout for each of its steps.
function point(percent) {
  const { style } = document.getElementById("gauge-pointer");
  const at = percent.toFixed(2);
  if (style.getPropertyValue("--at") !== at) style.setProperty("--at", at);
}

function place(id, sides) {
  const style = document.getElementById(id).style;
  for (const side of ["left", "right"]) style[side] = side in sides ? `${sides[side].toFixed(2)}%` : "auto";
}

// A tick's number stands outside the band so that a narrow band does not push them together; near the end of the bar, inside.
function tick(id, text, outside, room) {
  put(id, text);
  if (room) return place(id, outside);
  const [[side, value]] = Object.entries(outside);
  return place(id, { [side === "left" ? "right" : "left"]: Math.max(0, 100 - value) });
}
