// Every word the page adds to what the kiosk says, in one table, for later translation.
// What must not go in: claims about the runner. Those come from the kiosk, with their numbers.

export const TEXT = {
  idle: "Press start",
  idleHint: "Step on, start the belt, then press start.",
  countdownSoon: "Get ready",
  countdownHint: "Measuring starts soon. Run as always.",
  calm: "Run easy",
  calmHint: "No cue right now.",
  praiseHint: "Keep it easy.",
  judgeHint: "Cannot judge right now.",
  judgeIdle: "Cannot judge yet: {why}",
  summary: "Your run: {time}, {strides} strides",
  noVerdict: "No verdict: {why}",
  nothingFound: "Nothing stood out in this run.",

  start: "Start",
  stop: "End run",
  cancel: "Cancel",
  again: "New run",
  done: "Done",
  picture: { on: "Picture: on", off: "Picture: off" },
  mirror: { on: "Mirror: on", off: "Mirror: off" },

  cadence: "Steps a minute",
  time: "Time",
  unknown: "–",
  nobody: "No runner in the picture",

  side: { left: "Left side. ", right: "Right side. " },
  mayComeFrom: "May come from {what}",
  band: { fact: "typical", guide: "our guide" },
  evidence: "evidence {grade}",
  gauge: { below: "below {band}", inside: "within {band}", above: "above {band}" },

  good: "Good",
  work: "Work on",
  drill: "Drill: {what}.",
  grade: "Evidence {grade}",
  legend: "Evidence: A measured · B studies give the direction · C experts’ range · D our choice",
  stored: "Stored in {where}",
  rows: {
    cadence_spm: { label: "Cadence", unit: "steps a minute", digits: 0 },
    trunk_lean_deg: { label: "Forward lean", unit: "degrees", digits: 1 },
    lateral_lean_deg: { label: "Side lean (right +)", unit: "degrees", digits: 1 },
  },
  quality: { good: "{n} strides", low: "few strides ({n})", none: "not known" },

  safety: [
    "Stop if it hurts. Ask a professional.",
    "Not medical advice.",
    "“End run” does not stop the belt.",
    "17 body points cannot show foot strike, arches, impact, pelvic tilt or muscle use.",
  ],

  starting: "Starting…",
  startingHint: "The screen comes back by itself.",
  waiting: "Waiting for the camera…",
  crowded: "Too many screens are open",
  crowdedHint: "Close this page on another device.",
  notTaken: "The button did not get through: press again.",
};

/** `say("{n} strides", {n: 3})` -> "3 strides". */
export function say(pattern, values) {
  return pattern.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
