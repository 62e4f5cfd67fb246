import {
  type Consult,
  newVisit,
  type Offered,
  type Place,
  type Talking,
  type Visit,
  type VisitContext,
  type VisitEvent,
} from '../../src/calls/queueing/visit-state.ts';
import type { ContactId } from '../../src/domain/ids.ts';
import type { QueueFact, QueueRow } from '../../src/queues/queue-fact.ts';
import { wallMs } from '../../src/domain/units.ts';

/* A visit of the queues in every place that there is, and everything that can happen to it. */

export const CONTACT = 'c' as ContactId;
const FENCE = 7;

export const CONTEXT: VisitContext = {
  at: wallMs(50_000),
  incarnation: 'i',
  customer: 'hash',
  standing: () => ({ position: 2, expectedWaitMs: 60_000 }),
  agentLeg: undefined,
  flow: 'bank',
  flowVersion: 3,
  stranded: () => undefined,
  refusalOf: (to) => ('queue' in to && to.queue === 'closed' ? 'closed' : undefined),
  canVerify: true,
  verified: () => false,
  behalf: false,
  consultRefusal: undefined,
  queueOf: (to) => ('queue' in to ? to.queue : 'agent' in to ? 'service' : undefined),
  offersCallback: () => false,
  ownNumber: '+15550104567',
  mayCall: (number) => number !== '900',
  calledBack: undefined,
};

export const row = (fact: QueueFact): VisitEvent => ({
  type: 'row',
  next: 'e2',
  row: { v: 1, seq: FENCE, at: 20_000, by: 'node', ...fact } as QueueRow,
});

const offered = (more: Partial<Offered>): Offered => ({
  at: 'offered',
  agent: 'wei',
  fence: FENCE,
  line: 'reaching',
  accepted: false,
  told: false,
  ...more,
});
const talking = (more: Partial<Talking> = {}): Talking => ({
  at: 'talking',
  agent: 'wei',
  fence: FENCE,
  since: wallMs(20_000),
  held: false,
  away: false,
  ...more,
});

const consult = (state: Consult['state']): Consult => ({ n: 1, to: { queue: 'cards' }, state });

export const PLACES = {
  asking: { at: 'asking' },
  waiting: { at: 'waiting' },
  reaching: offered({}),
  hasty: offered({ accepted: true }),
  ready: offered({ line: 'ready' }),
  briefed: offered({ line: 'briefed' }),
  told: offered({ line: 'ready', accepted: true, told: true }),
  gone: offered({ line: 'gone' }),
  missed: offered({ line: 'gone', accepted: true, told: true }),
  talking: talking(),
  held: talking({ held: true }),
  away: talking({ away: true }),
  rating: { at: 'rating', agent: 'wei' },
  parting: { at: 'parting', outcome: 'busy' },
  calling: talking({ held: true, consult: consult('ringing') }),
  consulting: talking({ held: true, consult: consult('consulting') }),
  three: talking({ consult: consult('joined') }),
  aside: talking({ held: true, away: true, consult: consult('consulting') }),
  apart: talking({ away: true, consult: consult('joined') }),
  verifying: talking({ held: true, verifying: true }),
  unheard: talking({ held: true, verifying: true, away: true }),
  lent: { at: 'lent', agent: 'wei' },
  over: { at: 'over' },
} as const satisfies Record<string, Place>;
export type PlaceName = keyof typeof PLACES;

export const visitAt = (place: Place): Visit => ({
  ...newVisit({ contact: CONTACT, entry: 'e', queue: 'service', needs: { skills: {} }, askedAt: wallMs(1_000) }),
  place,
  consults: place.at === 'talking' && place.consult !== undefined ? place.consult.n : 0,
});

const CONSULTS = {
  ringing: ['calling', 'calling-away'],
  consulting: ['consulting', 'aside'],
  joined: ['three', 'apart'],
} as const;

/** What a place is called in the table. */
export function nameOf(place: Place): string {
  switch (place.at) {
    case 'offered':
      if (place.line === 'gone') return place.told ? 'missed' : 'gone';
      if (place.told) return 'told';
      if (place.line !== 'reaching') return place.line;
      return place.accepted ? 'hasty' : 'reaching';
    case 'talking':
      if (place.consult !== undefined) return CONSULTS[place.consult.state][place.away ? 1 : 0];
      if (place.verifying === true) return place.away ? 'unheard' : 'verifying';
      return place.away ? 'away' : place.held ? 'held' : 'talking';
    default:
      return place.at;
  }
}

