// A click for every step, at the rate that the view asks for. It knows a rate and nothing else.
//
// The clock of Web Audio plays each click at the sample it was given for. The page's own timers only hand clicks out ahead of time, so
// a busy page moves no click as long as it is away for less than AHEAD_S.

const AHEAD_S = 0.3; // how far ahead clicks are handed out; our choice: more than three times the 80 ms that the test keeps the page busy
const LOOK_MS = 25;
const FIRST_S = 0.1; // from the wish to the first click
const GLIDE_SPM = 2; // a new rate is reached in steps of this much a beat, so that no foot has to jump
const RANGE_SPM = [100, 240]; // outside is a mistake, not a running cadence
const CLICK_HZ = 1600;
const CLICK_S = 0.03;
const FADE_S = 0.01;

let context = null;
let output = null;
let click = null;
let timer = null;
let wanted = null;
let rate = 0;
let next_s = 0;
let last_s = 0;
let handedOut = [];
let onChange = () => {};

/** Click this many times a minute from now on; null ends it at once. May be called with every view. */
export function keepBeat(spm) {
  const valid = Number.isFinite(spm) && spm >= RANGE_SPM[0] && spm <= RANGE_SPM[1];
  if ((valid ? spm : null) === wanted) return;
  const began = wanted === null;
  wanted = valid ? spm : null;
  if (wanted === null) end();
  else if (began) begin();
}

/** "off", "playing", or "blocked": the browser wants a touch or a key first, or has no sound at all. */
export function soundState() {
  if (wanted === null) return "off";
  return context?.state === "running" ? "playing" : "blocked";
}

/** Call this when soundState may have changed. */
export function onSoundChange(action) {
  onChange = action;
}

/** The end of the chain that clicks go through, for whoever wants to listen in: [AudioContext, AudioNode], or null before the first beat. */
export function soundParts() {
  return context && [context, output];
}

function begin() {
  rate = wanted;
  next_s = last_s = 0;
  if (!open()) return onChange();
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, wake);
  output.gain.cancelScheduledValues(0);
  output.gain.setValueAtTime(1, context.currentTime);
  timer = setInterval(handOut, LOOK_MS);
  wake();
  return onChange();
}

function end() {
  clearInterval(timer);
  timer = null;
  for (const kind of ["pointerdown", "keydown"]) removeEventListener(kind, wake);
  if (context) {
    const now_s = context.currentTime;
    output.gain.setTargetAtTime(0, now_s, FADE_S / 3); // a click that is cut off hard is a louder click
    for (const { source } of handedOut) source.stop(now_s + FADE_S);
    handedOut = [];
    setTimeout(() => wanted === null && context.suspend(), 200); // a silent context costs work, too
  }
  onChange();
}

function wake() {
  if (context?.state === "suspended") context.resume().catch(() => {}); // still blocked: the state says so
}

function open() {
  if (context) return true;
  try {
    context = new AudioContext({ latencyHint: "interactive" });
  } catch {
    return false; // no sound in this browser
  }
  output = new GainNode(context);
  output.connect(context.destination);
  click = makeClick(context);
  context.addEventListener("statechange", () => onChange());
  return true;
}

function handOut() {
  if (context.state !== "running") return;
  const now_s = context.currentTime;
  handedOut = handedOut.filter(({ at_s }) => at_s + CLICK_S > now_s);
  if (next_s < now_s) next_s = last_s ? caughtUp(now_s) : now_s + FIRST_S;
  while (next_s < now_s + AHEAD_S) {
    play(next_s);
    last_s = next_s;
    rate += Math.max(-GLIDE_SPM, Math.min(GLIDE_SPM, wanted - rate));
    next_s += 60 / rate;
  }
}

// The page was away for too long: beats that are over are left out, the ones after them stay in step.
function caughtUp(now_s) {
  const beat_s = 60 / rate;
  return next_s + Math.ceil((now_s - next_s) / beat_s) * beat_s;
}

function play(at_s) {
  const source = new AudioBufferSourceNode(context, { buffer: click });
  source.connect(output);
  source.start(at_s);
  handedOut.push({ source, at_s });
}

function makeClick({ sampleRate }) {
  const buffer = new AudioBuffer({ length: Math.round(CLICK_S * sampleRate), sampleRate });
  const samples = buffer.getChannelData(0);
  for (let i = 0; i < samples.length; i += 1) {
    const t_s = i / sampleRate;
    samples[i] = Math.cos(2 * Math.PI * CLICK_HZ * t_s) * Math.exp(-t_s / (CLICK_S / 6));
  }
  return buffer;
}
