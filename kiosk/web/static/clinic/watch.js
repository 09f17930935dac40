// Asks the station again and again while something is under way there, and tells when it has not answered for a few seconds: a page
// must not go on to show what was true before.

const SILENT_MS = 4000;
const PATIENCE_MS = 3000;

async function asked(address) {
  try {
    const answer = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    return answer.status < 500 ? { status: answer.status, now: await answer.json() } : null;
  } catch {
    return null; // no station, no network, or nothing that could be read: the caller tells it
  }
}

// `place` has the address in data-now. `show` gets each answer; `silent` is called as long as none comes. When it is over the page is
// loaded again and says what came of it.
export async function watch(place, everyMs, show, silent) {
  let heard = performance.now();
  while (place.isConnected) {
    const answer = await asked(place.dataset.now);
    if (!place.isConnected) return; // the page locked itself meanwhile
    if (answer?.status === 401) return location.replace(document.body.dataset.door);
    if (answer) {
      if (!answer.now.active) return location.reload();
      heard = performance.now();
      show(answer.now);
    } else if (performance.now() - heard >= SILENT_MS) silent();
    await new Promise((go) => setTimeout(go, everyMs));
  }
}
