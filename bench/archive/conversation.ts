import { randomBytes } from 'node:crypto';
import { encodeMulaw } from '../../src/audio/g711.ts';

export const RATE = 8_000;

/** Two people by turns on a line with some noise, as µ-law: speech-like, not speech. */
export function conversation(minutes: number): readonly Uint8Array[] {
  const length = minutes * 60 * RATE;
  const noise = randomBytes(length * 2);
  return [0, 1].map((side) => {
    const linear = new Int16Array(length);
    let low = 0;
    for (let i = 0; i < length; i++) {
      const speaks = Math.floor(i / (RATE * 4)) % 2 === side;
      const syllable = Math.max(0, Math.sin((2 * Math.PI * 4 * i) / RATE));
      const white = (noise.readInt8((i * 2 + side) % noise.length) / 128) * 0.5;
      low += 0.35 * (white - low);
      const pitch =
        Math.sin((2 * Math.PI * (120 + 40 * side) * i) / RATE) +
        0.5 * Math.sin((2 * Math.PI * 3.1 * (120 + 40 * side) * i) / RATE);
      linear[i] = Math.round(low * 120 + (speaks ? syllable * (pitch * 2_500 + low * 4_000) : 0));
    }
    return encodeMulaw(linear);
  });
}
