import type { SharedMs } from '../../domain/units.ts';
import type { DialogueEvent, Heard, Listening } from '../../dialogue/dialogue.ts';
import type { CallFact } from '../../domain/call-event.ts';
import type { Secret } from '../../domain/secret.ts';
import type { PlaybackId, UtteranceId } from '../../media/media-server.ts';
import type { DecodeKind, Transcript } from '../../speech/speech-service.ts';
import { type Collected, noKeys } from './digit-collector.ts';

/* The state of a turn, what happens to it and what it causes; and the few moves that speech and keys share. */

/** `no-answer`: nothing that means anything has been heard since it was the caller's turn. */
export type TurnTimer = 'terminator' | 'no-input' | 'inter-digit' | 'max-speech' | 'complete' | 'no-answer';

/** A transcript whose words have been interpreted. */
export interface UnderstoodTranscript extends Omit<Transcript, 'hypotheses'> {
  /** Best first. */
  readonly hypotheses: readonly Heard[];
}

/** What recognition made of an utterance, and whether the dialogue makes something of it. */
export interface Guess {
  /** undefined: recognition failed. */
  readonly transcript: UnderstoodTranscript | undefined;
  readonly understood: boolean;
  readonly speculative: boolean;
  /** It failed because too much was to be recognised. */
  readonly overloaded: boolean;
}

/** What the caller is saying at the moment. */
export interface Hearing {
  readonly utterance: UtteranceId;
  readonly overPrompt: boolean;
  /** The playback that its onset paused, until it is stopped or resumed. */
  readonly paused: PlaybackId | undefined;
  /** Words were heard: the playback stays paused until it is known what they mean. */
  readonly committed: boolean;
  /** It was ended because it went on for too long. */
  readonly cut: boolean;
  readonly silentSince: SharedMs | undefined;
  readonly ended: SharedMs | undefined;
  /** What is known of it, as long as nothing was said after that. */
  readonly guess: Guess | undefined;
  readonly decoding: 'speculative' | 'final' | undefined;
}

export interface Turn {
  readonly listening: Listening | undefined;
  readonly bargeIn: 'none' | 'keys' | 'speech' | 'both';
  /** Queued or playing, oldest first. */
  readonly playing: readonly PlaybackId[];
  readonly hearing: Hearing | undefined;
  /**
   * Utterances that are over and were followed by another one, oldest first. The first is being decoded; the others are,
   * too, or are known and wait for those before them.
   */
  readonly awaited: readonly Hearing[];
  /** Times that what plays was paused by what meant nothing. */
  readonly falseStarts: number;
  readonly collected: Collected;
  /** Keys pressed while nothing listened (type-ahead). */
  readonly ahead: readonly (string | Secret)[];
  /** The first key locks the turn to the keypad: mumbling cannot break digit entry. */
  readonly keypad: boolean;
  /** The last entry was over by its length: a '#' that comes now is still part of it. */
  readonly terminating: boolean;
  readonly failures: number;
  /** Turns in a row in which somebody spoke all the time and nothing was understood. */
  readonly unheard: number;
}

export type TurnEvent =
  | { readonly type: 'queued'; readonly playbacks: readonly PlaybackId[]; readonly bargeIn: Turn['bargeIn'] }
  | { readonly type: 'listen'; readonly listening: Listening }
  | { readonly type: 'playback-finished'; readonly playback: PlaybackId }
  | { readonly type: 'speech-began'; readonly utterance: UtteranceId; readonly paused: PlaybackId | undefined }
  | { readonly type: 'speech-sustained'; readonly utterance: UtteranceId }
  | { readonly type: 'speech-paused'; readonly utterance: UtteranceId; readonly at: SharedMs }
  | { readonly type: 'speech-resumed'; readonly utterance: UtteranceId }
  | { readonly type: 'speech-dismissed'; readonly utterance: UtteranceId }
  | { readonly type: 'speech-ended'; readonly utterance: UtteranceId; readonly endedAt: SharedMs }
  /**
   * `meant`: the best hypothesis is a whole answer; of a partial one, its words mean something here. `extendable`: more
   * could be said after it. `understood`: the dialogue makes something of it; not known of a partial one.
   */
  | {
      readonly type: 'decoded';
      readonly utterance: UtteranceId;
      readonly kind: DecodeKind;
      readonly transcript: UnderstoodTranscript;
      readonly meant: boolean;
      readonly extendable: boolean;
      readonly understood: boolean;
      readonly at: SharedMs;
    }
  | {
      readonly type: 'decode-failed';
      readonly utterance: UtteranceId;
      readonly kind: DecodeKind;
      readonly code: string;
    }
  | { readonly type: 'key'; readonly key: string | Secret }
  | { readonly type: 'timer'; readonly timer: TurnTimer };

