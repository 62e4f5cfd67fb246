import { type LegSample, legSample } from '../../domain/units.ts';
import type { FrameSource } from '../../domain/frame-source.ts';
import type { TurnPolicy } from '../../domain/turn-policy.ts';
import { Endpointer, type SpeechEvent } from './endpointer.ts';
import { EnergyGate, LOOK_BACK_SAMPLES } from './energy-gate.ts';
import type { Silero, SileroStream } from './silero.ts';
import { SILERO_FRAME } from './silero-wire.ts';

export type { SpeechEvent } from './endpointer.ts';

const FRAME = 160;
/** The gate stays open for 320 ms after the last loud frame: longer than any closure within a word. */
const HOLD = 2560;
/** An answer that is so late (300 ms) is no longer waited for. */
const LATE = 2400;
/** While energy decides, Silero is tried again at this interval: 1 s. */
const RETRY = 8000;
/** Whose frames the last 1.3 s were: as long as an answer is waited for, and more. A power of two. */
const ATTRIBUTED = 64;
/** What a clearly loud frame is worth without Silero: speech, but never sure. 80 ms of it begin an utterance. */
const CLEARLY_LOUD = 0.6;

export interface SpeechDetectorCounts {
  /** Times that the decision fell to energy alone: Silero was away, overloaded or late. */
  readonly fallbacks: number;
}

export interface SpeechDetectorOptions {
  /** Undefined: energy alone decides. */
  readonly silero: Silero | undefined;
  /** Positions are those given to `hear`. May call back into the detector. */
  readonly onEvent: (event: SpeechEvent) => void;
}

/**
 * Finds one caller's utterances. The gate looks at every frame; Silero hears the streams whose gate is open, the 200 ms
 * before included; the endpointer makes utterances of it. Deaf until it is given a policy.
 */
export class SpeechDetector {
  readonly #gate = new EnergyGate();
  readonly #endpointer: Endpointer;
  readonly #stream: SileroStream | undefined;
  readonly #frame = new Int16Array(SILERO_FRAME);
  /** By position of the frame. */
  readonly #sources: FrameSource[] = Array.from({ length: ATTRIBUTED }, () => 'caller');
  #filled = 0;
  #policy: TurnPolicy | undefined;
  /** Position behind what was heard. */
  #end: number | undefined;
  #open = false;
  #loudUntil = Number.NEGATIVE_INFINITY;
  /** Where the present loud stretch began, and how much of it has been clearly loud. */
  #onset = 0;
  #clear = 0;
  /** Frames that Silero owes us, and where the oldest of them begins. */
  #owed = 0;
  #owedFrom = 0;
  /** When it last answered, or was first asked. */
  #answeredAt = 0;
  /** Silero is not to be had; when to try again. */
  #retryAt: LegSample | undefined;
  #fallbacks = 0;

  constructor(options: SpeechDetectorOptions) {
    this.#endpointer = new Endpointer({ speculateAfterMs: 0, incompleteMs: 0, sustainMs: 0 }, options.onEvent);
    this.#stream = options.silero?.open((probability) => this.#learn(probability));
  }

