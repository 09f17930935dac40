// Where the bout stands, every second; when it is over the page is loaded again and says what came of it.

import { watch } from "./watch.js";

const LOOK_MS = 1000;
const now = document.getElementById("now");

function put(id, text) {
  const place = document.getElementById(id);
  if (place.textContent !== text) place.textContent = text;
}

function show({ words, left, doing, problem, stop }) {
  put("state", words);
  put("left", left);
  put("doing", doing);
  put("trouble", problem);
  document.getElementById("trouble").hidden = !problem;
  document.getElementById("stopping").hidden = !stop;
}

const silent = () => show({ words: now.dataset.silent, left: "", doing: now.dataset.meanwhile, problem: "", stop: false });

if (now) watch(now, LOOK_MS, show, silent);
