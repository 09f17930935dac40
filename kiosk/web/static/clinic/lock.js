// The page leaves when the station has locked it, so that no patient stays on an unattended screen. Asking does not keep it unlocked;
// typing and tapping do, once a minute at most.

const LOOK_MS = 10_000;
const AWAKE_MS = 60_000;
const { here, awake, door } = document.body.dataset;
let told = Date.now();

async function look(address) {
  try {
    const answer = await fetch(address, { cache: "no-store" });
    if (answer.status === 401) location.replace(door);
  } catch {
    // the station does not answer now: asked again later
  }
}

function used() {
  if (Date.now() - told < AWAKE_MS) return;
  told = Date.now();
  look(awake);
}

setInterval(() => look(here), LOOK_MS);
addEventListener("input", used);
addEventListener("pointerdown", used);
addEventListener("pageshow", (event) => event.persisted && look(here));
