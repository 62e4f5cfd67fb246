import { DtmfDetector } from '../../audio/dtmf-detector.ts';
import { EchoControl } from '../../audio/echo/echo-control.ts';
import type { TurnPolicy } from '../../domain/turn-policy.ts';
import { FRAME_SAMPLES, type LegSample, legSample, ms, type SharedMs } from '../../domain/units.ts';
import type { PlaybackId, UtteranceId } from '../media-server.ts';
import { SpeechDetector, type SpeechEvent } from '../vad/speech-detector.ts';
import type { HeardPacket } from './heard-packet.ts';
import { LegHearing } from './leg-hearing.ts';
import type { LegServices } from './leg-services.ts';
import type { MediaEvent, NegotiatedMedia } from './media-protocol.ts';
import { UtteranceBuffer } from './utterance-buffer.ts';

const PER_MS = 8;
/** Of the silence after an utterance a recognizer gets 200 ms. */
const TAIL = 1600;
/** Utterances that may still be asked for, as far as the buffer goes back. */
const REMEMBERED = 4;
/** Until the call says how turns end. */
const FIRST_POLICY: TurnPolicy = { speculateAfterMs: 220, incompleteMs: 500, sustainMs: 400 };
const SILENCE = new Int16Array(FRAME_SAMPLES);
/** Shared by all legs of the thread. */
const clean = new Int16Array(FRAME_SAMPLES);

export interface SpeechInputHandlers {
  readonly emit: (event: MediaEvent) => void;
  /** Speech has begun: pauses what sounds, if it may be interrupted by speech. */
  readonly pause: () => PlaybackId | undefined;
  /** A key sounds: it has just begun to, or still does. `position`: behind what was heard of it. */
  readonly onTone: (digit: string, position: LegSample, pressed: boolean) => void;
  /** The leg's time now. */
  readonly position: () => LegSample;
  readonly timeAt: (position: LegSample) => SharedMs;
}

interface Utterance {
  readonly id: UtteranceId;
  readonly from: number;
  /** Behind its last sound; undefined while it lasts. */
  to: number | undefined;
}

/** What a leg makes of the sound it hears: in-band keys, voice activity, utterances for the recognizer. */
export class SpeechInput {
  readonly #handlers: SpeechInputHandlers;
  readonly #services: LegServices;
  readonly #hearing: LegHearing;
  readonly #detector: SpeechDetector | undefined;
  readonly #buffer: UtteranceBuffer | undefined;
  readonly #echo: EchoControl | undefined;
  readonly #utterances: Utterance[] = [];
  #keys: DtmfDetector | undefined;
  /** What is heard is a secret: looked at for the tones of keys, and for nothing else. */
  #hidden = false;
  #count = 0;
  #onHold = false;
  #deaf = false;

