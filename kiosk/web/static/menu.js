// A question with large answers: two buttons can mark and take them, a finger takes one at once.

import { pick } from "./ask.js";
import { icon, make, mark, put, show } from "./dom.js";
import { fitBlock } from "./fit.js";
import { say } from "./text.js";

const ROWS = 5; // of options on a wide screen of 480 lines
const ROWS_TALL = 10;
const COLUMNS_MOST = 4;

let drawn = "";
let fitted = "";

/** Draw the menu; its buttons are made again only when a choice changed, so that a finger or the focus keeps its button. */
export function drawMenu(menu, language) {
  const code = menu.name === "code";
  const key = JSON.stringify([language, menu.name, menu.options]);
  const options = document.getElementById("options");
  if (key !== drawn) options.replaceChildren(...menu.options.map(button));
  drawn = key;
  [...options.children].forEach((element, i) => choose(element, i === menu.marked));
  put("typed", code ? `${menu.typed}_` : "");
  show("typed", code);
  if (menu.name !== "setup") put("hint", say("Stop: next · Start: take it")); // the guide says it with its step
  const section = document.getElementById("menu");
  section.classList.toggle("code", code);
  const look = [key, menu.typed, innerWidth, section.clientWidth, section.clientHeight].join("|");
  if (look !== fitted) fitWords(section, code ? [3] : columns(menu.options.length));
  fitted = look;
}

/** Numbers of columns in the order in which they are tried. */
function columns(n) {
  const tall = innerHeight > innerWidth;
  const first = tall ? Math.ceil(n / ROWS_TALL) : Math.max(n > 3 ? 2 : 1, Math.ceil(n / ROWS));
  return Array.from({ length: COLUMNS_MOST - first + 1 }, (_, more) => first + more);
}

// Every option is wholly on the screen: the second lines go before the letters become too small for 2 m, then rows become columns.
function fitWords(section, wanted) {
  const side = Math.min(innerHeight, innerWidth);
  for (const number of wanted) {
    document.getElementById("options").style.setProperty("--columns", number);
    for (const [look, least] of [["", 0.042], ["brief", 0.036]]) {
      section.classList.toggle("brief", look !== "");
      delete section.dataset.fitted; // columns are not in its key
      if (fitBlock(section, { most: 0.065 * side, least: least * side })) return;
    }
  }
}

function button(option) {
  const words = make("span", "option-words", make("b", "", option.text));
  if (option.more) words.append(make("span", "more", option.more));
  const element = make("button", "option", icon("cue"), words);
  element.type = "button";
  if (option.on !== null) {
    element.setAttribute("role", "switch");
    element.setAttribute("aria-checked", String(option.on));
    element.append(make("span", "switch", make("span", "knob"), make("span", "", option.on ? say("on") : say("off"))));
  }
  element.addEventListener("click", (event) => {
    if (event.detail) element.blur(); // a finger leaves no focus behind that would catch the space key
    pick(option.key);
  });
  return element;
}

function choose(element, marked) {
  element.classList.toggle("marked", marked);
  if (marked) mark(element, "aria-current", "true");
  else element.removeAttribute("aria-current");
}
