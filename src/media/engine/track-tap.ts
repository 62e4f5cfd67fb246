import { type RecordingSample, recordingSample } from '../../domain/units.ts';
import { DtmfDetector } from '../../audio/dtmf-detector.ts';
import { FrameDecoder } from '../../audio/frame-codec.ts';
import { type Codec, octetsPerSample } from '../../domain/codec.ts';
import type { RecordingId } from '../../domain/ids.ts';
import { MASK_REACH_MS, TAP_CHUNK_MS, TAP_HOLD_MS } from '../../recording/loss-limits.ts';
import type { GapReason, TapChunk, TapGap } from '../../recording/tap.ts';
import { KnownStretches } from './known-stretches.ts';
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

/** What is known of a sample: audio or agreed silence, or why it is missing. */
type Known = 'heard' | 'masked' | 'hold' | 'not-sent';

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
  /** Octets at each place. */
  readonly #width: number;
  readonly #emit: (chunk: TapChunk) => void;
  readonly #payload: Uint8Array;
  readonly #known = new KnownStretches<Known>();
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
    this.#width = octetsPerSample(codec);
    this.#emit = emit;
    this.#late = new LateAudio(this.#width, (from, payload) =>
      emit({ recording, track, codec: codec.name, at: recordingSample(from), payload, gaps: [] }),
    );
    this.#from = at;
    this.#heardTo = at;
    this.#payload = new Uint8Array(RING * this.#width).fill(codec.silence);
  }

  /**
   * Audio as it went over the wire.
   *
   * @param bytes - from `at` on; `count` samples of them are taken
   * @param now - when it arrived, by the track's time
   */
  write(at: RecordingSample, bytes: Uint8Array, count: number, now = recordingSample(Number.NEGATIVE_INFINITY)): void {
    const end = at + count;
    if (now - end >= LATE_SAMPLES) while (this.#from < end) this.#hand(Math.min(CHUNK_SAMPLES, end - this.#from));
    const skip = this.#room(at, count);
    if (skip > 0) this.late += skip - this.#late.take(at, bytes, skip, now);
    for (let i = skip; i < count; ) {
      const cell = (at + i) & WRAP;
      const run = Math.min(count - i, RING - cell);
      this.#payload.set(bytes.subarray(i * this.#width, (i + run) * this.#width), cell * this.#width);
      i += run;
    }
    this.#known.put(at + skip, end, 'heard');
  }

  /** Audio that came during a secret entry, wherever its timestamps put it. */
  mask(at: RecordingSample, count: number): void {
    const skip = this.#room(at, count);
    this.late += skip;
    this.#silence(at + skip, at + count, 'masked');
  }

  /** A stretch that is missing, whatever was there. */
  lose(at: RecordingSample, count: number): void {
    const skip = this.#room(at, count);
    this.late += skip;
    this.#silence(at + skip, at + count, undefined);
  }

  /** A stretch in which the far end, rightly, sent nothing: silence suppression, a key's event. */
  quiet(at: RecordingSample, count: number): void {
    this.#mark(at, count, 'heard');
  }

  hold(at: RecordingSample, count: number): void {
    this.#mark(at, count, 'hold');
  }

  notSent(at: RecordingSample, count: number): void {
    this.#mark(at, count, 'not-sent');
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

  #mark(at: number, count: number, as: Known): void {
    const end = at + count;
    if (end - this.#from > FARTHEST) return;
    while (end - this.#from > RING) this.#hand(CHUNK_SAMPLES);
    if (as === 'heard') this.#heard(at, end);
    this.#known.putUnknown(Math.max(at, this.#from), end, as);
  }

  /** Where the first key that sounds in what is still here begins; Infinity: none does. */
  #firstTone(): number {
    const decoder = new FrameDecoder(this.#codec);
    const tones = new DtmfDetector();
    for (let at = this.#from; at < this.#heardTo; at += SLICE) {
      tones.hear(decoder.decode(this.#octets(at, SLICE)).samples);
      if (tones.sounds) return at - TONE_ONSET;
    }
    return Infinity;
  }

  #layMasks(from: number, to: number): void {
    for (const mask of this.#masks) this.#silence(Math.max(from, mask.from), Math.min(to, mask.to), 'masked');
  }

  #silence(from: number, to: number, known: Known | undefined): void {
    this.#known.put(from, to, known);
    for (let at = from; at < to; ) {
      const cell = at & WRAP;
      const end = Math.min(cell + to - at, RING);
      this.#payload.fill(this.#codec.silence, cell * this.#width, end * this.#width);
      at += end - cell;
    }
  }

  /** A copy of what is here. */
  #octets(from: number, count: number): Uint8Array {
    const cell = from & WRAP;
    const end = cell + count;
    if (end <= RING) return this.#payload.slice(cell * this.#width, end * this.#width);
    const octets = new Uint8Array(count * this.#width);
    octets.set(this.#payload.subarray(cell * this.#width));
    octets.set(this.#payload.subarray(0, (end - RING) * this.#width), (RING - cell) * this.#width);
    return octets;
  }

  #hand(count: number): void {
    const from = this.#from;
    this.#layMasks(from, from + count);
    const payload = this.#octets(from, count);
    const gaps = this.#gaps(from, from + count);
    this.#silence(from, from + count, undefined);
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

  #gaps(from: number, to: number): TapGap[] {
    const gaps: TapGap[] = [];
    const add = (begin: number, end: number, because: GapReason): void => {
      if (begin < end) gaps.push({ at: recordingSample(begin), samples: end - begin, because });
    };
    for (const { from: begin, to: end, known } of this.#known.between(from, to))
      if (known === undefined) {
        const lostFrom = Math.min(Math.max(this.#heardFrom, begin), end);
        const lostTo = Math.min(Math.max(this.#heardTo, lostFrom), end);
        add(begin, lostFrom, 'no-rtp');
        add(lostFrom, lostTo, 'loss');
        add(lostTo, end, 'no-rtp');
      } else if (known !== 'heard') add(begin, end, known);
    return gaps;
  }
}
