/**
 * Mean square of what a stretch of audio holds at one frequency (Goertzel's algorithm): a sine of amplitude A there
 * gives A²/2. The resolution is rate / count.
 *
 * @param samples - mono 16-bit
 * @param hz - need not be a multiple of the resolution
 */
export function powerAt(samples: Int16Array, hz: number, rate = 8000): number {
  const count = samples.length;
  if (count === 0) return 0;
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / rate);
  let last = 0;
  let before = 0;
  for (let i = 0; i < count; i++) {
    const now = (samples[i] ?? 0) + coefficient * last - before;
    before = last;
    last = now;
  }
  return (2 * (last * last + before * before - coefficient * last * before)) / (count * count);
}

/** The share of a stretch's energy that lies at one frequency, 0…1 (a little above for few samples). */
export function shareAt(samples: Int16Array, hz: number, rate = 8000): number {
  let energy = 0;
  for (let i = 0; i < samples.length; i++) energy += (samples[i] ?? 0) ** 2;
  return energy === 0 ? 0 : (powerAt(samples, hz, rate) * samples.length) / energy;
}
