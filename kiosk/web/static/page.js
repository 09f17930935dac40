// The screen: one view of the kiosk drawn at a time. It knows nothing that the view does not say.

import { again, hasDrawn } from "./alive.js";
import { command, listen, onLost } from "./ask.js";
import { drawBelt } from "./belt.js";
import { make, mark, put, putWords, show } from "./dom.js";
import { askEvidence, evidence } from "./evidence.js";
import { drawGuide, layGuide } from "./guide.js";
import { fit, fitBlock, fitFirst, letters } from "./fit.js";
import { go } from "./go.js";
import { follow } from "./live.js";
import { drawMenu } from "./menu.js";
import { keepBeat, onSoundChange, soundState } from "./metronome.js";
import { drawRunning } from "./running.js";
import { buttons, linesOf, screenOf, shapeOf, words } from "./screens.js";
import { sign, step } from "./signs.js";
import { drawStage, loseStage, toggle } from "./stage.js";
import { drawSummary } from "./summary.js";
import { learn, say, speak } from "./text.js";

const body = document.body;
const byId = (id) => document.getElementById(id);
const SAID_MS = 4000;
const LETTERS = 0.12; // height of a cue's capitals, of the screen's shorter side: 2 m (issue of the station; our reading of it upright)

const READABLE = 0.036; // the smallest letters, of the shorter side (base.css: --small)
const side = () => Math.min(innerHeight, innerWidth);

let view = null;
let down = "starting";
let stale = false;
let learnt = false;
let said = 0;
let language = "";
let shown = "";

// ---- what is shown -------------------------------------------------------------------------------------------------

function render() {
  const screen = screenOf(view);
  if (shown !== (shown = screen)) arrange(screen);
  layGuide(view);
  if (language !== (language = view.language)) translate();
  drawBelt(view, language); // first: what is fitted below has the room that these two leave
  renderNotice();
  renderWords(screen);
  renderButtons(screen);
  if (screen === "idle") fitBlock(byId("safety"), { most: 0.05 * side(), least: READABLE * side() });
  if (screen === "check") renderSign(view.check);
  if (["menu", "setup"].includes(screen) && view.menu) drawMenu(view.menu, language);
  if (screen === "setup" && view.guide) renderSign(drawGuide(view));
  drawRunning(screen, view);
  drawStage(screen, view, down);
  keepBeat(view.metronome_spm);
  if (["summary", "replay", "take_home"].includes(screen)) drawSummary(view, screen);
}

/** The parts that a screen has; what is drawn in them may hide some of them again. */
function arrange(screen) {
  body.dataset.screen = screen;
  for (const part of document.querySelectorAll("[data-on]")) show(part.id, part.dataset.on.split(" ").includes(screen));
}

/** The words that no view brings and no screen changes. */
function translate() {
  speak(language);
  const drawings = { stand: say("Step on"), run: say("Run as always"), learn: say("Take one hint home") };
  byId("steps").replaceChildren(...Object.entries(drawings).map(([name, text]) => make("li", "", step(name), make("span", "", text))));
  const safety = [
    say("Stop if it hurts. Ask a professional."),
    say("Not medical advice."),
    say("“End run” does not stop the belt."),
    say("17 body points cannot show foot strike, arches, impact, pelvic tilt or muscle use."),
  ];
  byId("safety").replaceChildren(...safety.map((line) => make("p", "", line)));
  byId("buttons").setAttribute("aria-label", say("Buttons"));
  renderOverlay();
}

function renderWords(screen) {
  const [headline, ...below] = words(screen, view);
  const asked = screen === "cue" && evidence(view.cue);
  const lines = asked ? [asked] : below;
  putWords("headline", headline);
  const shape = shapeOf(screen);
  byId("sub").classList.toggle("plain", !shape);
  if (shape) mark(byId("shape"), "href", `#shape-${shape}`);
  show("sub", lines[0] !== "");
  fitHeadline(screen);
  fitFirst(byId("sub-room"), byId("subline"), lines, { lines: screen === "setup" ? 4 : 2, least: READABLE * side() }); // the guide says what to put in by hand
}

