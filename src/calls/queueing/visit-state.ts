import type { TransferTarget } from '../../agents/agent-desk.ts';
import type { TalkCommand } from '../../agents/attended-entry.ts';
import type { CallFact, TransferOutcome } from '../../domain/call-event.ts';
import type { ErrorCode } from '../../domain/error.ts';
import type { ContactId, LegId } from '../../domain/ids.ts';
import type { Standing } from '../../queues/expected-wait.ts';
import type { QueueEvent } from '../../queues/queue-event.ts';
import type { AgentId, EntryId, Needs, QueueName, QueueRow, Refusal } from '../../queues/queue-fact.ts';
import type { RefusedBecause } from './refusals.ts';
import type { WallMs } from '../../domain/units.ts';

/* A customer's call in the queues, from asking for an agent until the bot goes on: what it is, what happens to it and what it causes. */

/** How far the way to the agent who is offered the customer has come. */
export type OfferedLine =
  | 'reaching'
  /** The agent can be heard. */
  | 'ready'
  /** Who calls is whispered to the agent, or was. */
  | 'briefed'
  /** It has ended, or was given up: the row that ends the offer is on its way, or that of an answer which was told before. */
  | 'gone';

export interface Offered {
  readonly at: 'offered';
  readonly agent: AgentId;
  readonly fence: number;
  readonly line: OfferedLine;
  /** The agent has said yes; they are joined when the way to them and the journal are ready. */
  readonly accepted: boolean;
  /** The journal was told of the answer. */
  readonly told: boolean;
}

export interface Talking {
  readonly at: 'talking';
  readonly agent: AgentId;
  readonly fence: number;
  readonly since: WallMs;
  readonly held: boolean;
  /** The agent's browser or telephone has gone, and may come back. */
  readonly away: boolean;
  /** The bot verifies the customer again, and the agent waits. */
  readonly verifying?: true;
  /** Whom the agent has called in; the customer is on hold until all three talk. */
  readonly consult?: Consult;
}

export interface Consult {
  /** Which one of this visit. */
  readonly n: number;
  readonly to: TransferTarget;
  /** Being called; talking to the agent alone; talking to both. */
  readonly state: 'ringing' | 'consulting' | 'joined';
}

/** The customer is asked where they are to be called back. */
export interface Booking {
  readonly at: 'booking';
  /** Why they were not let in; undefined: they wait meanwhile. */
  readonly refused: Refusal | undefined;
  /** Whether they want it at all; whether at their own number; the number; whether it is right; then it is written down. */
  readonly stage: 'wanted' | 'own' | 'keying' | 'keyed' | 'keeping';
  readonly number: string;
  /** How often the question was asked. */
  readonly asked: number;
  /** They have hung up, having said all. */
  readonly gone: boolean;
}

export type Place =
  | { readonly at: 'asking' }
  | { readonly at: 'waiting' }
  | Booking
  | Offered
  | Talking
  /** The agent has left; the customer is asked how satisfied they are. */
  | { readonly at: 'rating'; readonly agent: AgentId }
  /** The bot verifies the customer again; the agent who asked for it has gone. */
  | { readonly at: 'lent'; readonly agent: AgentId }
  /** Last words, after which the bot goes on. */
  | { readonly at: 'parting'; readonly outcome: TransferOutcome }
  | { readonly at: 'over' };

export interface Visit {
  readonly contact: ContactId;
  readonly entry: EntryId;
  readonly queue: QueueName;
  readonly needs: Needs;
  readonly place: Place;
  /** Unix ms, when the customer asked. */
  readonly askedAt: WallMs;
  /** Somebody has been talked to. */
  readonly answered: boolean;
  /** How many announcements in a row came while nobody could come. */
  readonly stranded: number;
  /** How many consultations have begun. */
  readonly consults: number;
  /** They have heard that they can be called back. */
  readonly callbackOffered: boolean;
  /** An agent who was offered them did not come. */
  readonly missed: boolean;
  /** They are to be called back, and their call ends. */
  readonly booked: boolean;
}

/** Why nobody can come to somebody who waits, until that changes. */
export type Stranded = 'unstaffed' | 'unknown-queue' | 'not-written';

export type LineEnd = 'no-answer' | 'declined' | 'failed' | 'unreachable';

export type VisitEvent =
  | { readonly type: 'began' }
  /** Of the entry, or the refusal of the contact. @param next - of the entry, should there be another one */
  | { readonly type: 'row'; readonly row: QueueRow; readonly next: EntryId }
  /** The journal does not take what happens. */
  | { readonly type: 'not-written' }
  | { readonly type: 'customer-left' }
  | { readonly type: 'customer-key'; readonly key: string }
  /** There is no callback: it could not be written down, or there is no room. */
  | { readonly type: 'not-booked' }
  /** What was said to the customer last has been heard. */
  | { readonly type: 'heard' }
  /** The way to the agent who is offered the customer; `whispers`: they hear who calls, and accept by a key. */
  | { readonly type: 'line-ready'; readonly fence: number; readonly whispers: boolean }
  | { readonly type: 'line-failed'; readonly fence: number; readonly because: LineEnd }
  /** `left`: they hung up; `lost`: their media is gone. */
  | { readonly type: 'line-ended'; readonly fence: number; readonly because: 'left' | 'lost' }
  | { readonly type: 'line-away'; readonly fence: number }
  | { readonly type: 'line-back'; readonly fence: number }
  | { readonly type: 'agent-key'; readonly fence: number; readonly key: string }
  /** Who is consulted talks to the agent. */
  | { readonly type: 'consulted-answered'; readonly n: number }
  /** Who is consulted was not reached, or has left. */
  | { readonly type: 'consult-over'; readonly n: number }
  /** Nobody waits any more for whom this visit was made. */
  | { readonly type: 'called-off' }
  /** The bot has verified the customer, or has given it up. */
  | { readonly type: 'bot-came-back'; readonly next: EntryId }
  | { readonly type: 'commanded'; readonly command: TalkCommand; readonly next: EntryId }
  | { readonly type: 'timer'; readonly timer: VisitTimer; readonly next: EntryId };

