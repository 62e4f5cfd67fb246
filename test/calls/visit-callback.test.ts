import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { wordsOf } from '../../src/calls/queueing/announcement-words.ts';
import type {
  Booking,
  Place,
  Visit,
  VisitContext,
  VisitEffect,
  VisitEvent,
} from '../../src/calls/queueing/visit-state.ts';
import { step } from '../../src/calls/queueing/visit-step.ts';
import { queuePhrases } from '../../src/language/queue-phrases.ts';
import { CONTACT, CONTEXT, EVENTS, row, visitAt } from './visit-scenes.ts';

/* A customer who waits, or is not let in, is asked where to call them back. */

const booking = (stage: Booking['stage'], more: Partial<Booking> = {}): Booking => ({
  at: 'booking',
  refused: undefined,
  stage,
  number: '',
  asked: 1,
  gone: false,
  ...more,
});
const key = (digit: string): VisitEvent => ({ type: 'customer-key', key: digit });
const waited: VisitEvent = { type: 'timer', timer: 'booking', next: 'e2' };
const became = row({ type: 'entry-became-callback', entry: 'e' });
const merged = row({ type: 'entry-ended', entry: 'e', because: 'merged' });
const OFFERS: VisitContext = { ...CONTEXT, offersCallback: () => true };

const PLACES = {
  wanted: booking('wanted', { refused: 'full' }),
  own: booking('own'),
  keying: booking('keying', { number: '1380' }),
  keyed: booking('keyed', { number: '1380' }),
  keeping: booking('keeping'),
  hungup: booking('keeping', { gone: true }),
  instead: booking('keeping', { refused: 'closed' }),
} as const;
const EVENT = {
  '1': key('1'),
  '2': key('2'),
  '*': key('*'),
  '#': key('#'),
  waited,
  left: EVENTS.left,
  offered: EVENTS.offered,
  became,
  merged,
  'not-booked': { type: 'not-booked' },
  ended: EVENTS.ended,
  pending: row({ type: 'entry-refused', contact: CONTACT, queue: 'service', because: 'callback-pending' }),
} as const satisfies Record<string, VisitEvent>;

/** '.' leaves it there. */
const TABLE = `
           wanted  own      keying   keyed    keeping  hungup  instead
1          own     keeping  .        keeping  .        .       .
2          .       keying   .        keying   .        .       .
*          over    waiting  waiting  waiting  .        .       .
#          .       .        keyed    .        .        .       .
waited     over    .        keyed    .        .        .       .
left       over    over     over     over     hungup   .       hungup
offered    .       offered  offered  offered  offered  over    .
became     parting parting  parting  parting  parting  over    parting
merged     parting parting  parting  parting  parting  over    parting
not-booked .       .        .        .        waiting  over    parting
ended      .       over     over     over     over     over    .
pending    parting parting  parting  parting  parting  over    parting
`;
const [head = [], ...lines] = TABLE.trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/));

const nameOf = (place: Place): string => (place.at === 'booking' ? (place.gone ? 'hungup' : place.stage) : place.at);

describe.each(lines.map(([event = '', ...to]) => [event as keyof typeof EVENT, to] as const))('%s', (event, to) => {
  test.each(head.map((place, n) => [place as keyof typeof PLACES, to[n] ?? ''] as const))(
    'from %s to %s',
    (place, expected) => {
      // nobody is offered who is not in the queue
      if (PLACES[place].refused !== undefined && (event === 'offered' || event === 'became' || event === 'merged'))
        return;
      const [next] = step(OFFERS, visitAt(PLACES[place]), EVENT[event]);
      expect(nameOf(next.place)).toBe(expected === '.' ? nameOf(PLACES[place]) : expected);
    },
  );
});

const run = (context: VisitContext, from: Visit, events: readonly VisitEvent[]): [Visit, VisitEffect[]] => {
  const all: VisitEffect[] = [];
  const last = events.reduce((visit, event) => {
    const [next, ...effects] = step(context, visit, event);
    all.push(...effects);
    return next;
  }, from);
  return [last, all];
};
const said = (effects: readonly VisitEffect[]): string[] =>
  effects.flatMap((effect) => (effect.do === 'say' ? wordsOf(effect.what, queuePhrases('en')) : []));

