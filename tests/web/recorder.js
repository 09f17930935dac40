// Audio worklet for tests: the sample number of every onset of what is really played.
const QUIET_S = 0.08;

class Recorder extends AudioWorkletProcessor {
  constructor() {
    super();
    this.last = -Infinity;
  }

  process([input]) {
    const samples = input[0] ?? [];
    for (let i = 0; i < samples.length; i += 1) {
      if (Math.abs(samples[i]) < 0.3) continue;
      const at = currentFrame + i;
      if (at - this.last > QUIET_S * sampleRate) this.port.postMessage(at / sampleRate);
      this.last = at;
    }
    return true;
  }
}

registerProcessor("recorder", Recorder);