export type VisitTimer = 'announce' | 'agent-returns' | 'rating' | 'verified' | 'booking';

/** Of being called back: a question, or what became of it. */
export type CallbackWords = 'wanted' | 'own' | 'key' | 'not-called' | 'keyed' | 'booked' | 'pending' | 'not-booked';

/** What is said to the customer. */
export type Announcement =
  | { readonly say: 'standing'; readonly standing: Standing; readonly callback: boolean }
  | { readonly say: 'callback'; readonly what: CallbackWords; readonly number?: string; readonly because?: Refusal }
  | { readonly say: 'refused'; readonly because: Refusal }
  | { readonly say: 'not-written' }
  | { readonly say: 'another-agent' }
  | { readonly say: 'satisfaction' }
  | { readonly say: 'rated' };

export type VisitEffect =
  | { readonly do: 'tell'; readonly event: QueueEvent }
  /** Music until something else is said or somebody is joined. */
  | { readonly do: 'music' }
  /** `after`: music, or nothing; the end is told as `heard` with nothing. */
  | { readonly do: 'say'; readonly what: Announcement; readonly after: 'music' | 'nothing' }
  | { readonly do: 'quiet' }
  | { readonly do: 'reach'; readonly agent: AgentId; readonly fence: number; readonly until: WallMs }
  | { readonly do: 'brief' }
  | { readonly do: 'join' }
  | { readonly do: 'part' }
  /** The way to the agent is given up. */
  | { readonly do: 'release' }
  | { readonly do: 'consult'; readonly to: TransferTarget; readonly n: number }
  | { readonly do: 'end-consult' }
  /** The bot has the customer for a while; or is told to give them back. */
  | { readonly do: 'lend' }
  | { readonly do: 'take-back' }
  /** The customer is left to who was consulted. */
  | { readonly do: 'hand-over' }
  /** The conversation has begun, or something of it changed. */
  | { readonly do: 'show' }
  | { readonly do: 'start-timer'; readonly timer: VisitTimer; readonly ms: number }
  | { readonly do: 'stop-timer'; readonly timer: VisitTimer }
  | { readonly do: 'note'; readonly fact: CallFact }
  /** What both say is left out of the recording, or not any more. */
  | { readonly do: 'pause'; readonly paused: boolean; readonly agent: AgentId }
  /** The command cannot be done. */
  | {
      readonly do: 'refuse';
      readonly code: ErrorCode;
      readonly because?: RefusedBecause;
      readonly text: string;
    }
  /** The number is kept, and the queues are told. Without `number`: the one that they call from. `waits`: the entry is in the queue. */
  | { readonly do: 'book'; readonly number: string | undefined; readonly waits: boolean }
  /** `to`: the customer is put through to that number; `booked`: there is nothing left to be said. */
  | {
      readonly do: 'finish';
      readonly outcome: TransferOutcome;
      readonly to: string | undefined;
      readonly booked?: boolean;
    };

/** What the machine takes from its surroundings. */
export interface VisitContext {
  /** Unix ms. */
  readonly at: WallMs;
  readonly incarnation: string;
  /** Keyed hash of the customer's number. */
  readonly customer: string | undefined;
  /** Undefined: the customer does not wait. */
  readonly standing: () => Standing | undefined;
  readonly agentLeg: LegId | undefined;
  /** Of the dialplan: what the answer about satisfaction is counted for. */
  readonly flow: string;
  readonly flowVersion: number;
  /** Undefined: somebody may come. */
  readonly stranded: () => Stranded | undefined;
  /** Where a customer can be passed on to; undefined: it is possible. */
  readonly refusalOf: (to: TransferTarget) => RefusedBecause | undefined;
  /** The dialplan has a way to verify the customer again. */
  readonly canVerify: boolean;
  /** Whether the customer has been verified since that was asked for. */
  readonly verified: () => boolean;
  /** The visit is made for an agent who consults, not for the customer. */
  readonly behalf: boolean;
  /** Why nobody can be consulted; undefined: it depends on whom. */
  readonly consultRefusal: RefusedBecause | undefined;
  /** The queue in which an agent would be offered the customer. */
  readonly queueOf: (to: TransferTarget) => QueueName | undefined;
  /** Whether the customer is to be offered a callback: because they wait, were not let in, or an agent did not come. */
  readonly offersCallback: (because?: Refusal | 'missed') => boolean;
  /** The number that they call from, where it can be called. */
  readonly ownNumber: string | undefined;
  readonly mayCall: (number: string) => boolean;
  /** The customer was called back, and is there. */
  readonly calledBack: { readonly fence: number } | undefined;
}

export type VisitStep = readonly [Visit, ...VisitEffect[]];

export const newVisit = (visit: Pick<Visit, 'contact' | 'entry' | 'queue' | 'needs' | 'askedAt'>): Visit => ({
  ...visit,
  place: { at: 'asking' },
  answered: false,
  stranded: 0,
  consults: 0,
  callbackOffered: false,
  missed: false,
  booked: false,
});
