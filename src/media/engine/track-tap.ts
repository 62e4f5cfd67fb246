import { type RecordingSample, recordingSample } from '../../domain/units.ts';
import { DtmfDetector } from '../../audio/dtmf-detector.ts';
import { FrameDecoder } from '../../audio/frame-codec.ts';
import type { Codec } from '../../domain/codec.ts';
import type { RecordingId } from '../../domain/ids.ts';
import { MASK_REACH_MS, TAP_CHUNK_MS, TAP_HOLD_MS } from '../../recording/loss-limits.ts';
import type { GapReason, TapChunk, TapGap } from '../../recording/tap.ts';
import { LateAudio } from './late-audio.ts';

/** A power of two; 2 s at 8 kHz: a sender's delays may put its audio half a second before or behind our clock. */
const RING = 16_384;
const WRAP = RING - 1;
const CHUNK_SAMPLES = TAP_CHUNK_MS * 8;
/** A time further ahead than this is a mistake, not audio: 10 s. */
const FARTHEST = 80_000;
/** What is held back so that late packets find their place. */
export const HOLD_SAMPLES = TAP_HOLD_MS * 8;
/** What comes later than this after its time is late audio, also where the track has not been handed on so far. */
const LATE_SAMPLES = (TAP_HOLD_MS + MASK_REACH_MS) * 8;

/** Less than a block of the detector; and what of a tone may lie before the slice that ends its first whole block. */
const SLICE = 80;
const TONE_ONSET = 240;

/** What is known of a sample: nothing, audio or agreed silence, or why it is missing. */
const UNHEARD = 0;
const HEARD = 1;
const MASKED = 2;
const HELD = 3;
const OVERFLOWED = 4;

interface Mask {
  readonly from: number;
  to: number;
}

/**
 * One track of a recording. Audio is written wherever its time says; what is older than the hold leaves in chunks, so that no
 * sample stays here for longer than loss-limits.ts says. What nobody wrote is silence with a gap, never made up; what comes
 * later than the hold leaves as a chunk of its own, which fills the gap.
 */
export class TrackTap {
  /** Samples that came too late for the recording. */
  late = 0;
  readonly recording: RecordingId;
  readonly track: string;
  readonly #codec: Codec;
  readonly #silence: number;
  readonly #emit: (chunk: TapChunk) => void;
  readonly #payload: Uint8Array;
  readonly #known = new Uint8Array(RING);
  readonly #masks: Mask[] = [];
  /** First sample that is still here. */
  #from: number;
  readonly #late: LateAudio;
  /** Between the first audio and the newest what is missing was lost; before and after, it never came. */
  #heardFrom = Infinity;
  #heardTo: number;

