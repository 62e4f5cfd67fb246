import type { G711Codec } from '../../audio/g711.ts';
import { compress, lawOf } from '../../audio/g711-law.ts';
import type { FromMedia, ToMedia } from '../../speech/speech-channel.ts';
import type { ClipId } from '../../speech/speech-service.ts';

/** A piece of bot speech in one codec, growing while it is being made. Readers never get ahead of `available`. */
export interface Clip {
  readonly id: ClipId;
  readonly codec: G711Codec;
  /** One byte a sample; valid up to `available`. Replaced when it grows: do not keep it. */
  readonly bytes: Uint8Array;
  readonly available: number;
  readonly state: 'arriving' | 'complete' | 'failed';
  /** When it was asked for, or last grew, by the store's clock. */
  readonly progressAt: number;
}

interface StoredClip extends Clip {
  bytes: Uint8Array;
  available: number;
  state: 'arriving' | 'complete' | 'failed';
  progressAt: number;
  keep: boolean;
  users: number;
}

export interface ClipStoreOptions {
  /** Static clips stay in memory up to this many bytes, longest unused dropped first. */
  readonly capacityBytes: number;
  readonly now: () => number;
  /** False when nobody makes clips here. */
  readonly ask: (request: FromMedia) => boolean;
}

const INITIAL_BYTES = 8_000;

/**
 * The worker's clips, kept as G.711 so that playing is copying. Static ones outlive their playbacks (LRU), dynamic ones
 * are personal data and go with their last playback, or when the speech worker says so.
 */
export class ClipStore {
  readonly #options: ClipStoreOptions;
  /** Insertion order is the order of use. */
  readonly #clips = new Map<string, StoredClip>();
  #bytes = 0;

  constructor(options: ClipStoreOptions) {
    this.#options = options;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Fetches it when it is not here. Every acquire wants its release. */
  acquire(id: ClipId, codec: G711Codec): Clip {
    const key = `${codec} ${id}`;
    const known = this.#clips.get(key);
    if (known !== undefined && known.state !== 'failed') {
      known.users++;
      this.#clips.delete(key);
      this.#clips.set(key, known);
      return known;
    }
    const clip: StoredClip = {
      id,
      codec,
      bytes: new Uint8Array(0),
      available: 0,
      state: 'arriving',
      progressAt: this.#options.now(),
      keep: false,
      users: 1,
    };
    this.#clips.set(key, clip);
    if (!this.#options.ask({ type: 'fetch-clip', clip: id })) this.#fail(key, clip);
    return clip;
  }

  release(clip: Clip): void {
    const key = `${clip.codec} ${clip.id}`;
    const stored = this.#clips.get(key);
    if (stored !== clip) return; // forgotten meanwhile
    stored.users--;
    if (stored.users === 0 && !(stored.keep && stored.state === 'complete')) this.#drop(key, stored);
    else this.#trim();
  }

  /** Takes what the speech worker sends. Repeats and pieces out of order (two fetches of one clip) do no harm. */
  take(message: ToMedia): void {
    for (const codec of ['PCMU', 'PCMA'] as const) {
      const key = `${codec} ${message.clip}`;
      const clip = this.#clips.get(key);
      if (clip === undefined) continue;
      if (message.type !== 'clip-chunk') this.#fail(key, clip);
      else this.#append(clip, message.offset, message.samples, message.last, message.keep);
    }
    this.#trim();
  }

  /** There is a new speech worker: what has not arrived is asked for again, and goes on where it stopped. */
  askAgain(): void {
    for (const clip of this.#clips.values())
      if (clip.state === 'arriving') this.#options.ask({ type: 'fetch-clip', clip: clip.id });
  }

  #append(clip: StoredClip, offset: number, samples: Int16Array, last: boolean, keep: boolean): void {
    if (clip.state !== 'arriving' || offset > clip.available) return;
    clip.keep = keep;
    clip.progressAt = this.#options.now();
    const fresh = samples.subarray(clip.available - offset);
    if (fresh.length > 0) {
      const encoded = new Uint8Array(fresh.length);
      compress(lawOf(clip.codec), fresh, encoded, fresh.length);
      const needed = clip.available + encoded.length;
      if (clip.available === 0 && last) this.#resize(clip, encoded);
      else {
        if (needed > clip.bytes.length) {
          const grown = new Uint8Array(Math.max(needed, clip.bytes.length * 2, INITIAL_BYTES));
          grown.set(clip.bytes.subarray(0, clip.available));
          this.#resize(clip, grown);
        }
        clip.bytes.set(encoded, clip.available);
      }
      clip.available = needed;
    }
    if (last && offset + samples.length === clip.available) {
      clip.state = 'complete';
      if (clip.bytes.length > clip.available) this.#resize(clip, clip.bytes.slice(0, clip.available));
      if (clip.users === 0 && !clip.keep) this.#drop(`${clip.codec} ${clip.id}`, clip);
    }
  }

  #resize(clip: StoredClip, bytes: Uint8Array): void {
    this.#bytes += bytes.length - clip.bytes.length;
    clip.bytes = bytes;
  }

  #fail(key: string, clip: StoredClip): void {
    if (clip.state === 'arriving') clip.state = 'failed';
    this.#drop(key, clip);
  }

  #drop(key: string, clip: StoredClip): void {
    if (this.#clips.delete(key)) this.#bytes -= clip.bytes.length;
  }

  #trim(): void {
    if (this.#bytes <= this.#options.capacityBytes) return;
    for (const [key, clip] of this.#clips) {
      if (clip.users > 0) continue;
      this.#drop(key, clip);
      if (this.#bytes <= this.#options.capacityBytes) return;
    }
  }
}
