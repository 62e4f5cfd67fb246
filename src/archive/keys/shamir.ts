import { randomBytes } from 'node:crypto';

/* Shamir's secret sharing over GF(2⁸) with the polynomial of AES: any `threshold` shares give the secret, fewer say nothing of it. */

export interface Share {
  /** 1…255 */
  readonly x: number;
  readonly y: Uint8Array;
}

const EXP = new Uint8Array(510);
const LOG = new Uint8Array(256);
for (let i = 0, value = 1; i < 255; i++) {
  EXP[i] = value;
  EXP[i + 255] = value;
  LOG[value] = i;
  value ^= value << 1; // times 3, a generator
  if (value & 0x100) value ^= 0x11b;
}

const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : (EXP[(LOG[a] ?? 0) + (LOG[b] ?? 0)] ?? 0));
const over = (a: number, b: number): number => (a === 0 ? 0 : (EXP[(LOG[a] ?? 0) + 255 - (LOG[b] ?? 0)] ?? 0));

/**
 * @param threshold - 2…count
 * @param count - at most 255
 */
export function splitSecret(secret: Uint8Array, threshold: number, count: number): readonly Share[] {
  if (!(threshold >= 2 && threshold <= count && count <= 255))
    throw new RangeError('a threshold of at least 2 and of no more than the shares, which are 255 at most');
  // a polynomial of degree threshold - 1 for each byte, whose constant term is the byte
  const higher = Array.from({ length: threshold - 1 }, () => randomBytes(secret.length));
  return Array.from({ length: count }, (_, i) => {
    const x = i + 1;
    const y = Uint8Array.from(secret, (byte, at) => {
      const sum = higher.reduceRight((value, terms) => times(value, x) ^ (terms[at] ?? 0), 0);
      return times(sum, x) ^ byte;
    });
    return { x, y };
  });
}

/** What shares of different places give: the secret when they are enough of the same one, otherwise noise. */
export function joinShares(shares: readonly Share[]): Uint8Array {
  const length = shares[0]?.y.length ?? 0;
  const secret = new Uint8Array(length);
  for (const [i, share] of shares.entries()) {
    let weight = 1;
    for (const [j, other] of shares.entries()) if (i !== j) weight = times(weight, over(other.x, other.x ^ share.x));
    for (let at = 0; at < length; at++) secret[at] = (secret[at] ?? 0) ^ times(share.y[at] ?? 0, weight);
  }
  return secret;
}
