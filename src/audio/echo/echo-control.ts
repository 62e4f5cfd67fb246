import type { LegSample } from '../../domain/units.ts';
import type { FrameSource } from '../../domain/frame-source.ts';
import { BAND_WINDOW, BANDS, bandLevels } from './band-levels.ts';
import { DelaySearch, LEAST_DELAY, LONGEST_DELAY, SEARCH_WINDOW } from './delay-search.ts';
import { EchoAbsence } from './echo-absence.ts';
import { CANCELLER_SPAN, EchoCanceller, REFERENCE_WINDOW } from './echo-canceller.ts';
import { EchoModel } from './echo-model.ts';
import { framePower } from './frame-power.ts';
import { LOUD } from './loud.ts';
import { isSameDelay, MovedDelay } from './moved-delay.ts';
import { NoiseFloor } from './noise-floor.ts';
import { PlayedAudio } from './played-audio.ts';
import { RETRACTABLE, searchInterval } from './search-interval.ts';
import { SilentLineDoubt } from './silent-line-doubt.ts';
import { type Agreement, SoundHistory } from './sound-history.ts';
import { StreamLead } from './stream-lead.ts';
import { UncancelledLine } from './uncancelled-line.ts';
import { CLEAR, levelsTell, weighAgreement } from './weigh-agreement.ts';

const FRAME = 160;
/** Rooms and networks may hold an echo back so long after the longest delay: 200 ms. */
const TAIL = 1600;
/** Below this (-58 dBFS) a frame is silence, whatever its spectrum. */
const QUIET = 41 * 41;
/** On a line that sends nothing back one of so many frames is looked at that are neither silence nor loud. */
const REST = 4;
/** A sound is loud above `LOUD`, and 6 dB above the noise. */
const ABOVE_NOISE = 4;
/** Without loud frames for so long a sound is over: 300 ms. */
const SOUND_GAP = 15;
/** Frames without a trace of agreement after which a sound is a person; and frames after which it is one in any case. */
const FIRST_DOUBT = 16;
/** The canceller begins so far before the delay that was found: 30 ms. */
const HEAD_START = 240;
/** What comes back is in most frames less than 7 dB above what is usual. */
const MARGIN = 5;
/** What is left of an echo frame for those who listen: -20 dB. */
const DAMPED = 0.1;

const UNKNOWN_LEVELS: Agreement = { delay: Number.NaN, correlation: -1 };

/** Shared by all calls of the thread. */
const frame = new Float32Array(FRAME);
const reference = new Float32Array(REFERENCE_WINDOW);
const played = new Float32Array(BANDS);
const gains = new Float32Array(BANDS);

/** One call's echo: finds it, takes it out and tells whose a frame is. Positions are samples of the leg's clock. */
export class EchoControl {
  readonly played = new PlayedAudio();
  readonly #model = new EchoModel(MARGIN);
  readonly #line = new UncancelledLine();
  readonly #noise = new NoiseFloor();
  readonly #search = new DelaySearch();
  readonly #sound = new SoundHistory();
  readonly #silentLine = new SilentLineDoubt();
  readonly #heard = new Float32Array(SEARCH_WINDOW);
  readonly #window = this.#heard.subarray(SEARCH_WINDOW - BAND_WINDOW);
  readonly #bands = new Float32Array(BANDS);
  #canceller: EchoCanceller | undefined;
  readonly #absence = new EchoAbsence();
  /** By how much the canceller's reference ends before the frame does. */
  #offset = 0;
  #delay: number | undefined;
  #end: number | undefined;
  readonly #lead = new StreamLead();
  /**
   * From playing to arrival, by the clock, when the delay was found. A telephone's delay does not change when its packets
   * come later; the delay of a far end that sends a packet for each that it gets changes with the lead of its stream.
   */
  #reach = 0;
  readonly #moved = new MovedDelay();
  /** As far as the last frame that was looked at tells: no echo was found, and what may come back could not be heard. */
  #nothingReturns = false;
  #rested = 0;
  #soundFrames = 0;
  #soundSilence = 0;
  /** The sound is nothing that was played. */
  #soundCleared = false;
  #lastDelay = 0;
  #agreed = 0;

  /** Samples from playing to hearing; undefined as long as this call has shown no echo. */
  get delay(): number | undefined {
    return this.#delay;
  }

