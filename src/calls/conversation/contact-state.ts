import type { SharedMs } from '../../domain/units.ts';
import type { Dialogue, DialogueEffect, DialogueEvent, DialogueState, SpokenPrompt } from '../../dialogue/dialogue.ts';
import type { CallFact, EndReason, TransferOutcome } from '../../domain/call-event.ts';
import type { ContactId, TurnId } from '../../domain/ids.ts';
import type { Secret } from '../../domain/secret.ts';
import type { EndpointEvent, PlaybackId, UtteranceId } from '../../media/media-server.ts';
import type { RecognitionRequest } from '../../speech/speech-service.ts';
import {
  silentTurn,
  type Turn,
  type TurnEffect,
  type TurnEvent,
  type TurnTimer,
  type UnderstoodTranscript,
} from '../turn/turn-state.ts';

/* One caller and the dialogue, as a pure machine: what it is, what happens to it and what it causes. */

export type LookUp = Extract<DialogueEffect, { readonly do: 'look-up' }>;
export type Transfer = Extract<DialogueEffect, { readonly do: 'transfer' }>;
type HangUp = Extract<DialogueEffect, { readonly do: 'hang-up' }>;

export type Phase =
  /** The bot speaks or listens. */
  | { readonly at: 'talking' }
  /** The bank was asked; these have not been answered yet. */
  | { readonly at: 'looking-up'; readonly ids: readonly number[] }
  /** The last words play; what follows them waits until they have been heard. */
  | { readonly at: 'closing'; readonly leave: Transfer | HangUp }
  /** A person is being rung or talks with the caller: the bot neither speaks nor listens. */
  | { readonly at: 'with-person' }
  /** The caller's media is gone; what the dialogue should hear waits. */
  | { readonly at: 'disturbed'; readonly before: UndisturbedPhase }
  /** The call was asked to end. */
  | { readonly at: 'over' };
type UndisturbedPhase = Exclude<Phase, { readonly at: 'disturbed' }>;

/** From outside the dialogue: time is up, the server goes down. */
export type Interruption = Extract<DialogueEvent, { readonly type: 'time-up' | 'shutdown' }>;

/** News for the dialogue. `endedAt`: the end of the caller's speech. `interrupts`: what plays or listens ends first. */
export interface News {
  readonly event: DialogueEvent;
  readonly endedAt: SharedMs | undefined;
  readonly interrupts: boolean;
}

export type KeyVia = Extract<CallFact, { readonly type: 'digits-keyed' }>['via'];
/** Why a question is asked for keys alone. */
export type Deafness = Extract<CallFact, { readonly type: 'keys-only' }>['because'];

export interface Contact {
  readonly phase: Phase;
  readonly dialogue: DialogueState | undefined;
  /** The dialplan's name for where the dialogue is. */
  readonly stateName: string;
  readonly turn: Turn;
  /** What the bot does in answer to one event has one id. */
  readonly turnNumber: number;
  readonly turnId: TurnId;
  /** What the dialogue asked for and has not been done yet: an effect that needs an answer is waited for. */
  readonly ahead: readonly DialogueEffect[];
  /** What the dialogue has yet to hear, oldest first. */
  readonly inbox: readonly News[];
  /** What was last said and listened for: a disturbance makes us repeat it. */
  readonly lastSaid: readonly DialogueEffect[];
  /** A secret entry is open: the recording is masked. */
  readonly secure: boolean;
  readonly keyVia: KeyVia;
  /** From the caller's first sound over a prompt until the prompt was silent. */
  readonly pausedAfterMs: number;
  /** Dead air is being timed. */
  readonly deadAir: boolean;
  /** A person waits for the caller, whom the bot verifies: where the dialogue stood, and how it had asked for them. */
  readonly awaited: WaitingPerson | undefined;
  /** The call has to end, and the dialogue is no longer asked. */
  readonly dismissed: Dismissal | undefined;
}

interface WaitingPerson {
  readonly asked: Transfer;
  readonly dialogue: DialogueState;
  readonly stateName: string;
}

/** What the machine takes from its surroundings; all of it is pure. */
export interface ContactContext {
  readonly contact: ContactId;
  readonly dialogue: Pick<Dialogue, 'start' | 'step' | 'completes' | 'extendable' | 'means' | 'language' | 'place'> & {
    readonly inLanguage: (language: string) => Pick<Dialogue, 'disturbed'>;
  };
  /** There is somebody whom callers can be put through to. */
  readonly person: boolean;
  /** Why nobody should be asked to speak, as of this event. */
  readonly deafness: Deafness | undefined;
}

