import { type RecordingSample, recordingSample } from '../../domain/units.ts';
import { LATEST_CORRECTION_MS, MASK_REACH_MS, TAP_CHUNK_MS } from '../../recording/loss-limits.ts';

const PER_MS = 8;
const CHUNK_SAMPLES = TAP_CHUNK_MS * PER_MS;
const MASK_REACH = MASK_REACH_MS * PER_MS;

interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * Audio that comes when its place in a track has been handed on as missing: a stream that stalled, say. It leaves as chunks of
 * its own once no mask can reach back to it. Only what is missing is filled: a duplicate, or what was masked, is not.
 */
export class LateAudio {
  /** Octets a sample. */
  readonly #width: number;
  readonly #emit: (at: RecordingSample, payload: Uint8Array) => void;
  /** Handed on as missing, in order. */
  #missing: Stretch[] = [];
  /** As it came. */
  #pending: { readonly at: RecordingSample; readonly bytes: Uint8Array; readonly arrived: number }[] = [];
  #clock = 0;

  constructor(width: number, emit: (at: RecordingSample, payload: Uint8Array) => void) {
    this.#width = width;
    this.#emit = emit;
  }

  /** The track was handed on without these samples. */
  miss(from: number, to: number): void {
    const last = this.#missing.at(-1);
    if (last?.to === from) this.#missing[this.#missing.length - 1] = { from: last.from, to };
    else this.#missing.push({ from, to });
    while ((this.#missing[0]?.to ?? Infinity) < to - LATEST_CORRECTION_MS * PER_MS) this.#missing.shift();
  }

  /**
   * @param bytes - from `at` on
   * @returns how many of these samples were missing and are taken
   */
  take(at: RecordingSample, bytes: Uint8Array, count: number, now: RecordingSample): number {
    let taken = 0;
    for (const { from, to } of this.#missing) {
      const [start, end] = [Math.max(from, at), Math.min(to, at + count)];
      if (start >= end) continue;
      const own = bytes.slice((start - at) * this.#width, (end - at) * this.#width);
      this.#pending.push({ at: recordingSample(start), bytes: own, arrived: Math.max(now, this.#clock) });
      taken += end - start;
    }
    if (taken > 0) this.#missing = this.#missing.flatMap((stretch) => without(stretch, at, at + count));
    return taken;
  }

  /** @param clock - time now, in samples */
  tick(clock: number): void {
    this.#clock = clock;
    if (this.#pending.length > 0) this.#emitUntil(clock - MASK_REACH);
  }

  flush(): void {
    this.#emitUntil(Infinity);
  }

  /** A mask begins: what came just now may be what it hides. It stays missing, for good. */
  forget(): void {
    this.#emitUntil(this.#clock - MASK_REACH);
    this.#pending = [];
  }

  /** What had arrived by then, as few chunks as it makes. */
  #emitUntil(arrived: number): void {
    const ripe = this.#pending.filter((piece) => piece.arrived <= arrived).sort((a, b) => a.at - b.at);
    this.#pending = this.#pending.filter((piece) => piece.arrived > arrived);
    let chunk: { readonly at: RecordingSample; readonly pieces: Uint8Array[]; samples: number } | undefined;
    const send = (): void => {
      if (chunk !== undefined) this.#emit(chunk.at, joined(chunk.pieces, chunk.samples * this.#width));
    };
    for (const { at, bytes } of ripe) {
      const samples = bytes.length / this.#width;
      if (chunk === undefined || chunk.at + chunk.samples !== at || chunk.samples + samples > CHUNK_SAMPLES) {
        send();
        chunk = { at, pieces: [], samples: 0 };
      }
      chunk.pieces.push(bytes);
      chunk.samples += samples;
    }
    send();
  }
}

function without({ from, to }: Stretch, start: number, end: number): readonly Stretch[] {
  if (end <= from || to <= start) return [{ from, to }];
  return [
    { from, to: Math.max(from, start) },
    { from: Math.min(to, end), to },
  ].filter((left) => left.from < left.to);
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