  /** From here on the stream lies `samples` later (negative: earlier): the clocks' drift is taken out of it. */
  shifted(samples: number): void {
    if (this.#delay !== undefined) this.#delay += samples;
    this.#offset += samples;
    this.#lastDelay += samples;
  }

  /**
   * Hears 20 ms.
   *
   * @param at - position of the first sample
   * @param heard - 160 samples; echo is taken out of them
   * @param now - the clock's position
   * @param hole - no packet came: the zeros say nothing about the line
   */
  hear(at: LegSample, heard: Int16Array, now: LegSample, hole = false): FrameSource {
    const end = at + FRAME;
    if (at !== this.#end) this.#jump();
    this.#end = end;
    for (let n = 0; n < FRAME; n++) frame[n] = heard[n] as number;
    if (this.#lead.hear(end, now, hole)) {
      this.#search.forget();
      this.#moved.forget();
      this.#agreed = 0;
    }
    const silent = at - this.#lead.settled - LONGEST_DELAY - TAIL - this.played.audibleTo;
    if (silent > 0) this.#noise.hear(framePower(frame));
    if (silent > CANCELLER_SPAN) return 'caller';
    if (this.#delay !== undefined) this.#line.hear(frame);
    if (this.#canceller !== undefined) this.#cancel(this.#canceller, end, heard);
    this.#heard.copyWithin(0, FRAME);
    this.#heard.set(frame, SEARCH_WINDOW - FRAME);
    if (silent > 0) return 'caller';
    const source = this.#judge(at, end, hole);
    if (this.#canceller !== undefined) this.#doubt(source === 'playback');
    const kept = source === 'playback' || source === 'mistaken' ? DAMPED : 1;
    if (kept < 1 || this.#canceller !== undefined)
      for (let n = 0; n < FRAME; n++) heard[n] = kept * (frame[n] as number);
    return source;
  }

  #jump(): void {
    this.#heard.fill(0);
    this.#line.forget();
    this.#canceller?.skip();
    this.#endSound();
  }

  #cancel(canceller: EchoCanceller, end: number, heard: Int16Array): void {
    const before = framePower(frame);
    this.played.copy(end - this.#offset - REFERENCE_WINDOW, REFERENCE_WINDOW, reference);
    canceller.hear(reference, frame);
    // a canceller that has lost its way must not add to what is heard
    if (framePower(frame) > before) for (let n = 0; n < FRAME; n++) frame[n] = heard[n] as number;
  }

  /** Gives up the canceller when it has nothing to cancel, and the echo when there is none. */
  #doubt(explained: boolean): void {
    const absent = this.#absence.hear({
      played: framePower(reference.subarray(REFERENCE_WINDOW - FRAME)),
      line: this.#line.power,
      left: framePower(frame),
      loud: Math.max(LOUD, ABOVE_NOISE * this.#noise.level),
      explained,
    });
    if (absent !== undefined) this.#canceller = undefined;
    if (absent === 'no-echo') this.#delay = undefined;
  }

  #judge(at: LegSample, end: number, hole: boolean): FrameSource {
    const energy = framePower(frame);
    const floor = this.#noise.hear(energy);
    const loud = energy > LOUD && energy > ABOVE_NOISE * floor;
    if (!loud && this.#rests(energy, end, hole)) return 'caller';
    const callers = this.#soundCleared && this.#delay === undefined;
    if (loud && callers && this.#nothingReturns) return this.#goesOn(energy, end);
    this.#measure(energy);
    const delay = this.#delay;
    const { now, latest, settled } = this.#lead;
    if (delay === undefined)
      this.played.loudest(at - settled - LONGEST_DELAY, end - Math.min(settled, now) - LEAST_DELAY, played);
    else {
      // until it is known whether the delay has moved with the lead, an echo may come at either
      const [least, most] = [Math.min(delay, this.#reach + now), Math.max(delay, this.#reach + latest)];
      if (this.played.loudest(at - most - FRAME, end - least, played)) this.#follow(delay, end);
    }
    const model = this.#model;
    const lineExceeds = this.#canceller === undefined || this.#line.exceeds(energy, QUIET, played);
    const exceeds = model.exceeds(this.#bands, played) && lineExceeds;
    const doubtful = loud && (exceeds || !model.learned);
    // on a line that sends nothing back that could be heard, nothing needs to be explained
    const silentLine = delay === undefined && model.learned && model.expected < LOUD;
    this.#nothingReturns = silentLine;
    if (doubtful) this.#silentLine.hear(silentLine, this.#soundFrames, energy);
    this.#track(doubtful, end);
    if (!doubtful) {
      // zeros are lost or suppressed: the echo that was there has not gone
      // nor do the soft parts of the caller's voice say what comes back
      if (!hole && !callers && (delay === undefined || energy > 0)) model.learn(this.#bands, played);
      return exceeds || silentLine ? 'caller' : 'playback';
    }
    const wasCleared = this.#soundCleared;
    if (this.#isPlayback(end, exceeds && model.learned)) return exceeds ? 'mistaken' : 'playback';
    if (this.#soundCleared) return wasCleared ? 'caller' : 'cleared';
    return exceeds && !this.#silentLine.doubts ? 'caller' : 'unknown';
  }

  /** A sound of the caller's on a line that sends nothing back: it is looked at now and then, but not weighed against the playback. */
  #goesOn(energy: number, end: number): FrameSource {
    if (!this.#sound.full) this.#measure(energy);
    this.#track(true, end);
    return this.#isPlayback(end, true) ? 'mistaken' : 'caller';
  }

  #measure(energy: number): void {
    if (energy < QUIET) this.#bands.fill(energy);
    else bandLevels(this.#window, this.#bands, 0);
  }

  /** Whether a frame that is not loud needs no look: on a line that sends nothing back it is not the playback, and tells little. */
  #rests(energy: number, end: number, hole: boolean): boolean {
    const quiet = energy < QUIET;
    if (!this.#nothingReturns || (!quiet && ++this.#rested % REST === 0)) return false;
    this.#track(false, end);
    if (quiet && !hole) this.#model.learnNoise(this.#bands.fill(energy));
    return true;
  }

  /** The lead has changed: looks whether the delay has moved with it. The path is the same, and what is known of it stays. */
  #follow(delay: number, end: number): void {
    const other = this.#reach + this.#lead.recent;
    const found = this.#moved.look({ delay, other, end, line: this.#line, played: this.played, lead: this.#lead });
    if (found === undefined) return;
    this.#reach = found - this.#lead.latest;
    if (isSameDelay(found, delay)) return;
    this.#delay = found;
    this.#offset += found - delay;
    this.#canceller?.skip();
  }

  /** A sound that may be the caller's or the playback's goes on, or rests. */
  #track(doubtful: boolean, end: number): void {
    if (doubtful) {
      this.#sound.add(this.#bands, end);
      this.#soundFrames++;
      this.#soundSilence = 0;
    } else if (this.#soundFrames > 0 && ++this.#soundSilence > SOUND_GAP) this.#endSound();
  }

  #endSound(): void {
    this.#sound.forget();
    this.#search.forget();
    this.#soundFrames = 0;
    this.#soundSilence = 0;
    this.#soundCleared = false;
    this.#agreed = 0;
  }

  /** Looks, now and then, whether the sound under way is playback. @returns true once, when it turns out to be */
  #isPlayback(end: number, louder: boolean): boolean {
    const count = this.#soundFrames;
    const asked = this.#silentLine.looks && !this.#soundCleared;
    const callers = this.#soundCleared && this.#delay === undefined;
    if (count % searchInterval(count, callers) !== 0 && !asked) return false;
    const { settled } = this.#lead;
    const { delay: ahead, clarity } = this.#search.add(this.#heard, this.played, end - settled);
    const delay = ahead + settled;
    if (clarity < CLEAR) this.#agreed = 0;
    else this.#agreed = isSameDelay(delay, this.#lastDelay) ? this.#agreed + 1 : 1;
    this.#lastDelay = delay;
    const waveforms = { delay, clarity, repeated: this.#agreed, frames: this.#sound.count, louder };
    const levels = levelsTell(waveforms) ? this.#sound.agreement(this.played, settled) : UNKNOWN_LEVELS;
    const verdict = weighAgreement({ ...waveforms, levelsDelay: levels.delay, correlation: levels.correlation });
    if (typeof verdict === 'number') this.#found(verdict);
    else if (
      count >= RETRACTABLE ||
      (count >= FIRST_DOUBT && verdict === 'none') ||
      this.#silentLine.clears(count, clarity)
    )
      this.#soundCleared = true;
    return typeof verdict === 'number';
  }

  /** There is echo, at this delay: what comes back of the playback is measured anew. */
  #found(delay: number): void {
    const moved = this.#delay === undefined || Math.abs(this.#delay - delay) > FRAME;
    if (this.#delay === undefined) this.#line.begin(this.#heard);
    this.#sound.gains(this.played, delay, gains);
    this.#model.set(gains);
    if (moved) this.#line.setGains(gains);
    this.#delay = delay;
    this.#reach = delay - this.#lead.latest;
    if (moved || this.#canceller === undefined) {
      this.#offset = Math.max(delay - HEAD_START, this.#lead.settled + LEAST_DELAY + FRAME);
      this.#canceller ??= new EchoCanceller();
      this.#canceller.forget(this.#model.gain);
    }
    this.#absence.forget();
    this.#endSound();
  }
}
