// To another page of the station, without ever landing on the browser's own error page.

import { status } from "./alive.js";

/** Open a page of the station when the station answers; false when it does not, and then nothing happens. */
export async function go(address) {
  if ((await status("GET", "/health")) !== 200) return false;
  location.replace(address);
  return true;
}
