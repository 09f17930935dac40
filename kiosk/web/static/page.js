// The screen: one view of the kiosk drawn at a time. It knows nothing that the view does not say.

import { clock, make, put, putWords, show } from "./dom.js";
import { fit, fitBlock } from "./fit.js";
import { drawGauge } from "./gauge.js";
import { follow } from "./live.js";
import { draw } from "./skeleton.js";
import { drawSummary } from "./summary.js";
import { TEXT, say } from "./text.js";

const body = document.body;
const byId = (id) => document.getElementById(id);
const facts = { picture: body.dataset.picture === "yes", version: body.dataset.version };
const choice = {
  picture: facts.picture && remembered("picture", "yes") === "yes",
  mirror: remembered("mirror", body.dataset.mirror) === "yes",
};
const RETRY_PICTURE_MS = 3000;
const SAID_MS = 4000;

let view = null;
let down = "starting";
let said = "";

// ---- what is shown -------------------------------------------------------------------------------------------------

/** Which of the seven screens a view asks for. */
function screenOf({ state, cannot_judge, cue, praise }) {
  if (state !== "running") return state;
  return cannot_judge ? "judge" : cue ? "cue" : praise ? "praise" : "calm";
}

/** [headline, line below it] of each screen. */
const WORDS = {
  idle: (v) => [TEXT.idle, v.cannot_judge ? say(TEXT.judgeIdle, { why: v.cannot_judge }) : TEXT.idleHint],
  countdown: (v) => [v.countdown_s === null ? TEXT.countdownSoon : String(v.countdown_s), TEXT.countdownHint],
  judge: (v) => [v.cannot_judge, TEXT.judgeHint],
  cue: (v) => [v.cue.text, (TEXT.side[v.cue.fault.side] ?? "") + cause(v.cue.may_come_from)],
  praise: (v) => [v.praise, TEXT.praiseHint],
  calm: () => [TEXT.calm, TEXT.calmHint],
  summary: (v) => [say(TEXT.summary, { time: clock(v.summary?.duration_s ?? v.elapsed_s), strides: v.summary?.strides ?? 0 }), ""],
};
const MAIN = { idle: ["start", TEXT.start], countdown: ["stop", TEXT.cancel], summary: ["start", TEXT.again] };
const SHAPE = { countdown: "idle", summary: "idle" };
const LINES = { wide: { cue: 2, praise: 2, judge: 3 }, tall: { cue: 3, praise: 3, judge: 5 } };

// While running only the first part, in larger letters; the summary has all of it.
function cause(text) {
  const first = text.split(";")[0];
  return !first || /^may /i.test(first) ? first : say(TEXT.mayComeFrom, { what: first });
}

function render() {
  const screen = screenOf(view);
  body.dataset.screen = screen;
  const [headline, below] = WORDS[screen](view);
  putWords("headline", headline);
  put("subline", below);
  byId("shape").setAttribute("href", `#shape-${SHAPE[screen] ?? screen}`);
  renderNumbers(screen);
  renderButtons(screen);
  renderNotice();
  renderStage(screen);
  if (screen === "summary" && view.summary) drawSummary(view.summary);
  fitAll(screen);
}

function renderNumbers(screen) {
  put("cadence", view.cadence_spm === null ? TEXT.unknown : view.cadence_spm.toFixed(0));
  put("time", clock(view.elapsed_s));
  show("cadence-box", screen === "judge" || view.gauge?.metric !== "cadence_spm"); // never the same number twice
  const grade = view.cue && view.cue.fault.metric === view.gauge?.metric ? view.cue.fault.grade : "";
  drawGauge(screen === "judge" ? null : view.gauge, grade);
}

function renderButtons(screen) {
  const [command, label] = MAIN[screen] ?? ["stop", TEXT.stop];
  byId("main").dataset.command = command;
  put("main", label);
  show("done", screen === "summary");
  const stands = screen !== "summary" && screen !== "countdown";
  show("picture-toggle", facts.picture && stands);
  show("mirror-toggle", stands);
  for (const name of ["picture", "mirror"]) {
    put(`${name}-toggle`, TEXT[name][choice[name] ? "on" : "off"]);
    byId(`${name}-toggle`).setAttribute("aria-pressed", String(choice[name]));
  }
}

