/** Below this pitch the voice is not voiced, Hz. */
const LEAST_PITCH = 40;
/** The pitch contour was made for this rate. */
const MODEL_RATE = 24_000;
const HIGHEST_HARMONIC = 11_000;

/**
 * The vibration of the vocal folds: band-limited pulses at the pitch, nothing where speech is not voiced.
 *
 * @param pitch - Hz, one value per frame
 * @param hop - samples per frame
 * @param rate - of the result, Hz
 */
export function pulseTrain(pitch: Float32Array, hop: number, rate: number): Float64Array {
  const pulses = new Float64Array(pitch.length * hop);
  const highest = Math.min(HIGHEST_HARMONIC, rate / 2 - 50);
  const ratio = MODEL_RATE / rate;
  // a sample here stands for `ratio` of the model's, whose phase was summed one by one
  const lag = (ratio - 1) / (2 * ratio) / hop;
  let phase = 0;
  for (let frame = 0; frame < pitch.length; frame++) {
    const here = pitch[frame] ?? 0;
    const before = pitch[Math.max(0, frame - 1)] ?? 0;
    const after = pitch[Math.min(pitch.length - 1, frame + 1)] ?? 0;
    for (let i = 0; i < hop; i++) {
      const at = (i + 0.5 / ratio) / hop - 0.5;
      const slope = at < 0 ? here - before : after - here;
      const hertz = here + at * slope;
      const voiced = hertz > LEAST_PITCH;
      const first = frame === 0 && i === 0;
      phase += first ? Math.max(hertz, LEAST_PITCH) / MODEL_RATE : Math.max(hertz - slope * lag, LEAST_PITCH) / rate;
      phase -= Math.floor(phase);
      if (!voiced) continue;
      const angle = 2 * Math.PI * phase;
      const harmonics = Math.floor(highest / hertz) + 0.5;
      const half = 2 * Math.sin(angle / 2);
      pulses[frame * hop + i] = (Math.abs(half) <= 2e-3 ? harmonics : Math.sin(harmonics * angle) / half) - 0.5;
    }
  }
  return pulses;
}