export const newContact = (contact: ContactId, turnId: TurnId): Contact => ({
  phase: { at: 'talking' },
  dialogue: undefined,
  stateName: 'start',
  turn: silentTurn,
  turnNumber: 0,
  turnId,
  ahead: [],
  inbox: [],
  lastSaid: [],
  secure: false,
  keyVia: 'rfc4733',
  pausedAfterMs: 0,
  deadAir: false,
  awaited: undefined,
  dismissed: undefined,
});

type SpeechEvent = Extract<
  EndpointEvent,
  {
    readonly type:
      | 'speech-sustained'
      | 'speech-paused'
      | 'speech-resumed'
      | 'speech-dismissed'
      | 'speech-ended'
      | 'playback-finished';
  }
>;

/** Times are milliseconds of the shared clock. */
export type ContactEvent =
  | {
      readonly type: 'answered';
      readonly caller: string;
      readonly called?: string;
      readonly divertedFrom?: string;
      /** Where the line is, ISO 8601. */
      readonly today?: string;
    }
  /** The answer to `say`. */
  | { readonly type: 'queued'; readonly playbacks: readonly PlaybackId[]; readonly bargeIn: Turn['bargeIn'] }
  | SpeechEvent
  /** `pausedAfterMs`: from its first sound until now. */
  | (Extract<TurnEvent, { readonly type: 'speech-began' }> & { readonly pausedAfterMs: number })
  | {
      readonly type: 'decoded';
      readonly utterance: UtteranceId;
      readonly kind: RecognitionRequest['kind'];
      readonly transcript: UnderstoodTranscript;
      readonly at: SharedMs;
    }
  | Extract<TurnEvent, { readonly type: 'decode-failed' | 'timer' }>
  | { readonly type: 'key'; readonly key: string | Secret; readonly via: KeyVia }
  | { readonly type: 'dead-air' }
  | { readonly type: 'filler-due'; readonly prompt: SpokenPrompt }
  | {
      readonly type: 'bank-answered';
      readonly asked: LookUp;
      readonly result: Extract<DialogueEvent, { readonly type: 'looked-up' }>['result'];
      readonly tookMs: number;
    }
  /** `gone`: the caller talks to the person without us; `booked`: they are called back, and know it. */
  | {
      readonly type: 'person-left';
      readonly gone: boolean;
      readonly booked?: boolean;
      readonly outcome: TransferOutcome;
    }
  /** The person waits: the bot is to verify the caller again, and to come back by the same transfer. */
  | { readonly type: 'person-waits'; readonly asked: Transfer }
  /** The person does not wait any longer, and has the caller again, whatever the bot has come to. */
  | { readonly type: 'taken-back' }
  | { readonly type: 'interrupted'; readonly by: Interruption }
  | { readonly type: 'disturbed' }
  | { readonly type: 'restored' }
  /** The caller has to know something: it is said, and then what was last said. */
  | { readonly type: 'announced'; readonly prompt: SpokenPrompt }
  /** The call has to end: with this goodbye, at once or when the person has left. */
  | { readonly type: 'dismissed'; readonly by: Dismissal };

export interface Dismissal {
  readonly goodbye: SpokenPrompt;
  readonly because: EndReason;
  /** A talk with a person goes on until one of them leaves. */
  readonly afterPerson: boolean;
}

export type ContactTimer = TurnTimer | 'dead-air';

export type ContactEffect =
  /** To be answered by `queued` before anything else happens. */
  | {
      readonly do: 'say';
      readonly turn: TurnId;
      readonly prompts: readonly SpokenPrompt[];
      readonly bargeIn: Turn['bargeIn'];
    }
  /** From here, or from `endedAt`, the latency of the first audio counts. */
  | { readonly do: 'time-first-audio'; readonly turn: TurnId; readonly endedAt: SharedMs | undefined }
  | { readonly do: 'listen'; readonly incompleteMs: number }
  | { readonly do: 'decode'; readonly utterance: UtteranceId; readonly request: RecognitionRequest }
  /** `interrupted`: by the caller; the journal says so of the prompts. */
  | { readonly do: 'stop-playback'; readonly interrupted: boolean }
  | Extract<TurnEffect, { readonly do: 'cancel-decodes' | 'end-utterance' | 'resume-playback' }>
  | { readonly do: 'start-timer'; readonly timer: ContactTimer; readonly ms: number }
  | { readonly do: 'stop-timer'; readonly timer: ContactTimer }
  | { readonly do: 'stop-timers' }
  /** Masks the recording from here on, or no longer. */
  | { readonly do: 'secure'; readonly on: boolean }
  | { readonly do: 'look-up'; readonly asked: LookUp }
  | { readonly do: 'transfer'; readonly asked: Transfer }
  | HangUp
  | { readonly do: 'note'; readonly fact: CallFact };

export type ContactStep = readonly [Contact, ...ContactEffect[]];