// A cue whose letters are too small gets more lines, and the screen more room for them (body[data-long]).
function fitHeadline(screen) {
  const [lines, more] = linesOf(screen);
  const wanted = ["cue", "test"].includes(screen) ? LETTERS * side() : 0;
  const most = ["calm", "silent"].includes(screen) ? 0.24 * innerHeight : Infinity; // nothing to do must not look like something to do
  const key = [screen, view.test?.verdict != null, byId("headline").textContent, innerWidth, innerHeight].join("|");
  if (body.dataset.fitted !== key) [body.dataset.long, body.dataset.fitted] = ["no", key];
  const changed = fit(byId("hero"), byId("headline"), { lines: body.dataset.long === "yes" ? more : lines, most });
  if (!changed || body.dataset.long === "yes" || letters(byId("headline")) >= wanted) return;
  body.dataset.long = "yes";
  fit(byId("hero"), byId("headline"), { lines: more, most });
}

function renderButtons(screen) {
  for (const [id, name, label] of buttons(screen, view)) {
    mark(byId(id), "data-command", name);
    put(id, label);
    show(id, label !== "");
  }
}

// A note that would be cut in its usual place gets more room (layout.css); what is fitted afterwards has less.
function renderNotice() {
  const note = byId("notice");
  const text = said ? say("The button did not get through: press again.") : view?.notice || blocked();
  put("notice", text);
  show("notice", text !== "");
  note.classList.toggle("opens", opens());
  const key = [text, body.dataset.screen, innerWidth, innerHeight].join("|");
  if (note.dataset.fitted === key) return;
  note.dataset.fitted = key;
  body.dataset.note = "short";
  if (note.scrollHeight > note.clientHeight + 1) body.dataset.note = "long";
}

// Not while somebody runs: the screen is theirs.
const opens = () => ["idle", "summary"].includes(view?.state);
const doctor = () => opens() && go(`/doctor#${language}`);

// A browser plays nothing before the first touch, and a station with buttons only is never touched.
function blocked() {
  return view?.metronome_spm != null && soundState() === "blocked" ? say("Touch the screen for sound.") : "";
}

function renderSign(check) {
  const box = byId("sign");
  const problem = check?.problem ?? "nobody";
  if (box.dataset.problem === problem) return;
  box.dataset.problem = problem;
  box.replaceChildren(sign(problem));
}

function renderOverlay() {
  const crowded = down === "crowded";
  put("overlay-title", crowded ? say("Too many screens are open") : !down && stale ? say("Waiting for the camera…") : say("Starting…"));
  put("overlay-text", crowded ? say("Close this page on another device.") : say("The screen comes back by itself."));
  show("overlay", Boolean(down || stale));
  byId("screen").inert = Boolean(down || stale); // what lies under it cannot be pressed
}

// ---- what is asked -------------------------------------------------------------------------------------------------

onLost(() => {
  clearTimeout(said);
  said = setTimeout(() => {
    said = 0;
    renderNotice();
  }, SAID_MS);
  renderNotice();
});

function redraw(action) {
  action();
  if (view) render();
}

function onClick(id, action) {
  byId(id).addEventListener("click", (event) => {
    if (event.detail) event.currentTarget.blur(); // a finger leaves no focus behind that would catch the space key
    action(event.currentTarget);
  });
}

for (const id of ["main", "done", "show-me", "test-this", "set-up", "language"]) onClick(id, (button) => command(button.dataset.command));
for (const name of ["picture", "mirror"]) onClick(`${name}-toggle`, () => redraw(() => toggle(name)));
onClick("hero", () => redraw(askEvidence));
onClick("notice", doctor);
listen(() => view?.menu ?? null, {
  d: doctor,
  e: () => redraw(askEvidence),
  p: () => redraw(() => toggle("picture")),
  m: () => redraw(() => toggle("mirror")),
});
document.addEventListener("visibilitychange", () => view && render());
window.addEventListener("resize", () => view && render());
renderOverlay();

// ---- start ---------------------------------------------------------------------------------------------------------

async function learnWords() {
  if (learnt) return;
  learnt = true; // asked once; again only when it failed
  learnt = await learn();
  if (!learnt) return;
  language = ""; // everything is said again
  if (view) render();
}

onSoundChange(() => view && renderNotice());

follow({
  onView(newest) {
    if (newest.version !== body.dataset.version) return again();
    [view, down, stale] = [newest, "", false];
    learnWords();
    render();
    renderOverlay();
    return hasDrawn();
  },
  onDown(why) {
    down = why;
    loseStage();
    keepBeat(null);
    renderOverlay();
  },
  onStale() {
    stale = !down && ["running", "countdown", "check"].includes(view?.state);
    renderOverlay();
  },
});
