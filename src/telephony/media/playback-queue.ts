import type { G711Codec } from '../../audio/g711.ts';
import type { TurnId } from '../../domain/ids.ts';
import { type SampleCount, samples } from '../../domain/units.ts';
import type { ClipId } from '../../speech/speech-service.ts';
import type { BargeIn, EndpointEvent, PlaybackId } from '../media-server.ts';
import type { Clip } from './clip-store.ts';
import { lawOf } from './g711-law.ts';

export interface ClipSource {
  acquire(id: ClipId, codec: G711Codec): Clip;
  release(clip: Clip): void;
}

export type PlaybackEvent = Extract<EndpointEvent, { readonly type: `playback-${string}` }>;
type Ending = Extract<PlaybackEvent, { readonly type: 'playback-finished' }>['because'];

export interface PlaybackQueueOptions {
  readonly clips: ClipSource;
  readonly emit: (event: PlaybackEvent) => void;
  /** Monotonic (timeOrigin + now). */
  readonly now: () => number;
  /** A clip that has not grown for so long while we waited for it has failed. By the clip store's clock. */
  readonly clipOverdue: (clip: Clip) => boolean;
}

interface Playback {
  readonly id: PlaybackId;
  readonly turn: TurnId;
  readonly bargeIn: BargeIn;
  readonly loop: boolean;
  readonly clips: readonly Clip[];
  clip: number;
  offset: number;
  played: number;
  started: boolean;
}

const EXACT: SampleCount = samples(0);

/** What a leg has to say, in order, to the sample. Copies G.711 into packets; pieces follow each other without a gap. */
export class PlaybackQueue {
  /** Samples of silence sent in the middle of a playback because its next chunk had not come. */
  underrun = 0;
  readonly #options: PlaybackQueueOptions;
  readonly #queue: Playback[] = [];
  #codec: G711Codec;
  #paused = false;

  constructor(codec: G711Codec, options: PlaybackQueueOptions) {
    this.#codec = codec;
    this.#options = options;
  }

  get busy(): boolean {
    return this.#queue.length > 0;
  }

  /** The playback that sounds now, unless it is paused. */
  get sounding(): { readonly id: PlaybackId; readonly bargeIn: BargeIn } | undefined {
    const head = this.#queue[0];
    return head?.started && !this.#paused ? head : undefined;
  }

  get head(): { readonly id: PlaybackId; readonly bargeIn: BargeIn } | undefined {
    return this.#queue[0];
  }

  /** After a re-negotiation. Clips at hand are transcoded as they play. */
  useCodec(codec: G711Codec): void {
    this.#codec = codec;
  }

  play(id: PlaybackId, turn: TurnId, clips: readonly ClipId[], bargeIn: BargeIn, loop: boolean): void {
    const acquired = clips.map((clip) => this.#options.clips.acquire(clip, this.#codec));
    this.#queue.push({ id, turn, bargeIn, loop, clips: acquired, clip: 0, offset: 0, played: 0, started: false });
  }

  /** Holds what sounds now at the sample it has reached. */
  pause(): PlaybackId | undefined {
    const head = this.#queue[0];
    if (head === undefined || this.#paused) return undefined;
    this.#paused = true;
    this.#options.emit({ type: 'playback-paused', playback: head.id, played: samples(head.played) });
    return head.id;
  }

  resume(id: PlaybackId): void {
    const head = this.#queue[0];
    if (head?.id !== id || !this.#paused) return;
    this.#paused = false;
    this.#options.emit({ type: 'playback-resumed', playback: id });
  }

  /** Stops one playback, or all. A paused one that is stopped lets the next begin. */
  stop(id: PlaybackId | undefined, because: Ending): void {
    if (id === undefined) {
      while (this.#queue.length > 0) this.#finish(0, because);
      return;
    }
    const index = this.#queue.findIndex((playback) => playback.id === id);
    if (index >= 0) this.#finish(index, because);
  }

  /**
   * Writes the next samples into a packet; what it does not write is left to the caller to fill with silence.
   *
   * @returns how many samples, from `at` on, are ours
   */
  fill(into: Uint8Array, at: number, count: number): number {
    let filled = 0;
    while (filled < count && !this.#paused) {
      const head = this.#queue[0];
      if (head === undefined) break;
      const clip = head.clips[head.clip];
      if (clip === undefined) {
        this.#finish(0, head.played > 0 || head.clips.length === 0 ? 'end' : 'failed');
        continue;
      }
      const ready = Math.min(clip.available - head.offset, count - filled);
      if (ready > 0) {
        this.#begin(head);
        this.#copy(clip, head.offset, into, at + filled, ready);
        head.offset += ready;
        head.played += ready;
        filled += ready;
      } else if (clip.state === 'failed' || (clip.state === 'arriving' && this.#options.clipOverdue(clip))) {
        this.#finish(0, 'failed');
        continue;
      } else if (clip.state === 'arriving') {
        if (head.started) this.underrun += count - filled;
        break;
      }
      this.#advance(head);
    }
    return filled;
  }

  /** Moves on from a clip that has been played to its end, so that the end is told with its last packet. */
  #advance(head: Playback): void {
    for (;;) {
      const clip = head.clips[head.clip];
      if (clip === undefined || clip.state !== 'complete' || head.offset < clip.available) return;
      head.clip++;
      head.offset = 0;
      if (head.clip < head.clips.length) continue;
      // a loop over nothing would never end
      if (head.loop && head.played > 0) head.clip = 0;
      else this.#finish(0, head.played > 0 ? 'end' : 'failed');
      return;
    }
  }

  #begin(head: Playback): void {
    if (head.started) return;
    head.started = true;
    this.#options.emit({ type: 'playback-started', playback: head.id, turn: head.turn, at: this.#options.now() });
  }

  #copy(clip: Clip, offset: number, into: Uint8Array, at: number, count: number): void {
    if (clip.codec === this.#codec) {
      // a loop beats subarray + set at this size, and makes no garbage
      for (let i = 0; i < count; i++) into[at + i] = clip.bytes[offset + i] ?? 0;
      return;
    }
    const table = lawOf(clip.codec).toOther;
    for (let i = 0; i < count; i++) into[at + i] = table[clip.bytes[offset + i] ?? 0] ?? 0;
  }

  #finish(index: number, because: Ending): void {
    const [playback] = this.#queue.splice(index, 1);
    if (playback === undefined) return;
    if (index === 0) this.#paused = false;
    for (const clip of playback.clips) this.#options.clips.release(clip);
    this.#options.emit({
      type: 'playback-finished',
      playback: playback.id,
      turn: playback.turn,
      played: samples(playback.played),
      error: EXACT,
      because,
    });
  }
}
