// Keeps a page from staying on an error: it tells the station that it works, or what failed, and then loads itself again.
// It is loaded before everything else of a page, so that it also sees when the rest cannot be loaded.

const BEAT_MS = 1000;
const PATIENCE_MS = 2000;
const SECOND_MS = 1000;
const LONGEST_S = 60;
const CALM_MS = 60_000; // a page that ran so long without an error begins with the shortest pause again
const MOST = 2; // times in a row that a page for one person is loaded again: asking keeps it unlocked
const { here, door } = document.body.dataset; // of pages with forms, which one person has opened; the screen has neither
const token = ours();

let drawn = false; // a view was drawn since the last beat
let [beatMs, drawnMs] = [-Infinity, -Infinity];
let leaving = false;

// ---- "my screen works", for `kiosk screen` ---------------------------------------------------------------------------

// The station's own screen has a token in its address (kiosk/browser); it keeps it when it goes to another page.
function ours() {
  const given = new URLSearchParams(location.search).get("screen");
  try {
    if (given) sessionStorage.setItem("screen", given);
    return sessionStorage.getItem("screen");
  } catch {
    return given;
  }
}

/** The address of a stream, so that the station's own screen gets the place that is kept for it. */
export const asScreen = (path) => (token ? `${path}?screen=${token}` : path);

/** A view has been drawn; told with the next beat, and at once when it is the first after a while. */
export function hasDrawn() {
  const now = performance.now();
  const first = now - drawnMs > 2 * BEAT_MS;
  [drawn, drawnMs] = [true, now];
  if (first || now - beatMs > BEAT_MS) beat();
}

async function beat() {
  if (!token) return;
  const said = drawn ? "?drawn=1" : "";
  [beatMs, drawn] = [performance.now(), false];
  try {
    await fetch(`/screen/${token}${said}`, { method: "POST", signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch {
    // the station is away: whoever listens knows that, and hears the next beat
  }
}

// ---- "I had an error" ------------------------------------------------------------------------------------------------

// Only kind and place are sent: a message may hold what somebody typed.
function tell(kind, file, line) {
  const path = /\/static\/([^?#]+)/.exec(file ?? "")?.[1] ?? "page.js";
  fetch(`/page-error?${new URLSearchParams({ kind, file: path, line })}`, { method: "POST" }).catch(() => {}); // it is told once, or not
}

function failed(kind, file, line) {
  if (leaving) return;
  again(); // first: whatever telling does, the page comes back
  tell(kind, file, line);
}

// An error of a script has a message; a script or a style that could not be loaded is told by its element.
window.addEventListener(
  "error",
  (event) => {
    if (event instanceof ErrorEvent) failed(event.error?.name ?? "Error", event.filename, event.lineno);
    else if (event.target instanceof HTMLScriptElement) failed("NotLoaded", event.target.src, 0);
  },
  true,
);
window.addEventListener("unhandledrejection", (event) => failed(event.reason?.name ?? "Rejection", place(event.reason), 0));

function place(reason) {
  return /https?:\/\/[^\s)]+?\.js/.exec(reason?.stack ?? "")?.[0] ?? "";
}

// ---- loading the page again ------------------------------------------------------------------------------------------

/** Load the page again, once, when the station answers; each time after a longer pause when it was of no use. */
export async function again() {
  if (leaving) return;
  leaving = true;
  const times = tries();
  if (here && times > MOST) return;
  await pause(SECOND_MS * Math.min(LONGEST_S, 2 ** (times - 2))); // 0.5, 1, 2 ... 60 s
  while (!((await status("GET", here ?? "/health")) < 500)) await pause(SECOND_MS);
  if (!here) location.reload();
  else if (typed()) leaving = false; // worth more than a page without an error
  else location.replace((await status("HEAD", location.href)) < 400 ? location.href : door); // it may be the answer to a form
}

const pause = (ms) => new Promise((go) => setTimeout(go, ms));

// How often in a row, this time included.
function tries() {
  try {
    const [before, at] = (sessionStorage.getItem("again") ?? "0 0").split(" ").map(Number);
    const times = Date.now() - at < CALM_MS + SECOND_MS * LONGEST_S ? before + 1 : 1;
    sessionStorage.setItem("again", `${times} ${Date.now()}`);
    return times;
  } catch {
    return MOST * 2; // a browser that keeps nothing cannot count
  }
}

/** The status of an answer; NaN: the station does not answer, and the browser's own error page would stay. */
export async function status(method, address) {
  try {
    return (await fetch(address, { method, cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) })).status;
  } catch {
    return NaN;
  }
}

function typed() {
  const fields = [...document.querySelectorAll("input, textarea, select")];
  return fields.some((field) =>
    field.options
      ? [...field.options].some((option) => option.selected !== option.defaultSelected)
      : field.value !== field.defaultValue || (field.checked ?? false) !== (field.defaultChecked ?? false),
  );
}

if ([...document.querySelectorAll("link[rel=stylesheet]")].some((style) => !style.sheet)) failed("NotLoaded", "", 0);
beat();
setInterval(() => performance.now() - beatMs > BEAT_MS / 2 && beat(), BEAT_MS);
