import type { BankServices } from '../../bank/bank-services.ts';
import type {
  ContactContext,
  ContactEffect,
  ContactEvent,
  ContactTimer,
  LookUp,
  Transfer,
} from '../../calls/conversation/contact-state.ts';
import { newContact } from '../../calls/conversation/contact-state.ts';
import { step } from '../../calls/conversation/contact-step.ts';
import { lookUp } from '../../calls/conversation/look-up.ts';
import { type NamedTimers, openNamedTimers } from '../../calls/conversation/named-timers.ts';
import { openUnderstandingStage, type UnderstandingStage } from '../../calls/conversation/understanding-stage.ts';
import type { Dialogue, DialoguePlace } from '../../dialogue/dialogue.ts';
import type { Understanding } from '../../dialogue/understanding.ts';
import type { EndReason } from '../../domain/call-event.ts';
import { type ContactId, turnId } from '../../domain/ids.ts';
import { Secret } from '../../domain/secret.ts';
import { ms, type SampleCount, seconds } from '../../domain/units.ts';
import type { CancelTimer } from '../../lib/clock.ts';
import { silentLogger } from '../../lib/logger.ts';
import type { ManualClock } from '../../lib/manual-clock.ts';
import type { PlaybackId, UtteranceId } from '../../media/media-server.ts';
import type { RecognitionRequest } from '../../speech/speech-service.ts';
import { newRecord, type TrialRecord } from './trial-answer.ts';
import { hearTyped, type TypedSpeech } from './typed-speech.ts';

export interface TrialOptions {
  readonly dialogue: Dialogue;
  readonly bank: BankServices;
  readonly understanding: Understanding;
  readonly clock: ManualClock;
  /** False: whoever is rung does not answer, and the time for which it rings passes. */
  readonly personAnswers: boolean;
  readonly caller: string;
  /** ISO 8601: what "tomorrow" follows. */
  readonly today?: string;
}

type Errand = { readonly bank: LookUp } | { readonly person: Transfer };
interface Decode {
  readonly utterance: UtteranceId;
  readonly request: RecognitionRequest;
}

const TRIAL = 'trial' as ContactId;
/** A script is to come to the same on a busy machine. */
const UNDERSTOOD_WITHIN = seconds(30);
const NO_SAMPLES = 0 as SampleCount;

/** A caller on the machines of a real call, where there is no media: nothing takes time but what the clock is told. */
export class TrialCall {
  readonly #options: TrialOptions;
  readonly #context: ContactContext;
  readonly #stop = new AbortController();
  readonly #timers: NamedTimers<ContactTimer>;
  readonly #understand: UnderstandingStage;
  readonly #cancelTimeUp: CancelTimer;
  readonly #errands: Errand[] = [];
  readonly #decodes: Decode[] = [];
  #now = newContact(TRIAL, turnId(TRIAL, 0));
  #record = newRecord();
  #ended: EndReason | undefined;
  #count = 0;
  #speech: TypedSpeech | undefined;