test('who waits is offered it with their place, confirms their own number and hears that they are called back', () => {
  const [visit, effects] = run(OFFERS, visitAt({ at: 'waiting' }), [EVENTS.announce, key('1'), key('1'), became]);
  expect(said(effects)).toEqual([
    'You are number 2 in line.',
    'The wait should be about a minute.',
    'If you would rather be called back, press 1. You keep your place in line.',
    'We will call the number that you are calling from. It ends in',
    'four',
    'five',
    'six',
    'seven',
    'To confirm, press 1. For another number, press 2. Otherwise, press star.',
    'Thank you. We will call you back when it is your turn. Goodbye.',
  ]);
  expect(effects).toContainEqual({ do: 'book', number: undefined, waits: true });
  const [over, last] = run(OFFERS, visit, [EVENTS.heard]);
  expect([over.place.at, last.at(-1)]).toEqual([
    'over',
    { do: 'finish', outcome: 'completed', to: undefined, booked: true },
  ]);
});

test('key 1 means nothing before it was offered', () => {
  expect(run(CONTEXT, visitAt({ at: 'waiting' }), [EVENTS.announce, key('1')])[0].place.at).toBe('waiting');
});

test('another number is keyed, read back and confirmed; one to which no route leads is not called', () => {
  const keyed = '900#13800#'.split('').map(key);
  const [visit, effects] = run(OFFERS, visitAt(booking('own')), [key('2'), ...keyed, key('1')]);
  expect(visit.place).toMatchObject({ at: 'booking', stage: 'keeping' });
  expect(said(effects)).toContain('I am sorry, we cannot call that number.');
  expect(said(effects).slice(-7)).toEqual([
    'You have keyed',
    'one',
    'three',
    'eight',
    'zero',
    'zero',
    'To confirm, press 1. To key it again, press 2. Otherwise, press star.',
  ]);
  expect(effects.at(-1)).toEqual({ do: 'book', number: '13800', waits: true });
});

test('whose number is withheld keys one', () => {
  const [visit] = run({ ...OFFERS, ownNumber: undefined }, visitAt({ at: 'waiting' }), [EVENTS.announce, key('1')]);
  expect(visit.place).toMatchObject({ stage: 'keying' });
});

test('who is not let in is offered it in place of the rest; without an answer the dialplan goes on', () => {
  const [visit, effects] = run(OFFERS, visitAt({ at: 'asking' }), [EVENTS.refused]);
  expect(said(effects)).toEqual([
    'I am sorry, too many callers are waiting at present.',
    'If you would like to be called back, press 1.',
  ]);
  const [, last] = run(OFFERS, visit, [EVENTS.heard, waited]);
  expect(last.at(-1)).toMatchObject({ do: 'finish', outcome: 'busy' });
  const [, book] = run(OFFERS, visit, [key('1'), key('1')]);
  expect(book.at(-1)).toEqual({ do: 'book', number: undefined, waits: false });
});

test('whatever happens in whatever order: who has not confirmed is not called, who has is, and one who left never waits on', () => {
  const events = fc.constantFrom(
    ...Object.values(EVENT),
    ...'0123456789'.split('').map(key),
    EVENTS.heard,
    EVENTS.announce,
    EVENTS['offer-ended'],
    EVENTS.joined,
  );
  fc.assert(
    fc.property(fc.array(events, { maxLength: 30 }), (all) => {
      const [visit, effects] = run(OFFERS, visitAt({ at: 'waiting' }), all);
      const books = effects.filter((effect) => effect.do === 'book').length;
      const ends = effects.filter((effect) => effect.do === 'finish').length;
      expect(ends).toBe(visit.place.at === 'over' ? 1 : 0);
      const lefts = effects.filter((effect) => effect.do === 'tell' && effect.event.type === 'customer-left').length;
      expect(lefts).toBeLessThanOrEqual(1);
      if (visit.booked) expect(lefts).toBe(0);
      if (visit.place.at === 'booking' && visit.place.stage === 'keeping') expect(books).toBeGreaterThan(0);
    }),
  );
});

test('who was called back waits in the entry that is there, and never asks for another', () => {
  const context: VisitContext = { ...CONTEXT, calledBack: { fence: 9 } };
  const reached = row({ type: 'callback-reached', entry: 'e', fence: 9 });
  const [visit, effects] = run(context, visitAt({ at: 'asking' }), [EVENTS.began, reached]);
  expect(visit.place.at).toBe('waiting');
  expect(effects).toContainEqual({ do: 'tell', event: { type: 'customer-reached', entry: 'e', fence: 9 } });
  // the lease was over
  expect(run(context, visitAt({ at: 'asking' }), [EVENTS.began, { type: 'not-written' }])[0].place.at).toBe('parting');
});
