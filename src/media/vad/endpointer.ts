import { type LegSample, legSample, type SampleCount, samples } from '../../domain/units.ts';
import type { TurnPolicy } from '../../domain/turn-policy.ts';

/* Where an utterance begins and ends, from probabilities of speech. Time is counted in samples; there is no other clock. */

/** Positions are samples at 8 kHz on the clock of whoever hears. */
export type SpeechEvent =
  /** `at`: when speech really began, as well as can be told; `from`: where a recognizer should start to listen. */
  | { readonly type: 'speech-began'; readonly at: LegSample; readonly from: LegSample }
  /** There has been speech for `sustainMs`. */
  | { readonly type: 'speech-sustained' }
  /** Silent for `speculateAfterMs`, since `at`. */
  | { readonly type: 'speech-paused'; readonly at: LegSample }
  | { readonly type: 'speech-resumed' }
  /** What was taken for speech was none: nothing that was told of the utterance counts. */
  | { readonly type: 'speech-dismissed' }
  /** `endedAt`: the end of the last speech, before the hangover; `speech`: samples from `at` of the beginning to there. */
  | { readonly type: 'speech-ended'; readonly endedAt: LegSample; readonly speech: SampleCount };

const PER_MS = 8;
const SPEECH = 0.5;
const SURE = 0.8;
/** Speech that has begun is believed in down to here. */
const STILL_SPEECH = 0.35;
/** Evidence that begins an utterance, in samples; what is sure counts twice: one sure frame of 32 ms, or two others. */
const ENOUGH = 512;
/** By how much a detector is late at most, and usually, when the sound's own beginning says nothing. */
const MOST_DELAY = 2400;
const USUAL_DELAY = 256;
/** A recognizer wants to hear how the first sound rises out of the silence. */
const LEAD_IN = 1600;

interface Utterance {
  readonly at: LegSample;
  /** Where the detector's belief begins, a little after `at`. */
  readonly voicedFrom: number;
  sustained: boolean;
  paused: boolean;
}

export class Endpointer {
  readonly #emit: (event: SpeechEvent) => void;
  #policy: TurnPolicy;
  #utterance: Utterance | undefined;
  /** Where the present run of speech began, while it is not yet an utterance. */
  #runFrom: number | undefined;
  #runVoicedFrom = 0;
  #evidence = 0;
  #voicedTo = 0;
  /** No utterance reaches back before this: the end of the last one. */
  #earliest = Number.NEGATIVE_INFINITY;

  constructor(policy: TurnPolicy, emit: (event: SpeechEvent) => void) {
    this.#policy = policy;
    this.#emit = emit;
  }

  get speaking(): boolean {
    return this.#utterance !== undefined;
  }

  /** Within an utterance, and not in a pause of it. */
  get voiced(): boolean {
    return this.#utterance !== undefined && !this.#utterance.paused;
  }

  /** From here on; an utterance goes on under the new policy. */
  setPolicy(policy: TurnPolicy): void {
    this.#policy = policy;
  }

  /**
   * Takes what a detector says of a stretch. Stretches come in order, but may reach back over silence already reported.
   *
   * @param onset - where the sound began that this belongs to; believed when it lies within the stretch or 300 ms before it
   * @param held - it is not known yet whose speech it is: it counts, and begins nothing before that is known
   */
  hear(from: number, to: number, probability: number, onset: number = from, held = false): void {
    if (this.#utterance !== undefined) this.#continue(this.#utterance, to, probability);
    else this.#await(from, to, probability, onset, held);
  }

  /** Silence up to `now`. */
  silence(now: number): void {
    this.#runFrom = undefined;
    if (this.#utterance !== undefined) this.#rest(this.#utterance, now);
  }

  /** Ends the utterance at once, if there is one. */
  endNow(): void {
    if (this.#utterance !== undefined) this.#end(this.#utterance);
  }

  /** What was heard just now was not speech: forgets it, and reports an utterance that it had begun. */
  dismiss(): void {
    const told = this.#utterance !== undefined;
    this.reset();
    if (told) this.#emit({ type: 'speech-dismissed' });
  }

  /** Forgets the utterance without a word. */
  reset(): void {
    this.#utterance = undefined;
    this.#runFrom = undefined;
  }

  #await(from: number, to: number, probability: number, onset: number, held: boolean): void {
    if (probability < STILL_SPEECH) this.#runFrom = undefined;
    if (probability < SPEECH) return;
    if (this.#runFrom === undefined) {
      this.#runFrom = onset < to && onset >= from - MOST_DELAY ? onset : from - USUAL_DELAY;
      this.#runVoicedFrom = from;
      this.#evidence = 0;
    }
    this.#evidence += (to - from) * (probability >= SURE ? 2 : 1);
    if (this.#evidence < ENOUGH || held) return;
    const at = legSample(Math.max(this.#runFrom, this.#earliest));
    this.#runFrom = undefined;
    this.#voicedTo = to;
    this.#utterance = { at, voicedFrom: this.#runVoicedFrom, sustained: false, paused: false };
    this.#emit({ type: 'speech-began', at, from: legSample(Math.max(at - LEAD_IN, this.#earliest)) });
    this.#sustain(this.#utterance);
  }

  #continue(utterance: Utterance, to: number, probability: number): void {
    if (probability < (utterance.paused ? SPEECH : STILL_SPEECH)) {
      this.#rest(utterance, to);
      return;
    }
    this.#voicedTo = Math.max(this.#voicedTo, to);
    if (utterance.paused) {
      utterance.paused = false;
      this.#emit({ type: 'speech-resumed' });
    }
    this.#sustain(utterance);
  }

  #sustain(utterance: Utterance): void {
    if (utterance.sustained || this.#voicedTo - utterance.voicedFrom < this.#policy.sustainMs * PER_MS) return;
    utterance.sustained = true;
    this.#emit({ type: 'speech-sustained' });
  }

  #rest(utterance: Utterance, now: number): void {
    const silent = now - this.#voicedTo;
    if (!utterance.paused && silent >= this.#policy.speculateAfterMs * PER_MS) {
      utterance.paused = true;
      this.#emit({ type: 'speech-paused', at: legSample(this.#voicedTo) });
    }
    // the listener may have ended it meanwhile
    if (this.#utterance === utterance && silent >= this.#policy.incompleteMs * PER_MS) this.#end(utterance);
  }

  #end(utterance: Utterance): void {
    this.#utterance = undefined;
    this.#runFrom = undefined;
    this.#earliest = this.#voicedTo;
    const speech = samples(Math.max(0, this.#voicedTo - utterance.at));
    this.#emit({ type: 'speech-ended', endedAt: legSample(this.#voicedTo), speech });
  }
}
