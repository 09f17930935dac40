// One bar: where the value stands against its band. Position, pattern and words say it; colour only repeats it.

import { put, show } from "./dom.js";
import { TEXT, say } from "./text.js";

const EDGE_PCT = 1.5; // the pointer stays inside the bar also when the value is off the scale

/** Draw a gauge; `grade` is the evidence of its band when the gauge belongs to a cue, else "". */
export function drawGauge(gauge, grade) {
  show("gauge", gauge !== null && gauge.value !== null);
  if (gauge === null || gauge.value === null) return;
  const digits = digitsFor(gauge.maximum - gauge.minimum);
  const at = (value) => Math.max(0, Math.min(100, (100 * (value - gauge.minimum)) / (gauge.maximum - gauge.minimum)));
  put("gauge-label", gauge.label);
  put("gauge-word", words(gauge, grade));
  put("gauge-value", gauge.value.toFixed(digits));
  put("gauge-unit", gauge.unit);
  place("gauge-band", { left: at(gauge.low), right: 100 - at(gauge.high) });
  place("gauge-pointer", { left: Math.max(EDGE_PCT, Math.min(100 - EDGE_PCT, at(gauge.value))) });
  tick("gauge-low", gauge.low.toFixed(digits), { right: 100 - at(gauge.low) }, at(gauge.low) > 15);
  tick("gauge-high", gauge.high.toFixed(digits), { left: at(gauge.high) }, at(gauge.high) < 85);
}

function words(gauge, grade) {
  const where = gauge.value < gauge.low ? "below" : gauge.value > gauge.high ? "above" : "inside";
  const band = "CD".includes(grade) && grade ? TEXT.band.guide : TEXT.band.fact;
  return say(TEXT.gauge[where], { band }) + (grade ? ` · ${say(TEXT.evidence, { grade })}` : "");
}

function digitsFor(range) {
  return range < 2 ? 2 : range < 20 ? 1 : 0;
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
