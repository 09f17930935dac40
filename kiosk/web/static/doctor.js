// What is wrong with the station and what to do, the worst first. It looks again by itself, and goes back to the screen when nobody
// touches it, when somebody steps on the belt, or by its button.

import { again as reload } from "./alive.js";
import { icon, make, put, show } from "./dom.js";
import { go } from "./go.js";
import { learn, nextLanguage, ownName, say, speak } from "./text.js";

const ASK_MS = 5000;
const PATIENCE_MS = 60_000; // the first report reads the whole database
const IDLE_MS = 180_000; // our choice: long enough to read everything, walk to a cable and come back
const ORDER = ["wrong", "note", "ok", "absent"];

const byId = (id) => document.getElementById(id);

let language = /^#([a-z]{2})$/.exec(location.hash)?.[1] ?? "en";
let report = null;
let misses = 0;
let lost = false;
let looking = false;
let stays = document.body.dataset.busy === "yes"; // opened while somebody runs: it is read, until that visit is over
let touched = performance.now();
let timer = null;

// ---- what is shown -------------------------------------------------------------------------------------------------

function render() {
  speak(language);
  document.title = say("Is the station well?");
  put("back", say("Back to the screen"));
  put("again", looking ? say("Looking …") : say("Look again"));
  put("language", ownName(nextLanguage()));
  byId("buttons").setAttribute("aria-label", say("Buttons"));
  put("title", headline());
  put("sub", below());
  show("sub", below() !== "");
  document.body.dataset.level = lost || !report ? "" : report.level;
  if (report) byId("rows").replaceChildren(...sorted(report.checks).map(row));
}

function headline() {
  if (lost) return say("The station does not answer.");
  if (!report) return say("Looking …");
  const count = report.checks.filter((check) => check.level === report.level).length;
  if (report.level === "wrong") return count === 1 ? say("One thing is wrong") : say("{n} things are wrong", { n: count });
  return say("Nothing is wrong");
}

function below() {
  if (lost) return say("This page goes on by itself when it is back.");
  if (!report) return say("This can take half a minute.");
  if (report.busy) return say("Somebody runs: some things are looked at later.");
  const notes = report.checks.filter((check) => check.level === "note").length;
  return notes ? say("Worth a look: {n}", { n: notes }) : "";
}

const sorted = (checks) => [...checks].sort((a, b) => ORDER.indexOf(a.level) - ORDER.indexOf(b.level));

function row(check) {
  const words = make("div", "words", make("h2", "", check.title), make("p", "", check.found));
  if (check.advice && ["wrong", "note"].includes(check.level)) words.append(make("p", "do", make("b", "", say("What to do:")), ` ${check.advice}`));
  const mark = make("span", "mark", icon(check.level), make("span", "", level(check.level)));
  const item = make("li", "row", mark, words);
  item.dataset.level = check.level;
  item.dataset.name = check.name;
  return item;
}

function level(name) {
  return { wrong: say("Wrong"), note: say("Look"), ok: say("Fine"), absent: say("Skipped") }[name];
}

// ---- what is asked -------------------------------------------------------------------------------------------------

async function look(anew) {
  clearTimeout(timer);
  if (anew) {
    looking = true;
    render();
  }
  try {
    const address = `/doctor${anew ? "/again" : ".json"}?page=1&language=${language}`;
    const answer = await fetch(address, { method: anew ? "POST" : "GET", cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.ok) report = await answer.json();
    misses = answer.ok || answer.status === 503 ? 0 : misses + 1;
  } catch {
    misses += 1;
  }
  lost = misses > (report ? 1 : 0); // a station that tries to start is away for a moment
  if (anew) looking = false;
  if (report && report.version !== document.body.dataset.version) return reload();
  stays &&= report?.busy ?? true;
  if (report?.busy && !stays) leave(); // the screen is the runner's
  render();
  clearTimeout(timer);
  timer = setTimeout(look, ASK_MS);
}

const leave = () => go("/");

byId("back").addEventListener("click", leave);
byId("again").addEventListener("click", () => looking || look(true));
byId("language").addEventListener("click", () => {
  language = nextLanguage();
  render();
  look();
});
for (const kind of ["pointerdown", "keydown", "wheel", "scroll"]) {
  addEventListener(kind, () => (touched = performance.now()), { passive: true, capture: true });
}
document.addEventListener("keydown", (event) => event.key === "Escape" && leave());
setInterval(() => performance.now() - touched > IDLE_MS && leave(), 1000);

render();
await learn();
render();
look();
