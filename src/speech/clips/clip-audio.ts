import type { ErrorCode } from '../../domain/error.ts';

export interface ClipReader {
  /** In order, gapless; `samples` belong to the clip: copy what is kept or sent. The last piece may be empty. `keep`: static. */
  chunk(offset: number, samples: Int16Array, last: boolean, keep: boolean): void;
  failed(code: ErrorCode): void;
}

/** A clip that grows while it is made. Whoever follows it gets all of it from the start, then each new piece at once. */
export class ClipAudio {
  readonly #chunks: Int16Array[] = [];
  readonly #keep: boolean;
  readonly #readers = new Set<ClipReader>();
  #length = 0;
  #end: 'complete' | ErrorCode | undefined;

  /** @param keep - static: worth keeping for the next playback */
  constructor(keep: boolean) {
    this.#keep = keep;
  }

  /** A static clip that is there as a whole. */
  static complete(samples: Int16Array): ClipAudio {
    const clip = new ClipAudio(true);
    clip.append(samples);
    clip.complete();
    return clip;
  }

  get ended(): boolean {
    return this.#end !== undefined;
  }

  append(samples: Int16Array): void {
    const offset = this.#length;
    this.#chunks.push(samples);
    this.#length += samples.length;
    for (const reader of this.#readers) reader.chunk(offset, samples, false, this.#keep);
  }

  complete(): void {
    this.#end = 'complete';
    for (const reader of this.#readers) reader.chunk(this.#length, new Int16Array(0), true, this.#keep);
    this.#readers.clear();
  }

  fail(code: ErrorCode): void {
    if (this.ended) return;
    this.#end = code;
    for (const reader of this.#readers) reader.failed(code);
    this.#readers.clear();
  }

  /** @returns a function that ends the following early */
  follow(reader: ClipReader): () => void {
    const last = this.#chunks.length - 1;
    if (this.#end === 'complete' && last < 0) reader.chunk(0, new Int16Array(0), true, this.#keep);
    let offset = 0;
    for (const [i, samples] of this.#chunks.entries()) {
      reader.chunk(offset, samples, this.#end === 'complete' && i === last, this.#keep);
      offset += samples.length;
    }
    if (this.#end === undefined) this.#readers.add(reader);
    else if (this.#end !== 'complete') reader.failed(this.#end);
    return () => this.#readers.delete(reader);
  }

  /** All of it as one piece. */
  whole(): Int16Array {
    const [only] = this.#chunks;
    if (only !== undefined && this.#chunks.length === 1) return only;
    const samples = new Int16Array(this.#length);
    let at = 0;
    for (const chunk of this.#chunks) {
      samples.set(chunk, at);
      at += chunk.length;
    }
    return samples;
  }
}
