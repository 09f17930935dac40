// A runner made of sines for the attract screen while nobody stands before the camera.

const [WIDTH, HEIGHT] = [640, 480];
const [TRUNK, HEAD, UPPER_ARM, FOREARM, THIGH, SHANK] = [104, 46, 58, 52, 88, 92];

const rad = (degrees) => (degrees * Math.PI) / 180;
const below = ([x, y], length, degrees) => [x + length * Math.sin(rad(degrees)), y + length * Math.cos(rad(degrees))];

/** A pose that runs to the right, `phase` from 0 to 1 through a stride. Angles are our choice: it must look easy, it measures nothing. */
export function runner(phase) {
  const turn = 2 * Math.PI * phase;
  const hip = [WIDTH / 2, 216 - 7 * Math.cos(2 * turn)];
  const neck = below(hip, TRUNK, 173);
  const [left, right] = [leg(hip, turn), leg(hip, turn + Math.PI)];
  const [leftArm, rightArm] = [arm(neck, turn + Math.PI), arm(neck, turn)];
  const head = below(neck, HEAD, 165);
  const ear = [head[0] - 10, head[1]];
  const xy = [[head[0] + 14, head[1] + 4], head, head, ear, ear, neck, neck, leftArm[0], rightArm[0], leftArm[1], rightArm[1]];
  return { xy: [...xy, hip, hip, left[0], right[0], left[1], right[1]], score: Array(17).fill(1), width: WIDTH, height: HEIGHT };
}

function leg(hip, turn) {
  const thigh = 12 + 30 * Math.cos(turn);
  const bend = 48 - 40 * Math.sin(turn + 0.6);
  const knee = below(hip, THIGH, thigh);
  return [knee, below(knee, SHANK, thigh - bend)];
}

function arm(neck, turn) {
  const swing = -8 + 34 * Math.cos(turn);
  const elbow = below(neck, UPPER_ARM, swing);
  return [elbow, below(elbow, FOREARM, swing + 85)];
}
