import type { TurnId } from '../../domain/ids.ts';
import { type SampleCount, samples, type SharedMs } from '../../domain/units.ts';
import type { ClipId } from '../../speech/speech-service.ts';
import type { BargeIn, EndpointEvent, PlaybackId } from '../media-server.ts';
import type { Clip } from './clip-store.ts';

export interface ClipSource {
  acquire(id: ClipId): Clip;
  release(clip: Clip): void;
}

export type PlaybackEvent = Extract<EndpointEvent, { readonly type: `playback-${string}` }>;
export type Ending = Extract<PlaybackEvent, { readonly type: 'playback-finished' }>['because'];

export interface PlaybackQueueOptions {
  readonly clips: ClipSource;
  readonly emit: (event: PlaybackEvent) => void;
  readonly now: () => SharedMs;
  /** A clip that has not grown for so long while we waited for it has failed. By the clip store's clock. */
  readonly clipOverdue: (clip: Clip) => boolean;
  /** What `played` may be wrong by; absent: it is exact. */
  readonly error?: SampleCount;
}

/** What of a leg's voice both front ends command alike. */
export interface LegVoice {
  play(id: PlaybackId, turn: TurnId, clips: readonly ClipId[], bargeIn: BargeIn, loop: boolean): void;
  stop(id: PlaybackId | undefined, because: Ending): void;
  resume(id: PlaybackId): void;
  /** Speech has begun: holds what sounds, if speech may interrupt it. */
  pauseForSpeech(): PlaybackId | undefined;
  /** A key was pressed: ends all that is queued, if keys may interrupt what comes first. */
  stopForKey(): PlaybackId | undefined;
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

/** Where reading ahead has got to. */
interface Cursor {
  readonly playback: Playback;
  clip: number;
  offset: number;
  read: number;
}

const EXACT: SampleCount = samples(0);

/** What a leg has to say, in order, to the sample. Linear, at the telephone's rate; pieces follow each other without a gap. */
export class PlaybackQueue implements LegVoice {
  /** Samples of silence sent in the middle of a playback because its next chunk had not come. */
  underrun = 0;
  readonly #options: PlaybackQueueOptions;
  readonly #queue: Playback[] = [];
  #paused = false;
  #cursor: Cursor | undefined;

  constructor(options: PlaybackQueueOptions) {
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

  get paused(): boolean {
    return this.#paused;
  }

  /** Everything that is queued has been read ahead, and no more will come of it. */
  get readToEnd(): boolean {
    const cursor = this.#cursor;
    return (
      cursor !== undefined && cursor.playback === this.#queue.at(-1) && cursor.clip >= cursor.playback.clips.length
    );
  }

  play(id: PlaybackId, turn: TurnId, clips: readonly ClipId[], bargeIn: BargeIn, loop: boolean): void {
    const acquired = clips.map((clip) => this.#options.clips.acquire(clip));
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

  pauseForSpeech(): PlaybackId | undefined {
    const bargeIn = this.sounding?.bargeIn;
    return bargeIn === 'speech' || bargeIn === 'both' ? this.pause() : undefined;
  }

  stopForKey(): PlaybackId | undefined {
    const { head } = this;
    if (head?.bargeIn !== 'keys' && head?.bargeIn !== 'both') return undefined;
    this.stop(undefined, 'key');
    return head.id;
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
   * Writes the next samples into a frame; what it does not write is left to the caller to fill with silence.
   *
   * @returns how many samples, from `offset` on, are ours
   */
  fill(into: Int16Array, offset: number, count: number): number {
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
        copy(clip, head.offset, into, offset + filled, ready);
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

  /**
   * What will be said after what has been read ahead already, as far as it is here. For those who send it before its
   * time; the account of what was played stays with `fill`.
   *
   * @returns how many samples were written
   */
  readAhead(into: Int16Array, count: number): number {
    let copied = 0;
    while (copied < count) {
      const cursor = this.#position();
      if (cursor === undefined) break;
      const clip = cursor.playback.clips[cursor.clip];
      const ready = clip === undefined ? 0 : Math.min(clip.available - cursor.offset, count - copied);
      if (clip !== undefined && ready > 0) {
        copy(clip, cursor.offset, into, copied, ready);
        cursor.offset += ready;
        cursor.read += ready;
        copied += ready;
      } else if (clip?.state === 'arriving') break;
      else if (!this.#readOn(cursor, clip?.state === 'complete')) break;
    }
    return copied;
  }

  /** Reading ahead begins again where the account is. */
  rewind(): void {
    this.#cursor = undefined;
  }

  /** Whether anything of a playback, or behind it, has been read ahead. */
  hasRead(id: PlaybackId): boolean {
    const reached = this.#cursor === undefined ? -1 : this.#queue.indexOf(this.#cursor.playback);
    const index = this.#queue.findIndex((playback) => playback.id === id);
    return index >= 0 && (reached > index || (reached === index && (this.#cursor?.read ?? 0) > 0));
  }

  #position(): Cursor | undefined {
    const known = this.#cursor;
    if (known !== undefined && this.#queue.includes(known.playback)) return known;
    this.#cursor = this.#cursorAt(this.#queue[0]);
    return this.#cursor;
  }

  #cursorAt(playback: Playback | undefined): Cursor | undefined {
    if (playback === undefined) return undefined;
    return { playback, clip: playback.clip, offset: playback.offset, read: playback.played };
  }

  /** To the next clip or playback; a clip that failed ends its playback. False: there is none yet. */
  #readOn(cursor: Cursor, whole: boolean): boolean {
    const { playback } = cursor;
    const { length } = playback.clips;
    cursor.clip = whole ? cursor.clip + 1 : length;
    cursor.offset = 0;
    if (whole && cursor.clip >= length && playback.loop && cursor.read > 0) cursor.clip = 0;
    if (cursor.clip < length) return true;
    const next = this.#cursorAt(this.#queue[this.#queue.indexOf(playback) + 1]);
    if (next === undefined) return false;
    this.#cursor = next;
    return true;
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

  #finish(index: number, because: Ending): void {
    const [playback] = this.#queue.splice(index, 1);
    if (playback === undefined) return;
    if (index === 0) this.#paused = false;
    const before = this.#queue[index - 1];
    // reading had got to it, so what is before it has been read to its end, and must not be read again
    if (before !== undefined && this.#cursor?.playback === playback)
      this.#cursor = { playback: before, clip: before.clips.length, offset: 0, read: before.played + 1 };
    for (const clip of playback.clips) this.#options.clips.release(clip);
    this.#options.emit({
      type: 'playback-finished',
      playback: playback.id,
      turn: playback.turn,
      played: samples(playback.played),
      error: this.#options.error ?? EXACT,
      because,
    });
  }
}

/** A loop beats subarray + set at this size, and makes no garbage. */
function copy({ samples: from }: Clip, offset: number, into: Int16Array, to: number, count: number): void {
  for (let i = 0; i < count; i++) into[to + i] = from[offset + i] ?? 0;
}
