// What a runner takes home: the summary as a QR code, a code to come back with, what comes next. No account, no name.

import { make } from "./dom.js";
import { say } from "./text.js";

/** The screen: QR codes, then words; the safety line is always there. */
export function takeHome(summary) {
  const codes = qrCodes(summary);
  const screen = make("div", codes.length ? "home" : "home alone");
  if (codes.length) screen.append(make("div", "codes", ...codes));
  screen.append(make("div", "words holder", make("div", "box", ...words(summary))));
  return [screen];
}

function qrCodes({ take_home, session_id }) {
  if (!take_home.length) return [];
  const text = qr(`/take-home.svg?${stamp(take_home)}`, say("Your summary as text, no network"), say("QR code: your summary as text"));
  if (document.body.dataset.link !== "yes") return [text];
  return [text, qr(`/link.svg?${session_id ?? 0}`, say("The full report, once, in this network."), say("QR code: link to the full report"))];
}

function qr(address, words, name) {
  const image = make("img", "qr");
  const figure = make("figure", "", image, make("figcaption", "", words));
  image.alt = name;
  image.addEventListener("error", () => figure.remove()); // a code that cannot be had leaves no hole with words below it
  image.src = address;
  return figure;
}

/** A short name of these lines, so that other lines are another picture. */
function stamp(lines) {
  let sum = 0;
  for (const letter of lines.join("\n")) sum = (sum * 31 + letter.codePointAt(0)) >>> 0;
  return sum.toString(36);
}

/** Code, next time and drill always stay; what has a rank gives way to them, the highest first. */
function words({ code, next_time, drill, advice }) {
  const [first, ...rest] = sentences(advice);
  const how = say("Type it at your next visit: you go on where you are now.");
  const rows = [
    code && note(title(say("Your code")), make("b", "home-code", `${code.slice(0, 3)} ${code.slice(3)}`), ranked(5, span(how))),
    first && note(title(say("After your answers"), 2), span(first), rest.length && ranked(4, span(rest.join(" ")))),
    next_time && note(title(say("Next time"), 3), span(next_time)), // "Next run: ..." says it too
    drill && note(title(say("Your drill"), 1), span(drill)),
  ].filter(Boolean);
  const safety = [say("Stop if it hurts. Ask a professional."), say("Not medical advice.")].map(span);
  return [...rows, make("p", "safety-line", ...safety)];
}

const span = (text) => make("span", "", text);
const sentences = (text) => (text ?? "").split(/(?<=[.!?])\s+/).filter(Boolean);

function title(text, rank = 0) {
  const heading = make("h2", "", text);
  return rank ? ranked(rank, heading) : heading;
}

function ranked(rank, line) {
  line.dataset.rank = rank;
  return line;
}

function note(heading, ...content) {
  return make("section", "note", heading, make("p", "", ...content.filter(Boolean)));
}
