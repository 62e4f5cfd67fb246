import type { MonotonicMs } from '../../domain/units.ts';
import type { FromMedia, ToMedia } from '../../speech/speech-channel.ts';
import type { ClipId } from '../../speech/speech-service.ts';

/** A piece of bot speech, growing while it is being made. Readers never get ahead of `available`. */
export interface Clip {
  readonly id: ClipId;
  /** Linear, at the telephone's rate; valid up to `available`. Replaced when it grows: do not keep it. */
  readonly samples: Int16Array;
  readonly available: number;
  readonly state: 'arriving' | 'complete' | 'failed';
  /** When it was asked for, or last grew, by the store's clock. */
  readonly progressAt: MonotonicMs;
}

interface StoredClip extends Clip {
  samples: Int16Array;
  available: number;
  state: 'arriving' | 'complete' | 'failed';
  progressAt: MonotonicMs;
  keep: boolean;
  users: number;
}

export interface ClipStoreOptions {
  /** Static clips stay in memory up to this many bytes, longest unused dropped first. */
  readonly capacityBytes: number;
  readonly now: () => MonotonicMs;
  /** False when nobody makes clips here. */
  readonly ask: (request: FromMedia) => boolean;
}

const INITIAL_SAMPLES = 8_000;

/**
 * The worker's clips, as linear audio: what a leg sends them as is its transport's business. Static ones outlive their playbacks (LRU), dynamic ones
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
  acquire(id: ClipId): Clip {
    const known = this.#clips.get(id);
    if (known !== undefined && known.state !== 'failed') {
      known.users++;
      this.#clips.delete(id);
      this.#clips.set(id, known);
      return known;
    }
    const clip: StoredClip = {
      id,
      samples: new Int16Array(0),
      available: 0,
      state: 'arriving',
      progressAt: this.#options.now(),
      keep: false,
      users: 1,
    };
    this.#clips.set(id, clip);
    if (!this.#options.ask({ type: 'fetch-clip', clip: id })) this.#fail(clip);
    return clip;
  }

  release(clip: Clip): void {
    const stored = this.#clips.get(clip.id);
    if (stored !== clip) return; // forgotten meanwhile
    stored.users--;
    if (stored.users === 0 && !(stored.keep && stored.state === 'complete')) this.#drop(stored);
    else this.#trim();
  }

  /** Takes what the speech worker sends. Repeats and pieces out of order (two fetches of one clip) do no harm. */
  take(message: ToMedia): void {
    const clip = this.#clips.get(message.clip);
    if (clip === undefined) return;
    if (message.type !== 'clip-chunk') this.#fail(clip);
    else this.#append(clip, message.offset, message.samples, message.last, message.keep);
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
      const needed = clip.available + fresh.length;
      if (clip.available === 0 && last) this.#resize(clip, fresh);
      else {
        if (needed > clip.samples.length) {
          const grown = new Int16Array(Math.max(needed, clip.samples.length * 2, INITIAL_SAMPLES));
          grown.set(clip.samples.subarray(0, clip.available));
          this.#resize(clip, grown);
        }
        clip.samples.set(fresh, clip.available);
      }
      clip.available = needed;
    }
    if (last && offset + samples.length === clip.available) {
      clip.state = 'complete';
      if (clip.samples.length > clip.available) this.#resize(clip, clip.samples.slice(0, clip.available));
      if (clip.users === 0 && !clip.keep) this.#drop(clip);
    }
  }

  #resize(clip: StoredClip, samples: Int16Array): void {
    this.#bytes += samples.byteLength - clip.samples.byteLength;
    clip.samples = samples;
  }

  #fail(clip: StoredClip): void {
    if (clip.state === 'arriving') clip.state = 'failed';
    this.#drop(clip);
  }

  #drop(clip: StoredClip): void {
    if (this.#clips.get(clip.id) !== clip) return;
    this.#clips.delete(clip.id);
    this.#bytes -= clip.samples.byteLength;
  }

  #trim(): void {
    if (this.#bytes <= this.#options.capacityBytes) return;
    for (const clip of this.#clips.values()) {
      if (clip.users > 0) continue;
      this.#drop(clip);
      if (this.#bytes <= this.#options.capacityBytes) return;
    }
  }
}
