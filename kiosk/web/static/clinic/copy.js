// How far the copy to the stick is.

import { watch } from "./watch.js";

const LOOK_MS = 500;
const bar = document.getElementById("bar");
const trouble = document.getElementById("silent");

function show(copy) {
  bar.max = copy.all;
  bar.value = copy.done;
  trouble.hidden = true;
}

watch(bar, LOOK_MS, show, () => (trouble.hidden = false));
