// The runner: camera picture, skeleton, mirror, as the person before the screen wants them.

import { asScreen } from "./alive.js";
import { runner } from "./attract.js";
import { mark, put, show } from "./dom.js";
import { draw } from "./skeleton.js";
import { say } from "./text.js";

const byId = (id) => document.getElementById(id);
const { dataset } = document.body;
const allowed = dataset.picture === "yes";
const choice = { picture: allowed && remembered("picture", "yes") === "yes", mirror: remembered("mirror", dataset.mirror) === "yes" };
const calm = matchMedia("(prefers-reduced-motion: reduce)");

const RETRY_PICTURE_MS = 3000;
const ATTRACT_MS = 80;
const ATTRACT_STRIDE_MS = 2400; // slow motion
const STILL_PHASE = 0.05;
const WITHOUT_PICTURE = ["idle", "summary", "replay", "take_home", "menu", "off"]; // nobody asked to be filmed there

let now = { screen: "", pose: null };
let attractedMs = -Infinity;

/** Draw the picture and the skeleton of a view; without a connection (`down`) no picture is asked for. */
export function drawStage(screen, view, down) {
  now = { screen, pose: view.pose };
  byId("looks").classList.toggle("mirrored", choice.mirror && screen !== "setup"); // "to the left" is the camera's left there
  const wanted = choice.picture || (allowed && screen === "setup"); // a runner's choice must not blind who sets up the camera
  drawPicture(wanted && !WITHOUT_PICTURE.includes(screen) && !down && !document.hidden);
  drawToggles(screen);
  if (byId("stage").hidden) return;
  mark(byId("skeleton"), "aria-label", view.pose ? say("Your body as lines") : say("A runner as lines"));
  if (screen === "idle" && attracting()) drawAttract();
  else draw(byId("skeleton"), view.pose, view.view);
  put("nobody", say("No runner in the picture"));
  show("nobody", screen !== "idle" && !view.pose && !wanted);
}

/** Ask for no picture from now on; the next view asks again when the kiosk is back. */
export const loseStage = () => drawPicture(false);

/** Turn "picture" or "mirror" on or off, and remember it for this screen. */
export function toggle(name) {
  if (name === "picture" && !allowed) return;
  choice[name] = !choice[name];
  try {
    localStorage.setItem(name, choice[name] ? "yes" : "no");
  } catch {
    // a browser that keeps nothing forgets the choice at its next start
  }
}

// Nobody there, or somebody who asked for no motion: a made-up runner instead of the live one.
const attracting = () => !now.pose || calm.matches;

function drawAttract() {
  if (performance.now() - attractedMs < 0.9 * ATTRACT_MS) return; // views come beside the timer below
  attractedMs = performance.now();
  const phase = calm.matches ? STILL_PHASE : (performance.now() / ATTRACT_STRIDE_MS) % 1;
  draw(byId("skeleton"), runner(phase), "right");
}

function drawToggles(screen) {
  put("picture-toggle", choice.picture ? say("Picture: on") : say("Picture: off"));
  put("mirror-toggle", choice.mirror ? say("Mirror: on") : say("Mirror: off"));
  for (const name of ["picture", "mirror"]) mark(byId(`${name}-toggle`), "aria-pressed", String(choice[name]));
  show("picture-toggle", allowed && screen === "check");
  show("mirror-toggle", screen === "check");
}

function drawPicture(wanted) {
  const picture = byId("picture");
  const address = asScreen("/stream.mjpg");
  show("picture", wanted);
  if (!wanted) picture.removeAttribute("src");
  else if (picture.getAttribute("src") !== address) picture.setAttribute("src", address);
}

function remembered(name, otherwise) {
  try {
    return localStorage.getItem(name) ?? otherwise;
  } catch {
    return otherwise;
  }
}

setInterval(() => now.screen === "idle" && attracting() && !calm.matches && !document.hidden && drawAttract(), ATTRACT_MS);
byId("picture").addEventListener("error", () => setTimeout(loseStage, RETRY_PICTURE_MS));
