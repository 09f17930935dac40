// Where the bout stands, every second; when it is over the page is loaded again and says what came of it.

const LOOK_MS = 1000;
const now = document.getElementById("now");

function put(id, text) {
  const place = document.getElementById(id);
  if (place.textContent !== text) place.textContent = text;
}

async function look() {
  try {
    const answer = await fetch(now.dataset.now, { cache: "no-store" });
    if (answer.status === 401) return location.replace(document.body.dataset.door);
    const bout = await answer.json();
    if (!bout.active) return location.reload();
    put("state", bout.words);
    put("left", bout.left);
    put("doing", bout.doing);
    put("trouble", bout.problem);
    document.getElementById("trouble").hidden = !bout.problem;
    document.getElementById("stopping").hidden = !bout.stop;
  } catch {
    // the station does not answer now: asked again in a second
  }
  return setTimeout(look, LOOK_MS);
}

if (now) look();
