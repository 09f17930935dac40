"""What is measured on the page itself: scripts that return what is wrong, empty lists when nothing is."""

MISPLACED = """
// words that are outside the screen, cut by their box, outside their button, or written over other words
const wrong = [], seen = [];
if (document.scrollingElement.scrollHeight > innerHeight) wrong.push("page scrolls down");
if (document.scrollingElement.scrollWidth > innerWidth) wrong.push("page scrolls sideways");
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) {
  const words = walk.currentNode.textContent.trim();
  const owner = walk.currentNode.parentElement;
  if (!words || !owner.checkVisibility() || owner.closest("script, style")) continue;
  const range = document.createRange();
  range.selectNodeContents(walk.currentNode);
  const { left, right, top: above, bottom: below, width } = range.getBoundingClientRect();
  const slack = 0.12 * parseFloat(getComputedStyle(owner).fontSize); // line boxes are taller than letters
  const box = { left, right, top: above + slack, bottom: below - slack };
  if (!width) continue;
  if (box.left < -1 || box.top < -1 || box.right > innerWidth + 1 || box.bottom > innerHeight + 1) wrong.push(`off screen: ${words}`);
  for (let up = owner; up; up = up.parentElement) {
    if (getComputedStyle(up).overflow !== "hidden" && !up.matches("button, li, p, section")) continue;
    const room = up.getBoundingClientRect();
    const inside = box.top >= room.top - 1 && box.bottom <= room.bottom + 1 && box.right <= room.right + 2;
    if (!inside) wrong.push(`cut by ${up.id || up.className || up.tagName}: ${words}`);
  }
  for (const [other, place] of seen) {
    const deep = Math.min(box.bottom, place.bottom) - Math.max(box.top, place.top);
    const wide = Math.min(box.right, place.right) - Math.max(box.left, place.left);
    if (deep > 4 && wide > 2) wrong.push(`over each other: ${words} / ${other}`);
  }
  seen.push([words, box]);
}
const buttons = [...document.querySelectorAll("button")].filter((b) => b.checkVisibility());
for (const [i, one] of buttons.entries()) for (const other of buttons.slice(i + 1)) {
  const [a, b] = [one, other].map((element) => element.getBoundingClientRect());
  const meet = a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  if (meet) wrong.push(`buttons over each other: ${one.textContent} / ${other.textContent}`);
}
for (const button of buttons) {
  const { left, right, top, bottom } = button.getBoundingClientRect();
  if (left < 0 || top < 0 || right > innerWidth || bottom > innerHeight) wrong.push(`button off screen: ${button.textContent}`);
}
return wrong;
"""

FAINT = """
// words with less than 7:1 contrast against the ground they stand on
const light = (color) => {
  const linear = (c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  const [r, g, b] = color.match(/[\\d.]+/g).map((c) => linear(c / 255));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ground = (element) => {
  const color = element ? getComputedStyle(element).backgroundColor : "rgb(0, 0, 0)";
  return color === "rgba(0, 0, 0, 0)" ? ground(element.parentElement) : color;
};
const faint = [];
for (const element of document.querySelectorAll("body *")) {
  const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  if (!own || !element.checkVisibility()) continue;
  const [a, b] = [light(getComputedStyle(element).color), light(ground(element))].sort((x, y) => y - x);
  if ((a + 0.05) / (b + 0.05) < 7) faint.push(`${element.textContent.trim()}: ${((a + 0.05) / (b + 0.05)).toFixed(1)}`);
}
return faint;
"""

SMALL_WORDS = """
// words in letters below 3.5 % of the screen's shorter side
const least = 0.035 * Math.min(innerHeight, innerWidth);
return [...document.querySelectorAll("body *")]
  .filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()) && element.checkVisibility())
  .map((element) => [element.textContent.trim(), parseFloat(getComputedStyle(element).fontSize)])
  .filter(([, size]) => size < least - 0.01);
"""

SMALL_BUTTONS = """
return [...document.querySelectorAll("button")].filter((b) => b.checkVisibility())
  .filter((b) => Math.min(b.getBoundingClientRect().width, b.getBoundingClientRect().height) < 60).map((b) => b.textContent);
"""

CAP_HEIGHT = """
const style = getComputedStyle(document.getElementById("headline"));
const paint = document.createElement("canvas").getContext("2d");
paint.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
return paint.measureText("H").actualBoundingBoxAscent;
"""

PAINTED = """
const canvas = document.getElementById("skeleton");
const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
let painted = 0;
for (let i = 3; i < data.length; i += 4) if (data[i]) painted += 1;
return painted;
"""

AXE = """
const done = arguments[arguments.length - 1];
const runOnly = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
axe.run(document, { runOnly, resultTypes: ["violations"] })
  .then(({ violations }) => done(violations.map(({ id, help, nodes }) => [id, help, nodes.map((node) => node.html.slice(0, 160))])))
  .catch((error) => done([String(error)]));
"""
