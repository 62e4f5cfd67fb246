const clip = (sample: number): number => (sample > 32767 ? 32767 : sample < -32768 ? -32768 : sample);

/** Adds `from` to `into`, saturating. `gain` applies to `from`: 1 as it is, 0.5 is 6 dB less. The shorter one decides how far. */
export function mixInto(into: Int16Array, from: Int16Array, gain = 1): void {
  const count = Math.min(into.length, from.length);
  for (let i = 0; i < count; i++) into[i] = clip((into[i] ?? 0) + Math.round((from[i] ?? 0) * gain));
}

/** Changes the loudness in place, saturating. */
export function applyGain(samples: Int16Array, gain: number): void {
  for (let i = 0; i < samples.length; i++) samples[i] = clip(Math.round((samples[i] ?? 0) * gain));
}
