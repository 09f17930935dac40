// Steps of drawing that do nothing when nothing changed: views come many times a second, and the browser styles and lays out anew
// also for a value that was there before.

/** Set the text of an element. */
export function put(id, text) {
  const element = document.getElementById(id);
  if (element.textContent !== text) element.textContent = text;
}

/** The same word by word, for a line that is broken between words only, never after a hyphen. */
export function putWords(id, text) {
  const element = document.getElementById(id);
  if (element.textContent === text) return;
  element.replaceChildren(...text.split(/( +)/).map((part) => (part.trim() ? make("span", "", part) : part)));
}

/** Show or hide an element. */
export function show(id, visible) {
  const element = document.getElementById(id);
  if (element.hasAttribute("hidden") === visible) element.toggleAttribute("hidden", !visible); // a drawing (SVG) has no property for it
}

/** Set an attribute of an element. */
export function mark(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** A new element: `make("p", "quiet", "text", child...)`. */
export function make(tag, className, ...content) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...content.filter((part) => part !== ""));
  return element;
}

/** A symbol of the page as a picture: `icon("cue")`. */
export function icon(name) {
  return svg("svg", { class: "shape", "aria-hidden": "true" }, svg("use", { href: `#shape-${name}` }));
}

/** A new SVG element: `svg("rect", {x: 1}, child...)`. */
export function svg(tag, attributes, ...content) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...content);
  return element;
}

/** 754 -> "12:34", 3754 -> "1:02:34". */
export function clock(seconds) {
  const all = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  const two = (number) => String(number).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
