// The page leaves when the station has locked it, so that no patient stays on an unattended screen. Asking does not keep it unlocked;
// typing and tapping do, once a minute at most. A page that does not reach the station locks by its own timer, and shows nothing of
// what it held.

const LOOK_MS = 10_000;
const IDLE_MS = 1000;
const AWAKE_MS = 60_000;
const { here, awake, door, lockS } = document.body.dataset;
let told = Date.now();
let used = clocks();

// Both: the steady one stands still while a tablet sleeps, the wall's may be set back.
function clocks() {
  return [Date.now(), performance.now()];
}

function idleMs() {
  return Math.max(...clocks().map((now, clock) => now - used[clock]));
}

async function look(address) {
  try {
    const answer = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(LOOK_MS) });
    if (answer.status === 401) location.replace(door);
  } catch {
    // the station does not answer now: it is asked again later, and the page's own timer runs on
  }
}

function lockIfIdle() {
  const locked = document.getElementById("asleep");
  if (!locked || idleMs() < lockS * 1000) return;
  document.title = locked.dataset.title;
  document.body.replaceChildren(locked.content);
  document.body.tabIndex = -1;
  document.body.focus();
}

function use() {
  lockIfIdle(); // a tablet that was asleep wakes by a touch
  used = clocks();
  if (Date.now() - told < AWAKE_MS) return;
  told = Date.now();
  look(awake);
}

setInterval(() => look(here), LOOK_MS);
setInterval(lockIfIdle, IDLE_MS);
for (const kind of ["input", "keydown", "pointerdown", "wheel"]) addEventListener(kind, use, { passive: true });
addEventListener("visibilitychange", lockIfIdle);
addEventListener("pageshow", (event) => {
  lockIfIdle();
  if (event.persisted) look(here);
});
