// The connection to the kiosk: one EventSource that never gives up.

import { asScreen, again as reload } from "./alive.js";

const SILENT_MS = 7000; // three missed heartbeats of 2 s: the connection is dead although nobody said so
const AGAIN_MS = 1500;
const STALE_MS = 5000; // while running a view comes many times a second

/**
 * Follow the kiosk.
 * onView(view): a newer view. onDown("starting" | "crowded"): no connection. onStale(): connected, but nothing new for 5 s.
 */
export function follow({ onView, onDown, onStale }) {
  let source = null;
  let timer = null;
  let heard = performance.now();
  let viewed = heard;

  function open() {
    timer = null;
    heard = performance.now();
    source = new EventSource(asScreen("/events"));
    source.onmessage = (event) => {
      heard = viewed = performance.now();
      onView(JSON.parse(event.data));
    };
    source.addEventListener("beat", () => {
      heard = performance.now();
    });
    source.onerror = () => {
      onDown("starting");
      if (source.readyState === EventSource.CLOSED) refused(); // the browser retries by itself after anything else
    };
  }

  function again() {
    source.close();
    timer ??= setTimeout(open, AGAIN_MS);
  }

  async function refused() {
    again();
    try {
      if ((await fetch("/health")).ok) onDown("crowded");
    } catch {
      onDown("starting");
    }
  }

  function look() {
    const now = performance.now();
    if (timer === null && now - heard > SILENT_MS) {
      onDown("starting");
      again();
    } else if (now - viewed > STALE_MS && now - heard < SILENT_MS) {
      onStale();
    }
  }

  open();
  setInterval(look, 1000);
  window.addEventListener("pagehide", () => source.close());
  window.addEventListener("pageshow", (event) => event.persisted && reload());
}
