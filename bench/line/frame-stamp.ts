import { LINEAR_TO_MULAW } from '../../src/audio/g711.ts';

/*
 * The time at which a frame was sent, written into the lowest bits of its µ-law codes: inaudible, the same to a detector
 * of speech, and still there when the samples have been through the media worker.
 */

const MAGIC = 0b1011_0100_0111_0010;
const MAGIC_BITS = 16;
const TIME_BITS = 32;
/** Samples that a stamp takes. */
export const STAMP_SAMPLES = MAGIC_BITS + TIME_BITS;
/** 10 µs. */
const PER_MS = 100;
const WRAP = 2 ** TIME_BITS;
/** What looks older is no stamp: chance makes one in some hundred frames without. */
const OLDEST_MS = 10_000;

/** Milliseconds on the clock that all processes of this machine share. */
export const machineNow = (): number => Number(process.hrtime.bigint()) / 1e6;

/** @param codes - µ-law, from the beginning of the frame */
export function stamp(codes: Uint8Array, at: number): void {
  const time = Math.floor(at * PER_MS) % WRAP;
  for (let i = 0; i < STAMP_SAMPLES; i++) {
    const bit = i < MAGIC_BITS ? (MAGIC >>> i) & 1 : (time >>> (i - MAGIC_BITS)) & 1;
    codes[i] = ((codes[i] ?? 0) & 0xfe) | bit;
  }
}

const bitAt = (samples: Int16Array, i: number): number => (LINEAR_TO_MULAW[(samples[i] ?? 0) & 0xffff] ?? 0) & 1;

/** Finds stamps, wherever in the frames they have come to lie. */
export class StampReader {
  #offset = 0;

  /** How long ago the frame was sent, ms; undefined when no stamp is found. */
  age(samples: Int16Array, now: number): number | undefined {
    if (!this.#isHere(samples, this.#offset)) {
      let offset = 0;
      while (offset + STAMP_SAMPLES <= samples.length && !this.#isHere(samples, offset)) offset++;
      if (offset + STAMP_SAMPLES > samples.length) return undefined;
      this.#offset = offset;
    }
    let time = 0;
    for (let i = 0; i < TIME_BITS; i++) time += bitAt(samples, this.#offset + MAGIC_BITS + i) * 2 ** i;
    const age = (Math.floor(now * PER_MS) % WRAP) - time;
    const ms = (age < 0 ? age + WRAP : age) / PER_MS;
    return ms > OLDEST_MS ? undefined : ms;
  }

  #isHere(samples: Int16Array, offset: number): boolean {
    for (let i = 0; i < MAGIC_BITS; i++) if (bitAt(samples, offset + i) !== ((MAGIC >>> i) & 1)) return false;
    return true;
  }
}
