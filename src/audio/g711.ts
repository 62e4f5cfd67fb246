/* ITU-T G.711 by table. Linear samples are 16 bits: the 14 (mu-law) or 13 bits (A-law) of the Recommendation, shifted left. */

export type G711Codec = 'PCMU' | 'PCMA';

export const MULAW_SILENCE = 0xff;
export const ALAW_SILENCE = 0xd5;

const MULAW_BIAS = 0x84;
const MULAW_CLIP = 32635;

function mulawToLinear(code: number): number {
  const bits = ~code & 0xff;
  const magnitude = (((bits & 0x0f) << 3) + MULAW_BIAS) << ((bits >> 4) & 7);
  return bits & 0x80 ? MULAW_BIAS - magnitude : magnitude - MULAW_BIAS;
}

function linearToMulaw(sample: number): number {
  const biased = Math.min(Math.abs(sample), MULAW_CLIP) + MULAW_BIAS;
  const segment = 31 - Math.clz32(biased) - 7;
  const code = (sample < 0 ? 0x80 : 0) | (segment << 4) | ((biased >> (segment + 3)) & 0x0f);
  return ~code & 0xff;
}

function alawToLinear(code: number): number {
  const bits = code ^ 0x55;
  const segment = (bits >> 4) & 7;
  const step = ((bits & 0x0f) << 4) + 8;
  const magnitude = segment === 0 ? step : (step + 0x100) << (segment - 1);
  return bits & 0x80 ? magnitude : -magnitude;
}

function linearToAlaw(sample: number): number {
  const magnitude = (sample < 0 ? ~sample : sample) >> 3;
  const segment = magnitude < 32 ? 0 : 31 - Math.clz32(magnitude) - 4;
  const code = (segment << 4) | ((magnitude >> (segment === 0 ? 1 : segment)) & 0x0f);
  return code ^ (sample < 0 ? 0x55 : 0xd5);
}

function encoder(encode: (sample: number) => number): Uint8Array {
  const table = new Uint8Array(65536);
  for (let sample = -32768; sample < 32768; sample++) table[sample & 0xffff] = encode(sample);
  return table;
}

/** By code, 256 entries; -32124…32124. */
export const MULAW_TO_LINEAR: Int16Array = Int16Array.from({ length: 256 }, (_, code) => mulawToLinear(code));
/** By code, 256 entries; -32256…32256. */
export const ALAW_TO_LINEAR: Int16Array = Int16Array.from({ length: 256 }, (_, code) => alawToLinear(code));
/** By `sample & 0xffff`, 65536 entries. */
export const LINEAR_TO_MULAW: Uint8Array = encoder(linearToMulaw);
/** By `sample & 0xffff`, 65536 entries. */
export const LINEAR_TO_ALAW: Uint8Array = encoder(linearToAlaw);

/**
 * Expands G.711 mu-law to linear PCM (ITU-T G.711, table 2a).
 *
 * @param mulaw - n bytes, one sample each, as in an RTP payload of type 0
 * @param into - where to, at least n samples; absent: allocated
 * @returns `into`: mono 16-bit, -32124…32124, still 8000 Hz
 *
 * Never throws: all 256 codes are valid. `mulaw` is not kept.
 */
export function decodeMulaw(mulaw: Uint8Array, into: Int16Array = new Int16Array(mulaw.length)): Int16Array {
  for (let i = 0; i < mulaw.length; i++) into[i] = MULAW_TO_LINEAR[mulaw[i] ?? 0] ?? 0;
  return into;
}

/** Compresses n samples to n bytes of mu-law. `into` as in `decodeMulaw`. */
export function encodeMulaw(samples: Int16Array, into: Uint8Array = new Uint8Array(samples.length)): Uint8Array {
  for (let i = 0; i < samples.length; i++) into[i] = LINEAR_TO_MULAW[(samples[i] ?? 0) & 0xffff] ?? 0;
  return into;
}

/** Expands G.711 A-law (ITU-T G.711, table 1a), -32256…32256. `into` as in `decodeMulaw`. */
export function decodeAlaw(alaw: Uint8Array, into: Int16Array = new Int16Array(alaw.length)): Int16Array {
  for (let i = 0; i < alaw.length; i++) into[i] = ALAW_TO_LINEAR[alaw[i] ?? 0] ?? 0;
  return into;
}

/** Compresses n samples to n bytes of A-law. `into` as in `decodeMulaw`. */
export function encodeAlaw(samples: Int16Array, into: Uint8Array = new Uint8Array(samples.length)): Uint8Array {
  for (let i = 0; i < samples.length; i++) into[i] = LINEAR_TO_ALAW[(samples[i] ?? 0) & 0xffff] ?? 0;
  return into;
}

export const silenceOf = (codec: G711Codec): number => (codec === 'PCMU' ? MULAW_SILENCE : ALAW_SILENCE);
