// To another page of the station, without ever landing on the browser's own error page.

const PATIENCE_MS = 2000;

/** Open a page of the station when the station answers; false when it does not, and then nothing happens. */
export async function go(address) {
  try {
    const answer = await fetch("/health", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!answer.ok) return false;
  } catch {
    return false;
  }
  location.replace(address);
  return true;
}
