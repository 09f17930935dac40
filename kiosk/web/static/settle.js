// Words that keep a readable size: where a box is too small, its least important lines stay away instead of getting tiny.

/**
 * Fill boxes as well as they can be filled: at the least size lines with the highest data-rank are hidden until nothing overflows,
 * then the letters of `holder` grow as long as every box still holds its words. Sizes in px. Does nothing while nothing changed.
 */
export function settle(holder, boxes, { least, most }) {
  const key = `${holder.textContent}|${least}|${boxes.map((box) => `${box.clientWidth}x${box.clientHeight}`)}`;
  if (holder.dataset.settled === key || !holder.clientHeight) return;
  holder.style.fontSize = `${least}px`;
  leaveOut(boxes);
  let size = least;
  while (size + 1 <= most && boxes.every((box) => holds(box, holder, size + 1))) size += 1;
  holder.style.fontSize = `${size}px`;
  holder.dataset.settled = `${holder.textContent}|${least}|${boxes.map((box) => `${box.clientWidth}x${box.clientHeight}`)}`;
}

// One line at a time, from a box that is too full: boxes share their room, so that a line less here is room there.
function leaveOut(boxes) {
  const lines = boxes.flatMap((box) => [...box.querySelectorAll("[data-rank]")].map((line) => ({ box, line, rank: Number(line.dataset.rank) })));
  for (const { line } of lines) line.hidden = false;
  lines.sort((a, b) => b.rank - a.rank);
  for (let next; (next = lines.findIndex(({ box }) => overflows(box))) >= 0; ) lines.splice(next, 1)[0].line.hidden = true;
}

function holds(box, holder, size) {
  holder.style.fontSize = `${size}px`;
  return !overflows(box);
}

/** Something inside is higher or wider than its box. */
function overflows(box) {
  return box.scrollHeight > box.clientHeight || box.scrollWidth > box.clientWidth;
}

/** One hundredth of the shorter way to look at the screen, as `--u` in page.css, px. */
export const unit = () => Math.min(innerHeight, innerWidth * 0.95) / 100;

/** The least size of words that are read from a step away: 3.5 % of the screen's shorter side (our choice). */
export const leastPx = () => Math.ceil(0.035 * Math.min(innerHeight, innerWidth));
