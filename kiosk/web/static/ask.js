// What a person asks for by touch or key becomes a request to the kiosk.

let complain = () => {};

const KEYS = { " ": "toggle", s: "start", x: "stop", v: "show", t: "test", l: "language", c: "setup" };
const CANCELS = ["cancel", "back", "no", "quit"]; // keys of the options that lead out of a menu

/** Be told when a press did not get through. */
export function onLost(told) {
  complain = told;
}

/** Ask for a command of kiosk/screen.py. */
export const command = (name) => post(`/command/${name}`);

/** Take one choice of the menu on the screen. */
export const pick = (key) => post(`/pick/${key}`);

/** The treadmill's zone as it was dragged on the picture: parts of its width and height. */
export const drawZone = (zone) => post(`/zone/${zone.map((part) => Math.round(1000 * part)).join("/")}`);

/** Press a button of the belt: a row of CHANGES in kiosk/web/belt.py, or "unknown". */
export const pressBelt = (what) => post(`/belt/${what}`);

async function post(path) {
  try {
    const answer = await fetch(path, { method: "POST" });
    if (!answer.ok) complain();
  } catch {
    complain();
  }
}

/**
 * Listen to the keyboard. menu(): the menu on the screen or null; own: letter -> what the page itself does with it.
 * Letters are commands everywhere; in a menu arrows mark the next choice, digits take one, Backspace deletes a digit of a code, Escape leads out; Enter is start.
 */
export function listen(menu, own) {
  document.addEventListener("keydown", (event) => {
    if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
    if ([" ", "Enter"].includes(event.key) && event.target.matches("button")) return; // the key presses that button
    const action = inMenu(event.key, menu()) ?? anywhere(event.key, own);
    if (!action) return;
    event.preventDefault();
    action();
  });
}

function inMenu(key, menu) {
  if (!menu) return null;
  if (["ArrowDown", "ArrowRight"].includes(key)) return () => command("stop");
  if (key === "Backspace") return taking(menu.options.find((option) => option.key === "delete"));
  if (key === "Escape") return taking(menu.options.find((option) => CANCELS.includes(option.key)));
  return /^[0-9]$/.test(key) ? taking(menu.options.find((option) => option.text === key) ?? menu.options[Number(key) - 1]) : null;
}

function taking(option) {
  return option ? () => pick(option.key) : null;
}

function anywhere(key, own) {
  if (key === "Enter") return () => command("start");
  const letter = key.toLowerCase();
  return own[letter] ?? (KEYS[letter] ? () => command(KEYS[letter]) : null);
}