type Omitted<F> = F extends unknown ? Omit<F, 'turn'> : never;
export type TurnFact =
  | Omitted<Extract<CallFact, { readonly type: 'speech-began' | 'keys-only' }>>
  | { readonly type: 'barge-in'; readonly by: 'speech' | 'key'; readonly outcome: 'committed' | 'false' }
  | RecognizedFact;
/** The contact adds times and masks. */
interface RecognizedFact {
  readonly type: 'recognized';
  readonly transcript: UnderstoodTranscript | undefined;
  readonly speculative: boolean;
}

export type TurnEffect =
  | { readonly do: 'decode'; readonly utterance: UtteranceId; readonly kind: DecodeKind }
  | { readonly do: 'cancel-decodes' }
  | { readonly do: 'end-utterance'; readonly utterance: UtteranceId }
  | { readonly do: 'stop-playback' }
  | { readonly do: 'resume-playback'; readonly playback: PlaybackId }
  | { readonly do: 'start-timer'; readonly timer: TurnTimer; readonly ms: number }
  | { readonly do: 'stop-timer'; readonly timer: TurnTimer }
  /** The turn is over. `endedAt`: when the caller's speech ended, if it was speech. */
  | { readonly do: 'deliver'; readonly event: DialogueEvent; readonly endedAt: SharedMs | undefined }
  | { readonly do: 'report'; readonly fact: TurnFact };

export type TurnStep = readonly [Turn, ...TurnEffect[]];
export const to = (...next: TurnStep): TurnStep => next;

export const silentTurn: Turn = {
  listening: undefined,
  bargeIn: 'none',
  playing: [],
  hearing: undefined,
  awaited: [],
  falseStarts: 0,
  collected: noKeys,
  ahead: [],
  keypad: false,
  terminating: false,
  failures: 0,
  unheard: 0,
};

const stopTimers: readonly TurnEffect[] = (
  ['no-input', 'inter-digit', 'max-speech', 'complete', 'no-answer'] as const
).map((timer) => ({ do: 'stop-timer', timer }));

/** Speech counts now: something listens for it, no key was pressed, and what plays may be interrupted by it. */
export const listensForSpeech = (now: Turn): boolean =>
  now.listening?.speech !== undefined &&
  !now.keypad &&
  (now.playing.length === 0 || now.bargeIn === 'speech' || now.bargeIn === 'both');

/** The caller is saying something where it may be an answer; where only keys are, it is silence. */
export const speaksToUs = ({ hearing, awaited, listening }: Turn): boolean =>
  (hearing !== undefined || awaited.length > 0) && listening?.speech !== undefined;

/** The caller's silence counts from now, if it is really their turn. */
export const awaitInput = (now: Turn): readonly TurnEffect[] =>
  now.listening === undefined || now.playing.length > 0 || speaksToUs(now) || now.keypad
    ? []
    : [{ do: 'start-timer', timer: 'no-input', ms: now.listening.noInputMs }];

/** Noise and the talk of others must not keep a caller waiting for ever: a no-match comes within 30 s. */
const NO_ANSWER_MS = 25_000;

/** It is the caller's turn from now on: limits how long that may go on without an answer. */
export const limitTurn = ({ listening, playing }: Turn): readonly TurnEffect[] =>
  listening?.speech === undefined || playing.length > 0
    ? []
    : [
        {
          do: 'start-timer',
          timer: 'no-answer',
          ms: Math.max(NO_ANSWER_MS, listening.noInputMs + listening.maxSpeechMs),
        },
      ];

/** Ends the turn: nothing plays or listens any more until the dialogue says so. */
export function over(
  now: Turn,
  event: DialogueEvent,
  endedAt: SharedMs | undefined,
  ...before: readonly TurnEffect[]
): TurnStep {
  const silenced: readonly TurnEffect[] =
    now.playing.length > 0 || now.hearing?.paused !== undefined ? [{ do: 'stop-playback' }] : [];
  return to(
    { ...silentTurn, ahead: now.ahead, failures: now.failures, unheard: now.unheard },
    ...silenced,
    ...stopTimers,
    { do: 'cancel-decodes' },
    ...before,
    { do: 'deliver', event, endedAt },
  );
}
