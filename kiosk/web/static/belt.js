// Speed and incline of the belt, as a person reads them off the treadmill. What the treadmill tells itself is only shown.

import { pressBelt } from "./ask.js";
import { make, put, show } from "./dom.js";
import { number, say } from "./text.js";

const STATES = ["check", "choose"]; // before the run: while somebody runs nothing asks for a finger
const HOLD_MS = 500; // a finger that stays means more than a tap
const REPEAT_MS = 250;

let drawn = "";

/** Draw the control where it belongs; `view.belt` is null where nobody can tell the belt's speed. */
export function drawBelt(view, language) {
  const wanted = STATES.includes(view.state) && Boolean(view.belt);
  show("belt", wanted);
  if (!wanted) return;
  const { speed_kmh, incline_pct, source } = view.belt;
  const told = source === "treadmill";
  if (drawn !== (drawn = `${language}${told}`)) build(told);
  put("belt-speed", speed_kmh === null ? say("Speed?") : say("{speed} km/h", { speed: number(speed_kmh, 1) }));
  put("belt-incline", say("Incline {incline} %", { incline: number(incline_pct, 1) }));
  const unknown = document.getElementById("belt-unknown");
  if (!told && unknown.disabled !== (speed_kmh === null)) unknown.disabled = speed_kmh === null;
}

function build(told) {
  const box = document.getElementById("belt");
  box.setAttribute("aria-label", say("Speed and incline of the belt"));
  box.classList.toggle("told", told);
  box.replaceChildren(...(told ? shown() : changeable()));
}

function shown() {
  return [value("belt-speed"), value("belt-incline"), make("p", "quiet", say("told by the treadmill"))];
}

function changeable() {
  const speed = make("div", "belt-part", step("−", say("Belt slower"), "slower", "much-slower"), value("belt-speed"), step("+", say("Belt faster"), "faster", "much-faster"));
  const incline = make("div", "belt-part", step("−", say("Belt flatter"), "flatter", "flatter"), value("belt-incline"), step("+", say("Belt steeper"), "steeper", "steeper"));
  const unknown = make("button", "", say("Not known"));
  unknown.id = "belt-unknown";
  unknown.addEventListener("click", (event) => leave(event, () => pressBelt("unknown")));
  return [speed, incline, unknown];
}

function value(id) {
  const element = make("p", "belt-value");
  element.id = id;
  return element;
}

/** A button whose tap is one step; held down it takes larger steps until the finger leaves. */
function step(sign, name, tap, held) {
  const button = make("button", "belt-step", sign);
  button.setAttribute("aria-label", name);
  let timer = 0;
  let long = false;
  const end = () => clearTimeout(timer);
  const again = async () => {
    long = true;
    await pressBelt(held);
    timer = button.isConnected && timer ? setTimeout(again, REPEAT_MS) : 0;
  };
  button.addEventListener("pointerdown", () => {
    end();
    long = false;
    timer = setTimeout(again, HOLD_MS);
  });
  for (const name of ["pointerup", "pointerleave", "pointercancel"]) button.addEventListener(name, () => { end(); timer = 0; });
  button.addEventListener("contextmenu", (event) => event.preventDefault()); // a long touch is ours
  button.addEventListener("click", (event) => leave(event, () => long || pressBelt(tap), () => (long = false)));
  return button;
}

// A finger leaves no focus behind that would catch the space key.
function leave(event, action, after = () => {}) {
  if (event.detail) event.currentTarget.blur();
  action();
  after();
}