  constructor(options: TrialOptions) {
    const { dialogue, clock, understanding, caller, today } = options;
    this.#options = options;
    this.#context = { contact: TRIAL, dialogue: this.#noted(dialogue), person: true, deafness: undefined };
    this.#timers = openNamedTimers<ContactTimer>(clock, (timer) =>
      this.#dispatch(timer === 'dead-air' ? { type: 'dead-air' } : { type: 'timer', timer }),
    );
    this.#understand = openUnderstandingStage({
      dialogue,
      understanding,
      state: () => this.#now.dialogue,
      onFailed: () => undefined,
      logger: silentLogger,
      deadline: UNDERSTOOD_WITHIN,
    });
    this.#cancelTimeUp = clock.after(ms(dialogue.maximumCallMs), () =>
      this.#dispatch({ type: 'interrupted', by: { type: 'time-up' } }),
    );
    this.#dispatch({ type: 'answered', caller, ...(today === undefined ? {} : { today }) });
  }

  get ended(): EndReason | undefined {
    return this.#ended;
  }

  get place(): DialoguePlace | undefined {
    const { dialogue } = this.#now;
    return dialogue === undefined ? undefined : this.#options.dialogue.place(dialogue);
  }

  /** What has happened since this was asked last. */
  takeRecord(): TrialRecord {
    const record = this.#record;
    this.#record = newRecord();
    return record;
  }

  say(typed: TypedSpeech): void {
    this.#speech = typed;
    const utterance = ++this.#count as UtteranceId;
    this.#dispatch({ type: 'speech-began', utterance, paused: undefined, pausedAfterMs: 0 });
    this.#dispatch({ type: 'speech-ended', utterance, endedAt: this.#options.clock.shared(), speech: ms(0) });
  }

  press(key: string): void {
    this.#dispatch({ type: 'key', key: this.#now.secure ? new Secret(key) : key, via: 'rfc4733' });
  }

  hangUp(): void {
    this.#ended = 'caller-hung-up';
    this.close();
  }

  close(): void {
    this.#stop.abort();
    this.#timers.stopAll();
    this.#cancelTimeUp();
  }

  /**
   * Until nobody but the caller is waited for.
   *
   * @param heardOut - what plays is heard to its end
   */
  async settle(heardOut: boolean): Promise<void> {
    while (this.#ended === undefined) {
      const decode = this.#decodes.shift();
      const errand = decode === undefined ? this.#errands.shift() : undefined;
      const [playing] = this.#now.turn.playing;
      if (decode !== undefined) await this.#recognize(decode);
      else if (errand !== undefined) await this.#run(errand);
      else if (heardOut && playing !== undefined) this.#playedOut(playing);
      else return;
    }
  }

  /** The dialogue, with a note of what keys mean to it. */
  #noted(dialogue: Dialogue): Dialogue {
    return {
      ...dialogue,
      step: (state, event, input) => {
        const name = event.type === 'keyed' ? dialogue.keyed(state, event.digits) : undefined;
        if (name !== undefined) this.#record.keyed.push(name);
        return dialogue.step(state, event, input);
      },
    };
  }

  #dispatch(event: ContactEvent): void {
    const events = [event];
    for (let next = events.shift(); next !== undefined && this.#ended === undefined; next = events.shift()) {
      const [then, ...effects] = step(this.#context, this.#now, next);
      this.#now = then;
      for (const effect of effects) {
        const answer = this.#carryOut(effect);
        if (answer !== undefined) events.unshift(answer);
      }
    }
  }

  #carryOut(effect: ContactEffect): ContactEvent | undefined {
    switch (effect.do) {
      case 'say': {
        this.#record.bot.push(...effect.prompts.map(({ text }) => text));
        const playbacks = effect.prompts.map(() => ++this.#count as PlaybackId);
        return { type: 'queued', playbacks, bargeIn: effect.bargeIn };
      }
      case 'decode':
        this.#decodes.push(effect);
        return undefined;
      case 'start-timer':
        this.#timers.start(effect.timer, effect.ms);
        return undefined;
      case 'stop-timer':
        this.#timers.stop(effect.timer);
        return undefined;
      case 'stop-timers':
        this.#timers.stopAll();
        return undefined;
      case 'look-up':
        this.#record.actions.push({ name: effect.asked.service, args: argsOf(effect.asked) });
        this.#errands.push({ bank: effect.asked });
        return undefined;
      case 'transfer': {
        const { because, queue, context } = effect.asked;
        const args = { because, ...(queue === undefined ? {} : { queue }), ...context };
        this.#record.actions.push({ name: 'transfer', args });
        this.#errands.push({ person: effect.asked });
        return undefined;
      }
      case 'hang-up':
        this.#ended = effect.because;
        this.close();
        return undefined;
      case 'note':
        this.#record.facts.push(effect.fact);
        return undefined;
      default:
        return undefined; // for media that is not there
    }
  }

  #playedOut(playback: PlaybackId): void {
    const { turnId: turn } = this.#now;
    this.#dispatch({
      type: 'playback-finished',
      playback,
      turn,
      played: NO_SAMPLES,
      error: NO_SAMPLES,
      because: 'end',
    });
  }

  async #recognize({ utterance, request }: Decode): Promise<void> {
    if (this.#speech === undefined) return;
    const transcript = await this.#understand(hearTyped(this.#speech, request), request.kind, this.#stop.signal);
    this.#record.heard.push(...transcript.hypotheses);
    this.#dispatch({ type: 'decoded', utterance, kind: request.kind, transcript, at: this.#options.clock.shared() });
  }

  async #run(errand: Errand): Promise<void> {
    const { bank, clock, personAnswers } = this.#options;
    if ('bank' in errand) {
      const { result, took } = await lookUp(
        errand.bank,
        { bank, clock, logger: silentLogger },
        (prompt) => this.#dispatch({ type: 'filler-due', prompt }),
        this.#stop.signal,
      );
      this.#dispatch({ type: 'bank-answered', asked: errand.bank, result, tookMs: took });
    } else if (personAnswers) {
      this.#record.transferred = true;
      this.#dispatch({ type: 'person-left', gone: false, outcome: 'completed' });
    } else {
      clock.advance(errand.person.ringMs);
      this.#dispatch({ type: 'person-left', gone: false, outcome: 'no-answer' });
    }
  }
}

/** What may be told of them: of secrets the count, and nothing of what is for the bank alone. */
const argsOf = ({ args, confidential = [] }: LookUp): Record<string, string> =>
  Object.fromEntries(
    Object.entries(args).flatMap(([name, value]) => (confidential.includes(name) ? [] : [[name, String(value)]])),
  );
