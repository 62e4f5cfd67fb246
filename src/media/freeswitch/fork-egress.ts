import type { TurnId } from '../../domain/ids.ts';
import { FRAME_SAMPLES, type MonotonicMs, samples } from '../../domain/units.ts';
import type { ClipId } from '../../speech/speech-service.ts';
import type { LegServices } from '../engine/leg-services.ts';
import type { MediaEvent, NegotiatedMedia } from '../engine/media-protocol.ts';
import { type Ending, type LegVoice, PlaybackQueue } from '../engine/playback-queue.ts';
import type { BargeIn, PlaybackId } from '../media-server.ts';
import type { ForkSink } from './fork-sink.ts';

/** mod_audio_fork moves audio on when 80 ms of it have gathered; the first time on a connection 160 ms. */
const BATCH = 640;
const FIRST_BATCH = 1280;
/** A burst is sent when less than 2 s lie ahead, and reaches up to 4 s ahead: 64 KB. */
const LOW = 16_000;
const HIGH = 32_000;
/** The end is padded, and by that pushed out, when 200 ms lie ahead: what is queued before joins on without a gap. */
const END_MARGIN = 1600;
/** A clip that is still being made: what is here of it goes when no more than 40 ms lie ahead. */
const DRY_MARGIN = 320;
/** Most ticks that the first piece of a clip waits for the rest of a batch. */
const FIRST_PIECE_TICKS = 4;
/** FreeSWITCH empties its buffer with its next packet, and with it what arrived meanwhile. Milliseconds. */
const AFTER_KILL_MS = 60;
/** That packet comes after a hold only: when the stream goes on, or has not within 500 ms. */
const AFTER_HOLD_MS = 500;

/** Shared by all legs of the thread: nothing of it outlives a call. */
const ahead = new Int16Array(HIGH);

/**
 * What the bot says over a fork. FreeSWITCH plays in real time what is sent to it in bursts, so a sender runs ahead, and the
 * queue, pulled at 20 ms a tick, is the account of what is being heard. It never gets ahead of what was sent, and what
 * was sent and not heard can be taken back: that is killed over there, and sent again from where the account stands.
 */
export class ForkEgress implements LegVoice {
  readonly queue: PlaybackQueue;
  /** Samples that were sent. */
  sent = 0;
  readonly #now: () => MonotonicMs;
  #line: ForkSink | undefined;
  #allowed = false;
  #wasAllowed = false;
  /** Sent and not yet heard, in this order: audio, silence, audio. */
  #before = 0;
  #pad = 0;
  #after = 0;
  /** Read from the queue, and too short to be sent alone. */
  readonly #rest = new Int16Array(FIRST_BATCH);
  #restCount = 0;
  /** The first batch of a connection has gone. */
  #primed = false;
  /** The latest audio sent has no silence behind it yet. */
  #bare = false;
  /** Audio was sent since the last kill. */
  #audible = false;
  /** Ticks that a first piece has waited. */
  #waited = 0;
  #killedAt = Number.NEGATIVE_INFINITY;
  /** A hold has ended, and FreeSWITCH's stream does not go on yet. */
  #releasedAt: MonotonicMs | undefined;
  #padUnderrun = 0;

  constructor(
    emit: (event: MediaEvent) => void,
    services: Pick<LegServices, 'clips' | 'clipOverdue' | 'now' | 'shared'>,
  ) {
    this.#now = services.now;
    this.queue = new PlaybackQueue({
      clips: services.clips,
      emit,
      now: services.shared,
      clipOverdue: services.clipOverdue,
      error: samples(BATCH),
    });
  }

  /** Samples of silence in the middle of playbacks. */
  get underrun(): number {
    return this.queue.underrun + this.#padUnderrun;
  }

  /** What FreeSWITCH should have and has not played. */
  get lead(): number {
    return this.#before + this.#pad + this.#after;
  }

  /** A connection, or none: goes on from the sample that the account has reached. */
  attach(line: ForkSink | undefined): void {
    this.#line = line;
    this.#primed = false;
    this.#audible = false;
    this.#forget();
    this.#send();
  }

