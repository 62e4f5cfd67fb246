/** White noise, the same for the same seed: uniform, -amplitude…amplitude. */
export function noise(count: number, amplitude: number, seed = 1): Int16Array {
  let state = seed >>> 0 || 1;
  const out = new Int16Array(count);
  for (let i = 0; i < count; i++) {
    // xorshift32 (Marsaglia)
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    out[i] = Math.round(((state >>> 0) / 2 ** 32 - 0.5) * 2 * amplitude);
  }
  return out;
}
