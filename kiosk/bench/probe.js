// Put into the station's page before its own scripts by the benchmark (kiosk/bench/watchers.py): notes when each event came, how long
// the page's script worked on it, and whether it was drawn before the next one came. It changes nothing that the page does.

(() => {
  let seen;
  let drawn = true; // the last event
  const fresh = () => (seen = window.benchSeen = { events: 0, undrawn: 0, handler: [], arrived: [] });
  const ask = window.requestAnimationFrame.bind(window);

  const note = (data) => {
    seen.events += 1;
    seen.arrived.push([performance.timeOrigin + performance.now(), JSON.parse(data).frame_t_s]);
    if (!drawn) seen.undrawn += 1;
    drawn = false;
    ask(() => (drawn = true));
  };
  const timed = (handler) => (event) => {
    note(event.data);
    const began = performance.now();
    try {
      return handler.call(event.target, event);
    } finally {
      seen.handler.push(performance.now() - began);
    }
  };

  // what a handler leaves for the next frame is its work as well
  window.requestAnimationFrame = (later) =>
    ask((at) => {
      const began = performance.now();
      later(at);
      if (seen.handler.length) seen.handler[seen.handler.length - 1] += performance.now() - began;
    });

  const { prototype } = EventSource;
  const { set, get } = Object.getOwnPropertyDescriptor(prototype, "onmessage");
  Object.defineProperty(prototype, "onmessage", { configurable: true, enumerable: true, get, set: function (handler) { set.call(this, timed(handler)); } });
  const listen = prototype.addEventListener;
  prototype.addEventListener = function (kind, handler, ...more) {
    return listen.call(this, kind, kind === "message" ? timed(handler) : handler, ...more);
  };

  window.benchTake = () => {
    const found = seen;
    fresh();
    return { ...found, arrived: found.arrived.filter(([, stamp]) => stamp != null) };
  };
  fresh();
})();
