const HALF_TAPS = 8;

/** The odd taps of a 31-tap half-band low-pass (windowed sinc, Blackman); the even ones are 0, the middle one is 1. */
const ODD_TAPS: Float32Array = Float32Array.from({ length: HALF_TAPS }, (_, k) => {
  const offset = 2 * k + 1;
  const x = (Math.PI * offset) / 2;
  const turn = (Math.PI * offset) / (2 * HALF_TAPS);
  return (Math.sin(x) / x) * (0.42 + 0.5 * Math.cos(turn) + 0.08 * Math.cos(2 * turn));
});

/**
 * 8 → 16 kHz for the recognizer: a whole utterance at once, no state between utterances.
 *
 * @param samples - n samples at 8000 Hz
 * @returns 2n samples at 16000 Hz, -1…1 (a peak between two samples may overshoot slightly)
 */
export function upsampleUtterance(samples: Int16Array): Float32Array {
  const count = samples.length;
  const padded = new Float32Array(count + 2 * HALF_TAPS);
  for (let i = 0; i < count; i++) padded[i + HALF_TAPS] = (samples[i] ?? 0) / 32768;
  const out = new Float32Array(count * 2);
  for (let i = 0; i < count; i++) {
    const left = i + HALF_TAPS;
    let between = 0;
    for (let k = 0; k < HALF_TAPS; k++)
      between += (ODD_TAPS[k] ?? 0) * ((padded[left - k] ?? 0) + (padded[left + 1 + k] ?? 0));
    out[2 * i] = padded[left] ?? 0;
    out[2 * i + 1] = between;
  }
  return out;
}