  /** On hold nothing is sent, and what is over there is lost: it is sent again afterwards. */
  useMedia(media: NegotiatedMedia): void {
    const allowed = media.send && !media.held;
    if (allowed === this.#allowed) return;
    this.#releasedAt = allowed && this.#wasAllowed ? this.#now() : undefined;
    if (!allowed) this.#takeBack();
    this.#allowed = allowed;
    this.#wasAllowed ||= allowed;
    this.#send();
  }

  /** FreeSWITCH's stream runs. */
  streams(): void {
    if (this.#releasedAt === undefined) return;
    this.#releasedAt = undefined;
    this.#killedAt = this.#now();
  }

  play(id: PlaybackId, turn: TurnId, clips: readonly ClipId[], bargeIn: BargeIn, loop: boolean): void {
    this.queue.play(id, turn, clips, bargeIn, loop);
    this.#send();
  }

  stop(id: PlaybackId | undefined, because: Ending): void {
    const sent = id === undefined || this.queue.hasRead(id);
    this.queue.stop(id, because);
    if (sent) this.#takeBack();
    this.#send();
  }

  resume(id: PlaybackId): void {
    this.queue.resume(id);
    this.#send();
  }

  pauseForSpeech(): PlaybackId | undefined {
    const paused = this.queue.pauseForSpeech();
    if (paused !== undefined) this.#takeBack();
    return paused;
  }

  stopForKey(): PlaybackId | undefined {
    const stopped = this.queue.stopForKey();
    if (stopped !== undefined) this.#takeBack();
    return stopped;
  }

  /**
   * 20 ms pass.
   *
   * @param into - 160 samples: what is heard of us in them; silence where there is nothing
   * @returns whether there is anything
   */
  tick(into: Int16Array): boolean {
    this.#send();
    this.#flushWhenDry();
    let at = this.#consume(into, FRAME_SAMPLES);
    if (at < FRAME_SAMPLES && this.lead === 0 && this.#restCount === 0 && this.#open) {
      // nothing was there a moment ago: ends what has failed, and counts what is missing
      const filled = this.queue.fill(into, at, FRAME_SAMPLES - at);
      if (filled > 0) this.#sendLate(into, at, filled);
      at += filled;
    }
    into.fill(0, at, FRAME_SAMPLES);
    return at > 0;
  }

  /** 20 ms that this thread missed: FreeSWITCH went on with what it had. As `tick`. */
  missed(into: Int16Array): boolean {
    const at = this.#consume(into, FRAME_SAMPLES);
    into.fill(0, at, FRAME_SAMPLES);
    return at > 0;
  }

  /** Ticks in number that FreeSWITCH would need to play what it has. */
  get ticksAhead(): number {
    return Math.ceil(this.lead / FRAME_SAMPLES);
  }

  get #open(): boolean {
    return (
      this.#line !== undefined &&
      this.#allowed &&
      !this.queue.paused &&
      !this.#line.full &&
      this.#now() - this.#killedAt >= AFTER_KILL_MS &&
      (this.#releasedAt === undefined || this.#now() - this.#releasedAt >= AFTER_HOLD_MS)
    );
  }

  /** Moves the account on over what was sent. */
  #consume(into: Int16Array, count: number): number {
    let at = 0;
    while (at < count && this.lead > 0) {
      if (this.#before > 0) {
        const wanted = Math.min(count - at, this.#before);
        const filled = this.queue.fill(into, at, wanted);
        at += filled;
        this.#before -= wanted;
        if (filled < wanted) break; // cannot be: what was sent was there
      } else {
        const silence = Math.min(count - at, this.#pad);
        into.fill(0, at, at + silence);
        at += silence;
        this.#pad -= silence;
      }
      if (this.#before === 0 && this.#pad === 0) {
        this.#before = this.#after;
        this.#after = 0;
      }
    }
    return at;
  }

  /** A burst, in whole batches. */
  #send(): void {
    if (!this.#open || this.lead + this.#restCount >= LOW) return;
    const read = this.queue.readAhead(ahead, HIGH - this.lead - this.#restCount);
    if (read === 0) return;
    const total = this.#restCount + read;
    const whole = this.#primed || total >= FIRST_BATCH ? total - (total % BATCH) : 0;
    const out = new Int16Array(whole);
    const kept = Math.min(whole, this.#restCount);
    if (kept > 0) {
      out.set(this.#rest.subarray(0, kept));
      this.#restCount = 0;
    }
    out.set(ahead.subarray(0, whole - kept), kept);
    for (let i = whole - kept; i < read; i++) this.#rest[this.#restCount++] = ahead[i] ?? 0;
    if (whole > 0) this.#put(out, whole);
  }

  /** When FreeSWITCH is about to run out: what is too short for a batch goes with silence behind it. */
  #flushWhenDry(): void {
    if (!this.#open || this.#pad > 0) return;
    const ended = this.queue.readToEnd;
    if (this.lead >= (ended ? END_MARGIN : DRY_MARGIN)) return;
    if (this.#restCount === 0) {
      if (ended && this.#bare) this.#flush(true);
      return;
    }
    const first = this.lead === 0 && this.queue.sounding === undefined;
    if (ended || !first || ++this.#waited >= FIRST_PIECE_TICKS) this.#flush(ended);
  }

  #flush(ended: boolean): void {
    const count = this.#restCount;
    const filled = Math.max(Math.ceil(count / BATCH) * BATCH, this.#primed || count === 0 ? 0 : FIRST_BATCH);
    const total = ended && filled - count < BATCH ? filled + BATCH : filled;
    const out = new Int16Array(total);
    out.set(this.#rest.subarray(0, count));
    this.#restCount = 0;
    this.#put(out, count);
    this.#pad = total - count;
    this.#bare = false;
    if (!ended && this.queue.sounding !== undefined) this.#padUnderrun += this.#pad;
  }

  /** What the account has come upon unawares has to be sent, too. */
  #sendLate(from: Int16Array, offset: number, count: number): void {
    for (let i = 0; i < count; i++) this.#rest[i] = from[offset + i] ?? 0;
    this.#restCount = count;
    this.#flush(false);
    this.#before -= count;
    this.queue.rewind();
  }

  #put(out: Int16Array, audio: number): void {
    this.#line?.audio(new Uint8Array(out.buffer, out.byteOffset, out.byteLength));
    this.sent += out.length;
    this.#primed = true;
    this.#waited = 0;
    this.#bare = true;
    this.#audible = true;
    if (this.#pad > 0) this.#after += audio;
    else this.#before += audio;
  }

  /**
   * What was sent and not heard counts as never sent. A kill empties what is being played, but not what still gathers for
   * a batch (how much that is depends on how TCP has cut it): 80 ms of silence move it on first, or it would begin the
   * next stream.
   */
  #takeBack(): void {
    if (this.#audible && this.#line !== undefined) {
      this.#line.audio(new Uint8Array(2 * BATCH));
      this.#line.kill();
      this.#killedAt = this.#now();
    }
    this.#audible = false;
    this.#forget();
  }

  #forget(): void {
    this.#before = 0;
    this.#pad = 0;
    this.#after = 0;
    this.#restCount = 0;
    this.#bare = false;
    this.queue.rewind();
  }
}
