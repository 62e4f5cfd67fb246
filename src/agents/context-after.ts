import type { CallEvent } from '../domain/call-event.ts';
import { type ContactContext, type ContextLine, newContactContext } from '../domain/contact-context.ts';

export interface ProjectionParts {
  /** −1 (angry) … 1 (content); undefined: the words tell nothing. */
  readonly sentimentOf: (text: string) => number | undefined;
  /** Without the personal data in it. */
  readonly redact: (text: string) => string;
}

const MOST_LINES = 200;
const MOST_INTENTS = 8;
const MOST_TRIED = 20;
/** A turn counts for so much of the trend. */
const TREND_WEIGHT = 0.3;

/** What somebody is told of a value: numbers but for their last four digits are nobody's business. */
const shown = (value: string): string =>
  value.replaceAll(/\d{5,}/g, (digits) => `${'*'.repeat(digits.length - 4)}${digits.slice(-4)}`);

/** The record of a contact, and what the next event of its call is read with. */
export interface FollowedContact {
  readonly context: ContactContext;
  /** Of the words that were recognised last, 0…1. */
  readonly confidence: number;
}

/**
 * The record of a contact after one more event of its call. Pure: the journal gives the same record again.
 *
 * @param line - the sentence that the event tells of, see `lineOf`
 * @returns undefined: the call's beginning was not heard
 */
export function contactAfter(
  before: FollowedContact | undefined,
  event: CallEvent,
  line: ContextLine | undefined,
  parts: Pick<ProjectionParts, 'sentimentOf'>,
): FollowedContact | undefined {
  if (event.type === 'call-offered') return { context: begun(event), confidence: 1 };
  if (before === undefined) return undefined;
  const confidence = event.type === 'recognized' ? event.confidence : before.confidence;
  const { context } = before;
  const heard =
    line === undefined ? context : { ...context, transcript: [...context.transcript, line].slice(-MOST_LINES) };
  return { context: learnt(heard, event, confidence, parts), confidence };
}

const begun = (event: Extract<CallEvent, { type: 'call-offered' }>): ContactContext =>
  newContactContext({
    contact: event.contact,
    since: event.at,
    caller: event.from,
    called: event.to,
    language: '',
    dialplan: { id: '', version: '' },
  });

function learnt(
  now: ContactContext,
  event: CallEvent,
  heard: number,
  parts: Pick<ProjectionParts, 'sentimentOf'>,
): ContactContext {
  switch (event.type) {
    case 'recording-started':
      return { ...now, recording: event.recording };
    case 'state-entered':
      return { ...now, dialplan: { id: event.dialplan, version: String(event.dialplan_version) } };
    case 'recognized':
      return event.outcome === 'match' || event.outcome === 'no-match' ? felt(now, parts.sentimentOf(event.text)) : now;
    case 'intent-matched': {
      const confidence = event.by === 'keys' ? 1 : heard;
      const others = now.intents.filter(({ name }) => name !== event.intent);
      return { ...now, intents: [{ name: event.intent, confidence }, ...others].slice(0, MOST_INTENTS) };
    }
    case 'slot-filled':
      return filled(now, event);
    case 'looked-up':
      return lookedUp(now, event);
    case 'verification-began':
      return { ...now, verifiedAgain: { at: event.at, outcome: 'asked' } };
    case 'verification-ended':
      return { ...now, verifiedAgain: { at: event.at, outcome: event.outcome } };
    case 'no-match':
    case 'no-input':
      return tried(now, 'understand the customer', 'failed');
    case 'agent-missed':
      return tried(now, `offer to ${event.agent}`, event.because === 'declined' ? 'refused' : 'failed');
    case 'transfer-ended':
      return event.outcome === 'completed'
        ? now
        : tried(now, 'transfer', event.outcome === 'declined' ? 'refused' : 'failed');
    default:
      return now;
  }
}

function felt(now: ContactContext, sentiment: number | undefined): ContactContext {
  if (sentiment === undefined) return now;
  const { trend } = now.sentiment;
  return { ...now, sentiment: { now: sentiment, trend: trend + TREND_WEIGHT * (sentiment - trend) } };
}

function filled(now: ContactContext, { slot, value }: Extract<CallEvent, { type: 'slot-filled' }>): ContactContext {
  const slots = { ...now.slots, [slot]: shown(value) };
  if (slot === 'customer' || slot === 'customer-name')
    return { ...now, slots, customer: { products: [], ...now.customer, name: value } };
  if (slot === 'value-class')
    return { ...now, slots, customer: { products: [], name: '', ...now.customer, valueClass: value } };
  if (slot === 'products')
    return { ...now, slots, customer: { name: '', ...now.customer, products: value.split(/[,;]\s*/) } };
  return { ...now, slots };
}

function lookedUp(now: ContactContext, event: Extract<CallEvent, { type: 'looked-up' }>): ContactContext {
  const { service, outcome, at, identified = /verif|authenticat/.test(service) } = event;
  const result = outcome === 'done' ? 'done' : outcome === 'failed' ? 'failed' : 'refused';
  const next = tried(now, service, result);
  if (result !== 'done' || !identified) return next;
  const { verifiedAgain: again } = now;
  const asked = again?.outcome === 'asked';
  return { ...next, verified: { how: service, at }, ...(asked ? { verifiedAgain: { at, outcome: 'verified' } } : {}) };
}

const tried = (
  now: ContactContext,
  what: string,
  result: ContactContext['tried'][number]['result'],
): ContactContext => {
  const last = now.tried.at(-1);
  if (last?.what === what && last.result === result) return now;
  return { ...now, tried: [...now.tried, { what, result }].slice(-MOST_TRIED) };
};

/** The sentence that an event tells of, masked; undefined: none. */
export function lineOf(event: CallEvent, { redact }: Pick<ProjectionParts, 'redact'>): ContextLine | undefined {
  switch (event.type) {
    case 'prompt-started':
      return { at: event.at, side: 'bot', text: event.personal ? '[personal]' : event.text };
    case 'recognized':
      if (event.text === '' || event.outcome === 'not-speech') return undefined;
      return { at: event.at, side: 'customer', text: redact(event.text) };
    default:
      return undefined;
  }
}
