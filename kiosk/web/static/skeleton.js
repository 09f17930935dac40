// The runner as lines over the picture or on the plain background.

const SEEN = 0.2; // joints scored below this are guesses and are not drawn
const SIDE = { near: { width: 8, dash: [], color: "#ffc247" }, far: { width: 4, dash: [9, 7], color: "#8fd0ff" } };
const MIDDLE = { width: 5, dash: [], color: "#ffffff" };

// COCO order; a limb belongs to the runner's own side
const LIMBS = {
  left: [[5, 7], [7, 9], [5, 11], [11, 13], [13, 15]],
  right: [[6, 8], [8, 10], [6, 12], [12, 14], [14, 16]],
};
const ACROSS = [[5, 6], [11, 12]];
const FACE = { left: [0, 3], right: [0, 4] };
const [EARS, SHOULDERS] = [[3, 4], [5, 6]];

/** Draw a pose; null clears the canvas. `view` says which side is near: the near side is thick, the far side thin and dashed. */
export function draw(canvas, pose, view) {
  const paint = canvas.getContext("2d");
  if (!pose) return paint.clearRect(0, 0, canvas.width, canvas.height);
  const scale = resized(canvas, pose);
  paint.setTransform(scale, 0, 0, scale, 0, 0);
  paint.clearRect(0, 0, pose.width, pose.height);
  paint.lineCap = paint.lineJoin = "round";
  const unit = pose.height / 480; // widths are for a picture of 480 lines
  const seen = (i) => pose.xy[i] && pose.score[i] >= SEEN;
  const middle = (pair) => mean(pair.filter(seen).map((i) => pose.xy[i]));
  const line = (style) => ([a, b]) => seen(a) && seen(b) && stroke(paint, pose.xy[a], pose.xy[b], style, unit);
  const near = view === "right" ? "right" : "left";
  const far = near === "left" ? "right" : "left";
  const farStyle = view === "left" || view === "right" ? SIDE.far : SIDE.near; // from front and rear both sides are near
  [...LIMBS[far], FACE[far]].forEach(line(farStyle));
  ACROSS.forEach(line(MIDDLE));
  if (middle(EARS) && middle(SHOULDERS)) stroke(paint, middle(SHOULDERS), middle(EARS), MIDDLE, unit);
  [...LIMBS[near], FACE[near]].forEach(line(SIDE.near));
  pose.xy.forEach((xy, i) => i > 4 && seen(i) && dot(paint, xy, unit));
}

function mean(points) {
  return points.length ? [0, 1].map((axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length) : null;
}

function resized(canvas, pose) {
  const room = canvas.clientHeight * (window.devicePixelRatio || 1);
  const scale = Math.max(1, Math.min(3, Math.round((2 * room) / pose.height) / 2)); // half steps: no new bitmap per pixel
  const [width, height] = [Math.round(pose.width * scale), Math.round(pose.height * scale)];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  return scale;
}

function stroke(paint, from, to, { width, dash, color }, unit) {
  for (const [extra, ink, gaps] of [[4, "#0b0f14", []], [0, color, dash]]) {
    paint.setLineDash(gaps.map((gap) => gap * unit));
    paint.lineWidth = (width + extra) * unit;
    paint.strokeStyle = ink;
    paint.beginPath();
    paint.moveTo(...from);
    paint.lineTo(...to);
    paint.stroke();
  }
}

function dot(paint, [x, y], unit) {
  paint.setLineDash([]);
  paint.fillStyle = "#ffffff";
  paint.strokeStyle = "#0b0f14";
  paint.lineWidth = 2 * unit;
  paint.beginPath();
  paint.arc(x, y, 5 * unit, 0, 2 * Math.PI);
  paint.fill();
  paint.stroke();
}
