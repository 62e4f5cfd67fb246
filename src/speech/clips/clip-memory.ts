import type { ClipId } from '../speech-service.ts';

/** Finished static clips, the longest unused dropped first when they exceed the given number of bytes. */
export class ClipMemory {
  readonly #capacity: number;
  /** In order of use. */
  readonly #clips = new Map<ClipId, Int16Array>();
  readonly #onDropped: (clip: ClipId) => void;
  #bytes = 0;

  constructor(capacityBytes: number, onDropped: (clip: ClipId) => void) {
    this.#capacity = capacityBytes;
    this.#onDropped = onDropped;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(clip: ClipId): Int16Array | undefined {
    const samples = this.#clips.get(clip);
    if (samples === undefined) return undefined;
    this.#clips.delete(clip);
    this.#clips.set(clip, samples);
    return samples;
  }

  put(clip: ClipId, samples: Int16Array): void {
    this.#bytes += samples.byteLength - (this.#clips.get(clip)?.byteLength ?? 0);
    this.#clips.delete(clip);
    this.#clips.set(clip, samples);
    for (const [oldest, { byteLength }] of this.#clips) {
      if (this.#bytes <= this.#capacity) return;
      this.#clips.delete(oldest);
      this.#bytes -= byteLength;
      this.#onDropped(oldest);
    }
  }
}