  /** @param at - where the track begins, in samples since the recording was opened */
  constructor(
    recording: RecordingId,
    track: string,
    codec: Codec,
    at: RecordingSample,
    emit: (chunk: TapChunk) => void,
  ) {
    this.recording = recording;
    this.track = track;
    this.#codec = codec;
    this.#silence = codec.silence;
    this.#emit = emit;
    this.#late = new LateAudio((from, payload) =>
      emit({ recording, track, codec: codec.name, at: recordingSample(from), payload, gaps: [] }),
    );
    this.#from = at;
    this.#heardTo = at;
    this.#payload = new Uint8Array(RING).fill(codec.silence);
  }

  /** Audio as it went over the wire. @param now - when it arrived, by the track's time */
  write(at: RecordingSample, bytes: Uint8Array, offset: number, count: number, now = Number.NEGATIVE_INFINITY): void {
    const end = at + count;
    if (now - end >= LATE_SAMPLES) while (this.#from < end) this.#hand(Math.min(CHUNK_SAMPLES, end - this.#from));
    const skip = this.#room(at, count);
    if (skip > 0) this.late += skip - this.#late.take(at, bytes, offset, skip, now);
    for (let i = skip; i < count; i++) {
      const cell = (at + i) & WRAP;
      this.#payload[cell] = bytes[offset + i] ?? this.#silence;
      this.#known[cell] = HEARD;
    }
  }

  /** Audio that came during a secret entry, wherever its timestamps put it. */
  mask(at: RecordingSample, count: number): void {
    const skip = this.#room(at, count);
    this.late += skip;
    for (let i = skip; i < count; i++) {
      this.#payload[(at + i) & WRAP] = this.#silence;
      this.#known[(at + i) & WRAP] = MASKED;
    }
  }

  /** A stretch that is missing, whatever was there. */
  lose(at: RecordingSample, count: number): void {
    const skip = this.#room(at, count);
    this.late += skip;
    for (let i = skip; i < count; i++) {
      this.#payload[(at + i) & WRAP] = this.#silence;
      this.#known[(at + i) & WRAP] = UNHEARD;
    }
  }

  /** A stretch in which the far end, rightly, sent nothing: silence suppression, a key's event. */
  quiet(at: RecordingSample, count: number): void {
    this.#mark(at, count, HEARD);
  }

  hold(at: RecordingSample, count: number): void {
    this.#mark(at, count, HELD);
  }

  overflow(at: RecordingSample, count: number): void {
    this.#mark(at, count, OVERFLOWED);
  }

  /** Masks everything from `at` on, what is still here included, and from the first tone of a key that is still here. */
  maskFrom(at: RecordingSample): void {
    if (this.#masks.at(-1)?.to !== Infinity) {
      this.#masks.push({ from: Math.min(at, this.#firstTone()), to: Infinity });
      // what is here by now stays masked, though it may lie ahead of the clock, and so behind the end of the mask
      this.#layMasks(this.#from, this.#heardTo);
    }
    this.#late.forget();
  }

  maskUntil(at: RecordingSample): void {
    const open = this.#masks.at(-1);
    if (open?.to === Infinity) open.to = at;
  }

  /** Hands out what is older than the hold, and what came later than that. @param clock - time now, in samples */
  collect(now: RecordingSample, clock: RecordingSample = now): void {
    this.#late.tick(clock);
    while (now - HOLD_SAMPLES - this.#from >= CHUNK_SAMPLES) this.#hand(CHUNK_SAMPLES);
  }

  /** The leg is over: everything leaves. */
  finish(now: RecordingSample): void {
    const end = Math.max(now, this.#heardTo);
    this.#late.flush();
    while (this.#from < end) this.#hand(Math.min(CHUNK_SAMPLES, end - this.#from));
  }

  /** Makes room for samples up to `at + count`; returns how many of them are too late. */
  #room(at: number, count: number): number {
    const end = at + count;
    if (end - this.#from > FARTHEST) return count;
    while (end - this.#from > RING) this.#hand(CHUNK_SAMPLES);
    this.#heard(at, end);
    return Math.min(count, Math.max(0, this.#from - at));
  }

  #heard(at: number, end: number): void {
    if (at < this.#heardFrom) this.#heardFrom = at;
    if (end > this.#heardTo) this.#heardTo = end;
  }

  #mark(at: number, count: number, as: number): void {
    const from = Math.max(at, this.#from);
    const end = at + count;
    if (end - this.#from > FARTHEST) return;
    while (end - this.#from > RING) this.#hand(CHUNK_SAMPLES);
    if (as === HEARD) this.#heard(at, end);
    for (let i = Math.max(from, this.#from); i < end; i++)
      if (this.#known[i & WRAP] === UNHEARD) this.#known[i & WRAP] = as;
  }

  /** Where the first key that sounds in what is still here begins; Infinity: none does. */
  #firstTone(): number {
    const decoder = new FrameDecoder(this.#codec);
    const tones = new DtmfDetector();
    const slice = new Uint8Array(SLICE);
    for (let at = this.#from; at < this.#heardTo; at += SLICE) {
      for (let i = 0; i < SLICE; i++) slice[i] = this.#payload[(at + i) & WRAP] ?? 0;
      tones.hear(decoder.decode(slice).samples);
      if (tones.sounds) return at - TONE_ONSET;
    }
    return Infinity;
  }

  #layMasks(from: number, to: number): void {
    for (const mask of this.#masks)
      for (let i = Math.max(from, mask.from); i < Math.min(to, mask.to); i++) {
        this.#payload[i & WRAP] = this.#silence;
        this.#known[i & WRAP] = MASKED;
      }
  }

  #hand(count: number): void {
    const from = this.#from;
    this.#layMasks(from, from + count);
    const payload = new Uint8Array(count);
    const gaps: TapGap[] = [];
    let gap: { at: RecordingSample; samples: number; because: GapReason } | undefined;
    for (let i = 0; i < count; i++) {
      const cell = (from + i) & WRAP;
      payload[i] = this.#payload[cell] ?? this.#silence;
      const because = this.#missing(this.#known[cell] ?? UNHEARD, from + i);
      if (because === undefined) gap = undefined;
      else if (gap?.because === because) gap.samples++;
      else {
        gap = { at: recordingSample(from + i), samples: 1, because };
        gaps.push(gap);
      }
      this.#payload[cell] = this.#silence;
      this.#known[cell] = UNHEARD;
    }
    this.#from += count;
    for (const { at, samples, because: why } of gaps)
      if (why === 'loss' || why === 'no-rtp') this.#late.miss(at, at + samples);
    while ((this.#masks[0]?.to ?? Infinity) <= this.#from) this.#masks.shift();
    this.#emit({
      recording: this.recording,
      track: this.track,
      codec: this.#codec.name,
      at: recordingSample(from),
      payload,
      gaps,
    });
  }

  #missing(known: number, at: number): GapReason | undefined {
    if (known === HEARD) return undefined;
    if (known === MASKED) return 'masked';
    if (known === HELD) return 'hold';
    if (known === OVERFLOWED) return 'overflow';
    return at >= this.#heardFrom && at < this.#heardTo ? 'loss' : 'no-rtp';
  }
}
