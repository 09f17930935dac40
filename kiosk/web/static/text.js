// The words that the page adds to the view's own sentences, in the language of the view.
// English is the source and the key: always call `say` with a literal, so that tests can collect all keys (kiosk/words/de/page*.po).

let catalogues = {};
let language = "en";
const formats = new Map(); // making one takes longer than all that a view changes on the screen

/** Intl.NumberFormat of a language: `digits` are the fewest and the most after the sign. */
function format(code, [fewest, most]) {
  const key = `${code} ${fewest} ${most}`;
  if (!formats.has(key)) {
    formats.set(key, new Intl.NumberFormat(code, { minimumFractionDigits: fewest, maximumFractionDigits: most, useGrouping: false }));
  }
  return formats.get(key);
}

/** Fetch the catalogues of all languages; until then, and when they cannot be had, the page speaks English. */
export async function learn() {
  try {
    const answer = await fetch("/words.json");
    if (answer.ok) catalogues = await answer.json();
  } catch {
    // no kiosk: the page says so by itself and learns when the connection is back
  }
  return Object.keys(catalogues).length > 0;
}

/** Speak this language ("de") from now on. */
export function speak(code) {
  language = code;
  document.documentElement.lang = code;
}

/** The language that comes after the present one. */
export function nextLanguage() {
  const known = Object.keys(catalogues);
  return known[(known.indexOf(language) + 1) % known.length] ?? language;
}

/** A language by its own name: "de" -> "Deutsch". */
export function ownName(code) {
  return new Intl.DisplayNames([code], { type: "language" }).of(code);
}

/** `say("{n} strides", {n: 3})` -> "3 strides" or "3 Doppelschritte"; numbers get the language's decimal sign. */
export function say(english, values = {}) {
  const pattern = catalogues[language]?.[english] ?? english;
  return pattern.replace(/\{(\w+)\}/g, (_, name) => (typeof values[name] === "number" ? number(values[name]) : values[name]));
}

/** A number as people see it: rounded to the digits that are written. */
export function asShown(value, decimals) {
  return Number(format("en", [0, decimals]).format(value));
}

/** A number in the language: `number(0.3, 2)` -> "0.30" or "0,30"; without `decimals` at most three digits after the sign. */
export function number(value, decimals) {
  return format(language, decimals === undefined ? [0, 3] : [decimals, decimals]).format(value).replace("-", "−");
}
