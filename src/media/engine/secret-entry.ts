import type { LegSample, MonotonicMs } from '../../domain/units.ts';
import { DtmfDetector } from '../../audio/dtmf-detector.ts';
import type { HeardPacket } from './heard-packet.ts';

const PER_MS = 8;
/** The mask ends when this much audio without a tone has been heard after the entry, over at least as long. Milliseconds. */
const REST_MS = 100;
/** No packet for so long: what comes next in a burst was said before, so the rest begins anew. */
const STALL_MS = 100;
/** Without a tone the mask ends after this many playout ticks (2 s) whatever was heard: on a line that stalls, or sends no audio. */
const MOST_REST_TICKS = 100;
/** A tone that goes on for longer is not a held key. */
const LONGEST_KEY_MS = 10_000;
/** Tones belong to the entry until 2 s of audio have been heard behind its end, or none has come for 10 s. */
const GRACE_MS = 2_000;
const GRACE_TICKS = 100;
const LONGEST_GRACE_TICKS = 500;
/** Less than one block of the detector, so that no block that sounds goes unseen. */
const SLICE = 80;

export interface SecretEntryHandlers {
  /** From now on nothing of what the far end says may be kept. */
  readonly begin: () => void;
  readonly end: () => void;
  /** Whether a key is held down now, as events. */
  readonly keyHeld: (now: MonotonicMs) => boolean;
  /** The leg's time, in samples. */
  readonly position: () => LegSample;
}

/**
 * When a far end's sound is secret: while it keys a PIN, and then until the last key is up. That key has been counted a
 * moment after it went down, the entry is over then for the dialogue, and its tone still sounds, or is still under way. So
 * it is the audio that ends the mask, not the clock: packets that a stall has held back do not count as rest. For a while after that
 * a tone (a key too many, one that was under way for long) is masked as part of the entry.
 *
 * Listens to packets in the order of their arrival, wherever they are placed; while there is no entry it does nothing.
 */
export class SecretEntry {
  readonly #handlers: SecretEntryHandlers;
  #phase: 'off' | 'on' | 'ending' | 'watching' = 'off';
  #tones: DtmfDetector | undefined;
  /** Where the entry ended, in samples. */
  #endedAt = 0;
  /** Told to end, or a tone has begun again: monotonic milliseconds. */
  #since = 0;
  /** Without a tone: since when, for how many samples, for how many ticks. */
  #quietSince = 0;
  #rest = 0;
  #restTicks = 0;
  /** Since the entry ended: samples heard, and ticks. */
  #heard = 0;
  #ticks = 0;
  /** Of the last packet: when it came, and what the next one is by its sequence and its timestamp. */
  #heardAt = 0;
  #sequence = 0;
  #timestamp = 0;

  constructor(handlers: SecretEntryHandlers) {
    this.#handlers = handlers;
  }

  /** Keys pressed now are part of the secret. */
  get on(): boolean {
    return this.#phase === 'on';
  }

  /** What is heard now is secret. */
  get hides(): boolean {
    return this.#phase === 'on' || this.#phase === 'ending';
  }

  /** Tones are looked for. */
  get listens(): boolean {
    return this.#phase !== 'off';
  }

  set(on: boolean, now: MonotonicMs): void {
    if (on === this.on) return;
    if (on) {
      const hidden = this.hides;
      this.#phase = 'on';
      this.#tones ??= new DtmfDetector();
      if (!hidden) this.#handlers.begin();
    } else if (this.on) {
      this.#endedAt = this.#handlers.position();
      this.#heard = 0;
      this.#ticks = 0;
      this.#hide(now);
    }
  }

  /** A packet has come, and is about to be kept. @param now - monotonic, in milliseconds */
  hear(packet: HeardPacket, now: MonotonicMs): void {
    if (this.#tones === undefined) return;
    const { samples } = packet;
    const pause = this.#pauseBefore(packet);
    if (now - this.#heardAt - pause / PER_MS > STALL_MS) this.#begin(now);
    this.#heardAt = now;
    this.#count(pause);
    if (pause >= SLICE) {
      this.#tones.reset();
      this.#settle(now);
    }
    if (this.#sounds(samples)) {
      if (this.#phase === 'watching') {
        this.#hide(now);
        this.#handlers.begin();
      } else this.#touch(now);
    } else if (packet.at + samples.length > this.#endedAt) this.#count(samples.length);
  }

  /** A playout tick: ticks that a busy thread misses do not count, since the packets of that time are still unread. */
  tick(now: MonotonicMs): void {
    if (this.#phase === 'off' || this.#phase === 'on') return;
    this.#ticks++;
    this.#restTicks++;
    if (this.#phase === 'ending') {
      if (this.#handlers.keyHeld(now)) this.#touch(now);
      if (now - this.#since >= LONGEST_KEY_MS) return this.#forget();
      this.#settle(now);
    }
    const stalls = now - this.#heardAt > STALL_MS;
    const listened = !stalls && this.#heard >= GRACE_MS * PER_MS && this.#ticks >= GRACE_TICKS;
    if (this.#phase === 'watching' && (listened || this.#ticks >= LONGEST_GRACE_TICKS)) this.#forget();
  }

  #hide(now: MonotonicMs): void {
    this.#phase = 'ending';
    this.#since = now;
    this.#touch(now);
  }

  /** A key sounds, or may. */
  #touch(now: MonotonicMs): void {
    this.#restTicks = 0;
    this.#begin(now);
  }

  #begin(now: MonotonicMs): void {
    this.#rest = 0;
    this.#quietSince = now;
  }

  #count(samples: number): void {
    this.#rest += samples;
    this.#heard += samples;
  }

  /** Ends the mask when the rest is long enough. */
  #settle(now: MonotonicMs): void {
    if (this.#phase !== 'ending') return;
    const rested = this.#rest >= REST_MS * PER_MS && now - this.#quietSince >= REST_MS;
    if (!rested && this.#restTicks < MOST_REST_TICKS) return;
    this.#phase = 'watching';
    this.#handlers.end();
  }

  #forget(): void {
    const hidden = this.hides;
    this.#phase = 'off';
    this.#tones = undefined;
    if (hidden) this.#handlers.end();
  }

  /** What the sender left out, by its own clock, before this packet: silence suppression (RFC 3551 section 4.1). Samples. */
  #pauseBefore({ sequence, timestamp, samples }: HeardPacket): number {
    const pause = sequence === this.#sequence ? (timestamp - this.#timestamp) | 0 : 0;
    this.#sequence = (sequence + 1) & 0xffff;
    this.#timestamp = (timestamp + samples.length) >>> 0;
    return Math.max(0, pause);
  }

  #sounds(samples: Int16Array): boolean {
    let sounded = false;
    for (let at = 0; at < samples.length; at += SLICE) {
      this.#tones?.hear(samples.subarray(at, at + SLICE));
      sounded ||= this.#tones?.sounds === true;
    }
    return sounded;
  }
}