const offer = { entry: 'e', agent: 'wei', fence: FENCE } as const;
const command = (what: Extract<VisitEvent, { type: 'commanded' }>['command']): VisitEvent => ({
  type: 'commanded',
  command: what,
  next: 'e2',
});

export const EVENTS = {
  began: { type: 'began' },
  joined: row({
    type: 'entry-joined',
    entry: 'e',
    contact: CONTACT,
    queue: 'service',
    kind: 'call',
    rules: '',
    place: 1,
    waiting_since: wallMs(1_000),
    priority: 0,
    needs: { skills: {} },
  }),
  refused: row({ type: 'entry-refused', contact: CONTACT, queue: 'service', because: 'full' }),
  offered: row({ type: 'entry-offered', ...offer, until: wallMs(40_000), ring: 0 }),
  'offer-ended': row({ type: 'offer-ended', ...offer, because: 'no-answer', agent_state: 'not-answering' }),
  answered: row({ type: 'entry-answered', ...offer }),
  ended: row({ type: 'entry-ended', entry: 'e', because: 'node-lost' }),
  'not-written': { type: 'not-written' },
  left: { type: 'customer-left' },
  'key-3': { type: 'customer-key', key: '3' },
  heard: { type: 'heard' },
  'line-ready': { type: 'line-ready', fence: FENCE, whispers: false },
  'phone-ready': { type: 'line-ready', fence: FENCE, whispers: true },
  'no-answer': { type: 'line-failed', fence: FENCE, because: 'no-answer' },
  unreachable: { type: 'line-failed', fence: FENCE, because: 'unreachable' },
  'agent-left': { type: 'line-ended', fence: FENCE, because: 'left' },
  'agent-lost': { type: 'line-ended', fence: FENCE, because: 'lost' },
  'browser-away': { type: 'line-away', fence: FENCE },
  'browser-back': { type: 'line-back', fence: FENCE },
  'agent-key-1': { type: 'agent-key', fence: FENCE, key: '1' },
  'agent-key-2': { type: 'agent-key', fence: FENCE, key: '2' },
  accept: command({ type: 'accept', fence: FENCE }),
  'accept-late': command({ type: 'accept', fence: FENCE - 1 }),
  decline: command({ type: 'decline', fence: FENCE }),
  hold: command({ type: 'hold', held: true }),
  resume: command({ type: 'hold', held: false }),
  'hang-up': command({ type: 'hang-up' }),
  'to-queue': command({ type: 'transfer', to: { queue: 'cards' } }),
  'to-closed': command({ type: 'transfer', to: { queue: 'closed' } }),
  'to-number': command({ type: 'transfer', to: { number: '95588' } }),
  satisfaction: command({ type: 'return-to-bot', purpose: 'satisfaction' }),
  verify: command({ type: 'return-to-bot', purpose: 'verify' }),
  'take-back': command({ type: 'end-verification' }),
  'bot-back': { type: 'bot-came-back', next: 'e2' },
  announce: { type: 'timer', timer: 'announce', next: 'e2' },
  returns: { type: 'timer', timer: 'agent-returns', next: 'e2' },
  'rating-over': { type: 'timer', timer: 'rating', next: 'e2' },
  'too-long': { type: 'timer', timer: 'verified', next: 'e2' },
  consult: command({ type: 'consult', to: { queue: 'cards' } }),
  'consult-closed': command({ type: 'consult', to: { queue: 'closed' } }),
  consulted: { type: 'consulted-answered', n: 1 },
  'consulted-old': { type: 'consulted-answered', n: 0 },
  'consult-over': { type: 'consult-over', n: 1 },
  conference: command({ type: 'conference' }),
  complete: command({ type: 'complete-transfer' }),
  back: command({ type: 'end-consult' }),
  'called-off': { type: 'called-off' },
} as const satisfies Record<string, VisitEvent>;
export type EventName = keyof typeof EVENTS;