function renderNotice() {
  const text = said || (view?.notice ?? "");
  put("notice", text);
  show("notice", text !== "");
}

function renderStage(screen) {
  byId("looks").classList.toggle("mirrored", choice.mirror);
  renderPicture(choice.picture && screen !== "summary" && !down && !document.hidden);
  if (screen === "summary") return;
  draw(byId("skeleton"), view.pose, view.view);
  put("nobody", TEXT.nobody);
  show("nobody", !view.pose && !choice.picture);
}

// A lost connection takes the picture away, so that it is asked for again when the kiosk is back.
function renderPicture(wanted) {
  const picture = byId("picture");
  const address = "/stream.mjpg";
  show("picture", wanted);
  if (!wanted) picture.removeAttribute("src");
  else if (picture.getAttribute("src") !== address) picture.setAttribute("src", address);
}

function fitAll(screen) {
  const shape = innerHeight > innerWidth ? "tall" : "wide";
  const most = screen === "calm" ? 0.24 * innerHeight : Infinity; // nothing to do must not look like something to do
  fit(byId("hero"), byId("headline"), { lines: LINES[shape][screen] ?? 1, most });
  fit(byId("sub-room"), byId("subline"), { lines: 2 });
  if (screen === "idle") fitBlock(byId("safety"), { most: 0.06 * Math.min(innerHeight, innerWidth) });
}

function renderOverlay(stale) {
  put("overlay-title", stale ? TEXT.waiting : down === "crowded" ? TEXT.crowded : TEXT.starting);
  put("overlay-text", down === "crowded" ? TEXT.crowdedHint : TEXT.startingHint);
  show("overlay", Boolean(down || stale));
}

// ---- what is asked -------------------------------------------------------------------------------------------------

async function command(name) {
  try {
    const answer = await fetch(`/command/${name}`, { method: "POST" });
    if (!answer.ok) sayFor(TEXT.notTaken);
  } catch {
    sayFor(TEXT.notTaken);
  }
}

function sayFor(text) {
  said = text;
  renderNotice();
  setTimeout(() => {
    said = "";
    renderNotice();
  }, SAID_MS);
}

function toggle(name) {
  choice[name] = !choice[name];
  try {
    localStorage.setItem(name, choice[name] ? "yes" : "no");
  } catch {
    // a browser that keeps nothing forgets the choice at its next start
  }
  if (view) render();
}

function remembered(name, otherwise) {
  try {
    return localStorage.getItem(name) ?? otherwise;
  } catch {
    return otherwise;
  }
}

const KEYS = { " ": "toggle", s: "start", x: "stop" };

function onKey(event) {
  const name = KEYS[event.key.toLowerCase()];
  if (!name || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === " " && event.target.matches("button")) return; // the key presses that button
  event.preventDefault();
  command(name);
}

function onClick(id, action) {
  byId(id).addEventListener("click", (event) => {
    if (event.detail) event.currentTarget.blur(); // a finger leaves no focus behind that would catch the space key
    action(event.currentTarget);
  });
}

// ---- start ---------------------------------------------------------------------------------------------------------

put("cadence-label", TEXT.cadence);
put("time-label", TEXT.time);
put("done", TEXT.done);
byId("safety").append(...TEXT.safety.map((line) => make("p", "", line)));
renderOverlay(false);

onClick("main", (button) => command(button.dataset.command));
onClick("done", () => command("stop"));
onClick("picture-toggle", () => toggle("picture"));
onClick("mirror-toggle", () => toggle("mirror"));
document.addEventListener("keydown", onKey);
document.addEventListener("visibilitychange", () => view && render());
window.addEventListener("resize", () => view && render());
byId("picture").addEventListener("error", ({ currentTarget }) => {
  setTimeout(() => {
    currentTarget?.removeAttribute("src");
    if (view) render();
  }, RETRY_PICTURE_MS);
});

follow({
  onView(newest) {
    if (newest.version !== facts.version) return location.reload();
    view = newest;
    down = "";
    render();
    return renderOverlay(false);
  },
  onDown(why) {
    down = why;
    if (view) renderPicture(false);
    renderOverlay(false);
  },
  onStale() {
    if (!down && ["running", "countdown"].includes(view?.state)) renderOverlay(true);
  },
});
