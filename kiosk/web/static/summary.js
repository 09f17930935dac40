// After the run: what was found, the stride in slow motion, what to take home. Three screens in one section of the page.
// What must not go in: claims about the runner. Those come from the kiosk, with their numbers.

import { card, plain } from "./card.js";
import { make } from "./dom.js";
import { calm, playReplay, replay } from "./replay.js";
import { leastPx, settle, unit } from "./settle.js";
import { takeHome } from "./takehome.js";
import { say } from "./text.js";

const BODY = { summary: findings, replay, take_home: takeHome };

let drawn = "";
let opened = null; // index of the finding that is shown alone

/** Draw one of the screens "summary", "replay", "take_home"; builds again only for other words or another screen. */
export function drawSummary(view, screen) {
  const section = document.getElementById("summary");
  if (!view.summary) return section.replaceChildren();
  const key = [screen, say("Good"), calm(), JSON.stringify(view.summary, withoutStride)].join("|"); // "Good" stands for the language
  if (key !== drawn) {
    opened = null;
    section.replaceChildren(...BODY[screen](view.summary));
    drawn = key;
  }
  fill(section);
  if (screen === "replay") playReplay(section);
}

// The picture needs no second look when the words are the same: a stride is folded once.
const withoutStride = (name, value) => (name === "stride" ? (value?.strides ?? null) : value);

function fill(section) {
  for (const holder of section.querySelectorAll(".holder")) {
    settle(holder, [...holder.querySelectorAll(".box")], { least: leastPx(), most: 5.2 * unit() });
  }
}

function findings({ findings: found, refusal, reason_ended, stride }) {
  const holder = make("div", "cards holder");
  if (refusal) holder.append(plain(say("No verdict: {why}", { why: refusal })));
  else if (!found.length) holder.append(plain(say("Nothing stood out in this run.")));
  else holder.append(...found.map((finding, index) => card(finding, stride, () => open(holder, index))));
  return reason_ended ? [make("p", "ended quiet", reason_ended), holder] : [holder];
}

/** Show one finding alone with all that is known about it, or all of them again. */
function open(holder, index) {
  opened = opened === null ? index : null;
  [...holder.children].forEach((one, i) => {
    one.hidden = opened !== null && i !== opened;
    one.classList.toggle("open", i === opened);
    one.setAttribute("aria-expanded", String(i === opened));
  });
  delete holder.dataset.settled;
  fill(holder.parentElement);
}
