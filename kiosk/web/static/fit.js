// Text as large as its box allows: cues are read from 2 m.

/**
 * Give `text` (a child of `box`) the largest font at which it fits the box in at most `lines` lines without breaking words.
 * Below `least` px more lines are allowed rather than smaller letters. Does nothing, and returns false, while neither words nor box changed.
 */
export function fit(box, text, { lines, least = 14, most = Infinity }) {
  const key = `${text.textContent}|${box.clientWidth}x${box.clientHeight}|${lines}|${most}`;
  if (box.dataset.fitted === key || !box.clientHeight) return false;
  const size = largest(least, Math.min(most, box.clientHeight * 1.1), (px) => fits(box, text, px, lines));
  text.style.fontSize = `${size ?? largest(10, least, (px) => fits(box, text, px, 99)) ?? 10}px`;
  box.dataset.fitted = key;
  return true;
}

/** Say the first of these texts that fits in readable letters, else the last; does nothing while neither words nor box changed. */
export function fitFirst(box, text, choices, { lines, least }) {
  const key = `${choices.join("|")}|${box.clientWidth}x${box.clientHeight}`;
  if (box.dataset.chosen === key && choices.includes(text.textContent)) return;
  for (const choice of choices) {
    if (text.textContent !== choice) text.textContent = choice;
    delete box.dataset.fitted;
    fit(box, text, { lines, least });
    if (!box.clientHeight || (parseFloat(text.style.fontSize) >= least && fits(box, text, parseFloat(text.style.fontSize), lines))) break;
  }
  box.dataset.chosen = key;
}

/** Shrink the font of a whole block until nothing overflows it; false when even the least is too large. */
export function fitBlock(box, { most, least = 10 }) {
  const key = `${box.textContent}|${box.className}|${box.clientWidth}x${box.clientHeight}|${most}|${least}`;
  if (box.dataset.fitted === key || !box.clientHeight) return box.dataset.fits !== "no";
  const size = largest(least, most, (px) => {
    box.style.fontSize = `${px}px`;
    return !overflows(box) && ![...box.querySelectorAll("button, li, .option-words")].some(overflows);
  });
  box.style.fontSize = `${size ?? Math.ceil(least)}px`;
  box.dataset.fitted = key;
  box.dataset.fits = size === null ? "no" : "yes";
  return size !== null;
}

// A line that is lower than its font's tallest letters sticks out of its box by a little of the font's size, and nothing is cut.
const STICKS_OUT = 0.1;

function overflows(box) {
  const slack = Math.max(1, STICKS_OUT * parseFloat(getComputedStyle(box).fontSize));
  return box.scrollHeight > box.clientHeight + slack || box.scrollWidth > box.clientWidth + 1;
}

/** Height of this text's capitals, px. */
export function letters(text) {
  const { fontWeight, fontSize, fontFamily } = getComputedStyle(text);
  const paint = (letters.paint ??= document.createElement("canvas").getContext("2d"));
  paint.font = `${fontWeight} ${fontSize} ${fontFamily}`;
  return paint.measureText("H").actualBoundingBoxAscent;
}

function fits(box, text, px, lines) {
  text.style.fontSize = `${px}px`;
  const height = text.offsetHeight;
  const line = parseFloat(getComputedStyle(text).lineHeight);
  return height <= box.clientHeight && text.scrollWidth <= box.clientWidth && Math.round(height / line) <= lines;
}

/** The largest whole number from low to high that is good, when all below it are good too; null when none is. */
function largest(low, high, good) {
  let [known, top] = [null, Math.floor(high)];
  for (let bottom = Math.ceil(low); bottom <= top; ) {
    const middle = (bottom + top) >> 1;
    if (good(middle)) bottom = (known = middle) + 1;
    else top = middle - 1;
  }
  return known;
}