  /** @param listens - whether speech is looked for at all */
  constructor(handlers: SpeechInputHandlers, services: LegServices, listens: boolean) {
    this.#handlers = handlers;
    this.#services = services;
    this.#hearing = new LegHearing({
      hear: (at, frame, hole) => this.#hear(at, frame, hole),
      patch: (at, samples, count) => {
        if (!this.#hidden) this.#buffer?.write(at, samples, count);
      },
      shifted: (samples) => this.#echo?.shifted(samples),
      jumped: (to) => {
        this.#keys?.reset();
        this.#detector?.jump(to);
      },
    });
    if (!listens || services.options.voiceActivity === 'off') return;
    this.#buffer = new UtteranceBuffer();
    this.#echo = new EchoControl();
    this.#detector = new SpeechDetector({ silero: services.silero(), onEvent: (event) => this.#onSpeech(event) });
    this.#detector.policy(FIRST_POLICY);
  }

  /** Times that energy alone had to decide. */
  get fallbacks(): number {
    return this.#detector?.counts.fallbacks ?? 0;
  }

  useMedia(media: NegotiatedMedia): void {
    const wanted = this.#services.options.inbandDtmf && media.eventTypes.length === 0;
    if (!wanted) this.#keys = undefined;
    else this.#keys ??= new DtmfDetector();
    this.#onHold = media.held;
    if (!media.held) return;
    // what comes now is the far end's music
    this.#detector?.endNow();
    this.#hearing.pause();
  }

  /**
   * What the far end hears of us, and may send back. Frames in order; what is left out was silence.
   *
   * @param at - position of its first sample
   * @param samples - 160 of them; undefined: silence
   */
  played(at: LegSample, samples: Int16Array | undefined): void {
    if (this.#echo === undefined || this.#deaf) return;
    this.#echo.played.play(at, samples);
  }

  hear(packet: HeardPacket): void {
    if (this.#listening) this.#hearing.hear(packet);
  }

  /** Time passes. */
  tick(now: LegSample): void {
    if (this.#listening) this.#hearing.tick(now);
  }

  /** Nothing of what is heard reaches a recognizer: it hears silence. */
  hide(on: boolean): void {
    this.#hidden = on;
  }

  listen(policy: TurnPolicy | undefined): void {
    this.#deaf = policy === undefined;
    this.#detector?.policy(policy);
  }

  endUtterance(utterance: UtteranceId): void {
    const current = this.#utterances[0];
    if (current?.id === utterance && current.to === undefined) this.#detector?.endNow();
  }

  /** Sends what the utterance holds up to now to the speech worker. */
  submit(id: UtteranceId, job: number): void {
    const utterance = this.#utterances.find((one) => one.id === id);
    if (utterance === undefined || this.#buffer === undefined) return;
    const samples = this.#buffer.copy(
      utterance.from,
      utterance.to === undefined ? this.#buffer.end : utterance.to + TAIL,
    );
    this.#services.speech({ type: 'utterance', job, samples }, [samples.buffer]);
  }

  close(): void {
    this.#detector?.close();
  }

  get #listening(): boolean {
    return !this.#onHold && (this.#keys !== undefined || this.#detector !== undefined);
  }

  #hear(at: LegSample, frame: Int16Array, hole: boolean): void {
    this.#listen(at, frame, hole);
    const keys = this.#keys;
    if (keys === undefined) return;
    const pressed = keys.hear(frame);
    const { down } = keys;
    if (pressed !== undefined) this.#handlers.onTone(pressed, legSample(at + FRAME_SAMPLES), true);
    else if (down !== '') this.#handlers.onTone(down, legSample(at + FRAME_SAMPLES), false);
  }

  /** What recognizers and voice activity get: without what is hidden, and without our own voice. */
  #listen(at: LegSample, frame: Int16Array, hole: boolean): void {
    if (this.#hidden || this.#deaf || this.#echo === undefined) {
      const heard = this.#hidden ? SILENCE : frame;
      this.#buffer?.write(at, heard, FRAME_SAMPLES);
      this.#detector?.hear(at, heard);
      return;
    }
    clean.set(frame);
    const source = this.#echo.hear(at, clean, this.#handlers.position(), hole);
    this.#buffer?.write(at, clean, FRAME_SAMPLES);
    this.#detector?.hear(at, clean, source);
  }

  #onSpeech(event: SpeechEvent): void {
    const { emit, timeAt, pause } = this.#handlers;
    if (event.type === 'speech-began') {
      const utterance = ++this.#count as UtteranceId;
      this.#utterances.unshift({ id: utterance, from: event.from, to: undefined });
      this.#utterances.length = Math.min(this.#utterances.length, REMEMBERED);
      this.#buffer?.retain(event.from);
      emit({ type: 'speech-began', utterance, at: timeAt(event.at), paused: pause() });
      return;
    }
    const current = this.#utterances[0];
    if (current === undefined) return;
    const utterance = current.id;
    if (event.type === 'speech-paused') emit({ type: 'speech-paused', utterance, at: timeAt(event.at) });
    else if (event.type === 'speech-ended') {
      current.to = event.endedAt;
      emit({
        type: 'speech-ended',
        utterance,
        endedAt: timeAt(event.endedAt),
        speech: ms(event.speech / PER_MS),
      });
    } else emit({ type: event.type, utterance });
  }
}