  get counts(): SpeechDetectorCounts {
    return { fallbacks: this.#fallbacks };
  }

  /** Whether there is an utterance that has not ended. */
  get speaking(): boolean {
    return this.#endpointer.speaking;
  }

  /**
   * Takes the next 20 ms. Never waits; events come from within, or later when Silero has answered.
   *
   * @param at - position of the first sample, 8 kHz. A frame that doesn't join the last one begins anew (see `jump`)
   * @param frame - 160 samples; not kept
   */
  hear(at: LegSample, frame: Int16Array, source: FrameSource = 'caller'): void {
    if (this.#end !== undefined && at !== this.#end) this.jump(at);
    this.#end = at + FRAME;
    if (source === 'cleared') this.#clearBefore(at);
    this.#sources[Math.floor(at / FRAME) & (ATTRIBUTED - 1)] = source;
    const ours = source === 'playback' || source === 'mistaken';
    const reading = this.#gate.hear(frame, this.#endpointer.voiced && this.#retryAt === undefined, !ours);
    if (this.#policy === undefined) return;
    if (source === 'mistaken') this.#endpointer.dismiss();
    const loud = reading.loud && !ours;
    const clear = reading.clear && (source === 'caller' || source === 'cleared');
    if (loud) {
      if (at >= this.#loudUntil) {
        this.#onset = at;
        this.#clear = 0;
      }
      if (clear) this.#clear += FRAME;
      this.#loudUntil = at + FRAME + HOLD;
    }
    const wasOpen = this.#open;
    this.#open = this.#end < this.#loudUntil;
    if (!this.#open) this.#rest();
    else if (this.#retryAt !== undefined && at < this.#retryAt) this.#judgeByEnergy(at, clear);
    else if (!wasOpen || this.#retryAt !== undefined) this.#begin(clear);
    else this.#ask(frame, clear);
  }

  /** A hole in the stream: an utterance goes on over it as silence, what Silero still owes is forgotten. */
  jump(to: number): void {
    this.#abandon();
    this.#gate.forget();
    this.#open = false;
    this.#loudUntil = Number.NEGATIVE_INFINITY;
    this.#end = to;
    if (this.#policy !== undefined) this.#endpointer.silence(to);
  }

  /** How turns end from here on. `undefined`: deaf; an utterance under way is dropped without an event. */
  policy(policy: TurnPolicy | undefined): void {
    this.#policy = policy;
    if (policy !== undefined) {
      this.#endpointer.setPolicy(policy);
      return;
    }
    this.#endpointer.reset();
    this.#abandon();
    this.#open = false;
    this.#loudUntil = Number.NEGATIVE_INFINITY;
  }

  /** Ends the utterance under way, if there is one, with its event. */
  endNow(): void {
    this.#endpointer.endNow();
  }

  /** No more events. */
  close(): void {
    this.policy(undefined);
    this.#stream?.close();
  }

  /** The gate opens: Silero hears the look-back first, as a stream that starts afresh. */
  #begin(clear: boolean): void {
    const end = this.#end ?? 0;
    this.#abandon();
    this.#owedFrom = end - LOOK_BACK_SAMPLES;
    this.#answeredAt = end;
    if (this.#feed(this.#gate.lookBack())) this.#retryAt = undefined;
    else this.#fallBack(clear);
  }

  #ask(frame: Int16Array, clear: boolean): void {
    if (this.#overdue() || !this.#feed(frame)) this.#fallBack(clear);
  }

  /** @returns false when Silero refused */
  #feed(samples: Int16Array): boolean {
    if (this.#stream === undefined) return false;
    for (let at = 0; at < samples.length; ) {
      const count = Math.min(SILERO_FRAME - this.#filled, samples.length - at);
      for (let i = 0; i < count; i++) this.#frame[this.#filled + i] = samples[at + i] ?? 0;
      at += count;
      this.#filled += count;
      if (this.#filled < SILERO_FRAME) break;
      this.#filled = 0;
      if (!this.#stream.push(this.#frame)) return false;
      this.#owed++;
    }
    return true;
  }

  #learn(probability: number): void {
    if (this.#owed === 0) return;
    const from = this.#owedFrom;
    this.#answeredAt = this.#end ?? 0;
    this.#owed--;
    this.#owedFrom += SILERO_FRAME;
    const source = this.#sourceOf(from, this.#owedFrom);
    const believed = source === 'playback' ? 0 : probability;
    this.#endpointer.hear(from, this.#owedFrom, believed, this.#onset, source === 'unknown');
    if (!this.#open) this.#rest();
  }

  /** What was unknown up to here was the caller's. */
  #clearBefore(at: LegSample): void {
    for (let frame = Math.floor(at / FRAME) - 1; ; frame--) {
      const slot = frame & (ATTRIBUTED - 1);
      if (this.#sources[slot] !== 'unknown') return;
      this.#sources[slot] = 'cleared';
    }
  }

  /** Whose a stretch is: playback when half of its frames are, unknown when one is. */
  #sourceOf(from: number, to: number): FrameSource {
    let frames = 0;
    let ours = 0;
    let unknown = 0;
    const phase = (this.#end ?? 0) % FRAME;
    for (let frame = Math.floor((from - phase) / FRAME); phase + frame * FRAME < to; frame++) {
      const source = this.#sources[frame & (ATTRIBUTED - 1)];
      frames++;
      if (source === 'playback' || source === 'mistaken') ours++;
      else if (source === 'unknown') unknown++;
    }
    if (2 * ours >= frames) return 'playback';
    return unknown > 0 ? 'unknown' : 'caller';
  }

  /** Nothing is loud: silence, as soon as all answers are in. */
  #rest(): void {
    const end = this.#end ?? 0;
    if (this.#overdue()) {
      this.#fallbacks++;
      this.#abandon();
    }
    if (this.#owed === 0) this.#endpointer.silence(end);
  }

  #overdue(): boolean {
    return this.#owed > 0 && (this.#end ?? 0) - this.#answeredAt > LATE;
  }

  #fallBack(clear: boolean): void {
    const end = this.#end ?? 0;
    if (this.#stream !== undefined && this.#retryAt === undefined) this.#fallbacks++;
    this.#abandon();
    this.#retryAt = legSample(end + RETRY);
    this.#judgeByEnergy(end - (clear ? Math.min(this.#clear, LOOK_BACK_SAMPLES) : FRAME), clear);
  }

  #judgeByEnergy(from: number, clear: boolean): void {
    this.#endpointer.hear(from, this.#end ?? from, clear ? CLEARLY_LOUD : 0, this.#onset);
  }

  #abandon(): void {
    this.#stream?.reset();
    this.#owed = 0;
    this.#filled = 0;
  }
}
