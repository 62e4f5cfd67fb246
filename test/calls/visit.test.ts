import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { VisitContext, VisitEffect, VisitEvent } from '../../src/calls/queueing/visit-state.ts';
import { step } from '../../src/calls/queueing/visit-step.ts';
import { CONTEXT, type EventName, EVENTS, nameOf, type PlaceName, PLACES, row, visitAt } from './visit-scenes.ts';
import { wallMs } from '../../src/domain/units.ts';

/** Where each event leads from each place; '.' leaves it there. Whatever can cross is here: an answer with a hang-up, an offer with its end… */
const TABLE = `
               asking   waiting  reaching hasty   ready   briefed told    gone    missed  talking held    away    rating  parting calling      consulting three   aside      apart           verifying unheard   lent
began          .        .        .        .       .       .       .       .       .       .       .       .       .       .       .            .          .       .          .               .         .         .
joined         waiting  .        .        .       .       .       .       .       .       .       .       .       .       .       .            .          .       .          .               .         .         .
refused        parting  .        .        .       .       .       .       .       .       .       .       .       .       .       .            .          .       .          .               .         .         .
offered        reaching reaching .        .       .       .       .       .       .       .       .       .       .       .       .            .          .       .          .               .         .         .
offer-ended    .        .        waiting  waiting waiting waiting waiting waiting waiting .       .       .       .       .       .            .          .       .          .               .         .         .
answered       .        .        talking  talking talking talking talking asking  asking  .       .       .       .       .       .            .          .       .          .               .         .         .
ended          over     over     over     over    over    over    over    over    over    .       .       .       .       .       .            .          .       .          .               .         .         .
not-written    parting  .        .        .       .       .       .       .       .       .       .       .       .       .       .            .          .       .          .               .         .         .
left           over     over     over     over    over    over    over    over    over    over    over    over    over    over    over         over       over    over       over            over      over      over
key-3          .        .        .        .       .       .       .       .       .       .       .       .       parting .       .            .          .       .          .               .         .         .
heard          .        .        .        .       .       .       .       .       .       .       .       .       .       over    .            .          .       .          .               .         .         .
line-ready     .        .        ready    told    .       .       .       .       .       .       .       .       .       .       .            .          .       .          .               .         .         .
phone-ready    .        .        briefed  told    .       .       .       .       .       .       .       .       .       .       .            .          .       .          .               .         .         .
no-answer      .        .        gone     gone    gone    gone    missed  .       .       .       .       .       .       .       .            .          .       .          .               .         .         .
unreachable    .        .        gone     gone    gone    gone    missed  .       .       .       .       .       .       .       .            .          .       .          .               .         .         .
agent-left     .        .        gone     gone    gone    gone    missed  .       .       over    over    over    .       .       over         over       over    over       over            lent      lent      .
agent-lost     .        .        gone     gone    gone    gone    missed  .       .       away    away    .       .       .       calling-away aside      apart   .          .               unheard   .         .
browser-away   .        .        gone     gone    gone    gone    missed  .       .       away    away    .       .       .       calling-away aside      apart   .          .               unheard   .         .
browser-back   .        .        .        .       .       .       .       .       .       .       .       talking .       .       .            .          .       consulting three           .         verifying .
agent-key-1    .        .        .        .       .       told    .       .       .       .       .       .       .       .       .            .          .       .          .               .         .         .
agent-key-2    .        .        .        .       .       gone    .       .       .       .       .       .       .       .       .            .          .       .          .               .         .         .
accept         .        .        hasty    .       told    told    .       .       .       .       .       .       .       .       .            .          .       .          .               .         .         .
accept-late    .        .        .        .       .       .       .       .       .       .       .       .       .       .       .            .          .       .          .               .         .         .
decline        .        .        gone     gone    gone    gone    .       .       .       .       .       .       .       .       .            .          .       .          .               .         .         .
hold           .        .        .        .       .       .       .       .       .       held    .       away    .       .       .            .          .       .          .               .         .         .
resume         .        .        .        .       .       .       .       .       .       .       talking .       .       .       .            .          .       .          .               .         .         .
hang-up        .        .        .        .       .       .       .       .       .       over    over    over    .       .       over         over       over    over       over            lent      lent      .
to-queue       .        .        .        .       .       .       .       .       .       asking  asking  asking  .       .       .            .          .       .          .               .         .         .
to-closed      .        .        .        .       .       .       .       .       .       .       .       .       .       .       .            .          .       .          .               .         .         .
to-number      .        .        .        .       .       .       .       .       .       over    over    over    .       .       .            .          .       .          .               .         .         .
satisfaction   .        .        .        .       .       .       .       .       .       rating  rating  rating  .       .       .            .          .       .          .               .         .         .
verify         .        .        .        .       .       .       .       .       .       verifying verifying .   .       .       .            .          .       .          .               .         .         .
take-back      .        .        .        .       .       .       .       .       .       .       .       .       .       .       .            .          .       .          .               .         .         .
bot-back       .        .        .        .       .       .       .       .       .       .       .       .       .       .       .            .          .       .          .               talking   away      asking
announce       .        .        .        .       .       .       .       .       .       .       .       .       .       .       .            .          .       .          .               .         .         .
returns        .        .        .        .       .       .       .       .       .       .       .       asking  .       .       .            .          .       over       over            .         lent      .
rating-over    .        .        .        .       .       .       .       .       .       .       .       .       over    .       .            .          .       .          .               .         .         .
too-long       .        .        .        .       .       .       .       .       .       .       .       .       .       .       .            .          .       .          .               .         .         .
consult        .        .        .        .       .       .       .       .       .       calling calling .       .       .       .            .          .       .          .               .         .         .
consult-closed .        .        .        .       .       .       .       .       .       .       .       .       .       .       .            .          .       .          .               .         .         .
consulted      .        .        .        .       .       .       .       .       .       .       .       .       .       .       consulting   .          .       .          .               .         .         .
consulted-old  .        .        .        .       .       .       .       .       .       .       .       .       .       .       .            .          .       .          .               .         .         .
consult-over   .        .        .        .       .       .       .       .       .       .       .       .       .       .       held         held       talking away       away            .         .         .
conference     .        .        .        .       .       .       .       .       .       .       .       .       .       .       .            three      .       apart      .               .         .         .
complete       .        .        .        .       .       .       .       .       .       .       .       .       .       .       .            over       over    over       over            .         .         .
back           .        .        .        .       .       .       .       .       .       .       .       .       .       .       talking      talking    talking away       away            .         .         .
called-off     over     over     over     over    over    over    over    over    over    over    over    over    over    over    over         over       over    over       over            over      over      over
`;
const [head = [], ...lines] = TABLE.trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/));
const names = Object.keys(EVENTS) as EventName[];
const places = head as PlaceName[];

const effectsOf = (place: PlaceName, event: EventName): readonly VisitEffect[] =>
  step(CONTEXT, visitAt(PLACES[place]), EVENTS[event]).slice(1) as VisitEffect[];
const told = (effects: readonly VisitEffect[]): string[] =>
  effects.flatMap((effect) => (effect.do === 'tell' ? [effect.event.type] : []));

test('the table has every event and every place', () => {
  expect(lines.map(([event]) => event)).toEqual(names);
  expect([...places, 'over']).toEqual(Object.keys(PLACES));
});

describe.each(lines.map(([event = '', ...to]) => [event as EventName, to] as const))('%s', (event, to) => {
  test.each(places.map((place, n) => [place, to[n] ?? ''] as const))('from %s to %s', (place, expected) => {
    const [next] = step(CONTEXT, visitAt(PLACES[place]), EVENTS[event]);
    expect(nameOf(next.place)).toBe(expected === '.' ? place : expected);
  });
});

test('what the queues are told, and nothing else', () => {
  const all = Object.fromEntries(
    names.map((event) => [event, [...new Set(places.flatMap((place) => told(effectsOf(place, event))))]]),
  );
  expect(all).toMatchObject({
    began: ['customer-asked'],
    left: ['customer-left'],
    'key-3': ['satisfaction-given'],
    'line-ready': ['offer-accepted'],
    unreachable: ['offer-refused'],
    'no-answer': [],
    'agent-left': ['offer-refused', 'talk-ended'],
    'agent-lost': ['offer-refused'],
    'agent-key-1': ['offer-accepted'],
    'agent-key-2': ['offer-refused'],
    accept: ['offer-accepted'],
    'accept-late': [],
    decline: ['offer-refused'],
    hold: ['talk-held'],
    resume: ['talk-resumed'],
    'hang-up': ['talk-ended'],
    'to-queue': ['talk-ended', 'customer-asked'],
    'to-closed': [],
    returns: ['talk-ended', 'customer-asked'],
    consult: ['talk-held'],
    consulted: [],
    'consult-over': [],
    conference: ['talk-resumed'],
    complete: ['talk-ended'],
    back: ['talk-resumed'],
    'called-off': ['customer-left', 'talk-ended'],
    verify: ['talk-held'],
    'bot-back': ['talk-resumed', 'customer-asked'],
  });
});

test('a command that does not fit is refused by name', () => {
  const refusal = (place: PlaceName, event: EventName): string | undefined =>
    effectsOf(place, event).flatMap((effect) => (effect.do === 'refuse' ? [effect.code] : []))[0];
  expect(refusal('waiting', 'accept')).toBe('OFFER_OVER');
  expect(refusal('ready', 'accept-late')).toBe('OFFER_OVER');
  expect(refusal('talking', 'decline')).toBe('OFFER_OVER');
  expect(refusal('told', 'decline')).toBe('OFFER_OVER');
  expect(refusal('gone', 'accept')).toBe('OFFER_OVER');
  expect(refusal('waiting', 'hold')).toBe('NO_TALK');
  expect(refusal('ready', 'hang-up')).toBe('NO_TALK');
  expect(refusal('talking', 'to-closed')).toBe('TRANSFER_REFUSED');
  expect(refusal('talking', 'consult-closed')).toBe('TRANSFER_REFUSED');
  expect(refusal('consulting', 'consult')).toBe('TRANSFER_REFUSED');
  expect(refusal('away', 'consult')).toBe('TRANSFER_REFUSED');
  for (const event of ['conference', 'complete', 'back'] as const) expect(refusal('talking', event)).toBe('NO_CONSULT');
  for (const event of ['conference', 'complete'] as const) expect(refusal('calling', event)).toBe('NO_CONSULT');
  for (const event of ['hold', 'to-queue', 'satisfaction'] as const)
    for (const place of ['calling', 'consulting', 'three'] as const)
      expect(refusal(place, event)).toBe('TRANSFER_REFUSED');
});

const BEHALF: VisitContext = { ...CONTEXT, behalf: true, consultRefusal: 'consulted' };

test('one who is consulted consults nobody, passes nobody on, and asks nobody how satisfied they are', () => {
  for (const event of ['consult', 'to-queue', 'to-number', 'satisfaction'] as const) {
    const [next, effect] = step(BEHALF, visitAt(PLACES.talking), EVENTS[event]);
    expect([next.place, effect]).toEqual([PLACES.talking, expect.objectContaining({ code: 'TRANSFER_REFUSED' })]);
  }
});

test('one who is consulted and does not come back is gone: nobody else is sought for whoever consults', () => {
  const [next, ...effects] = step(BEHALF, visitAt(PLACES.away), EVENTS.returns);
  expect([next.place.at, told(effects)]).toEqual(['over', ['talk-ended']]);
});

test('the agent’s line is away: the customer talks to who was consulted, or hears music', () => {
  const heard = (place: PlaceName, event: EventName): string[] =>
    effectsOf(place, event).flatMap(({ do: what }) =>
      ['quiet', 'join', 'part', 'music'].includes(what) ? [what] : [],
    );
  expect(heard('aside', 'conference')).toEqual(['quiet', 'join']);
  expect(heard('apart', 'back')).toEqual(['part', 'music']);
  expect(heard('apart', 'consult-over')).toEqual(['part', 'music']);
  expect(heard('aside', 'back')).toEqual([]); // the music goes on
});

test('the customer is left to who was consulted before the agent goes, whoever ends it', () => {
  for (const place of ['consulting', 'three', 'aside', 'apart'] as const)
    for (const event of ['complete', 'hang-up', 'agent-left'] as const) {
      const done = effectsOf(place, event).map((effect) => effect.do);
      expect(done.indexOf('hand-over')).toBeGreaterThanOrEqual(0);
      expect(done.indexOf('hand-over')).toBeLessThan(done.indexOf('release'));
    }
  for (const event of ['hang-up', 'agent-left', 'left'] as const) {
    const done = new Set(effectsOf('calling', event).map((effect) => effect.do));
    expect([done.has('hand-over'), done.has('end-consult')]).toEqual([false, true]);
  }
});

test('whoever waits hears where they stand, again and again, and nobody else does', () => {
  const says = (place: PlaceName): boolean => effectsOf(place, 'announce').some((effect) => effect.do === 'say');
  expect(places.filter(says)).toEqual(['waiting', 'reaching', 'hasty', 'ready', 'briefed', 'told', 'gone', 'missed']);
});

test('nobody can come: after three announcements in a row the customer hears why, and the dialplan goes on', () => {
  for (const [because, says, outcome] of [
    ['unstaffed', 'refused', 'no-answer'],
    ['unknown-queue', 'refused', 'failed'],
    ['not-written', 'not-written', 'failed'],
  ] as const) {
    const context: VisitContext = { ...CONTEXT, stranded: () => because };
    let now = visitAt(PLACES.waiting);
    let effects: readonly VisitEffect[] = [];
    const announced = (of: VisitContext): void => {
      [now, ...effects] = step(of, now, EVENTS.announce);
    };
    for (const of of [context, context, CONTEXT, context, context]) {
      announced(of);
      expect(now.place.at).toBe('waiting');
    }
    announced(context);
    expect(now.place).toEqual({ at: 'parting', outcome });
    expect(effects).toContainEqual(
      expect.objectContaining({ do: 'say', what: expect.objectContaining({ say: says }) }),
    );
    expect(told(effects)).toEqual(['customer-left']);
  }
});

test('whoever has waited for two hours waits no longer', () => {
  const after = (hours: number): VisitContext => ({ ...CONTEXT, at: wallMs(1_000 + hours * 3_600_000) });
  expect(step(after(1.9), visitAt(PLACES.waiting), EVENTS.announce)[0].place).toEqual({ at: 'waiting' });
  const [next, ...effects] = step(after(2), visitAt(PLACES.waiting), EVENTS.announce);
  expect([next.place, told(effects)]).toEqual([{ at: 'parting', outcome: 'busy' }, ['customer-left']]);
});

test('the time for an answer about satisfaction begins when the question was heard', () => {
  const starts = (place: PlaceName, event: EventName): boolean =>
    effectsOf(place, event).some((effect) => effect.do === 'start-timer' && effect.timer === 'rating');
  expect([starts('talking', 'satisfaction'), starts('rating', 'heard')]).toEqual([false, true]);
});

test('rows of another entry, and of an offer that is over, mean nothing', () => {
  const other = row({ type: 'entry-answered', entry: 'other', agent: 'wei', fence: 7 });
  const old = row({ type: 'entry-answered', entry: 'e', agent: 'wei', fence: 6 });
  for (const event of [other, old] satisfies VisitEvent[])
    expect(step(CONTEXT, visitAt(PLACES.told), event)).toEqual([visitAt(PLACES.told)]);
});

const CONSULTING: readonly EventName[] = ['offered', 'line-ready', 'accept', 'answered', 'consult', 'consulted'];

test('whatever happens in whatever order: joined with the agent only while talking; every way that is made is given up; one end', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...names), { maxLength: 40 }), (events) => {
      let now = visitAt(PLACES.asking);
      let [joined, ways, ends, asked, consults] = [false, 0, 0, 0, 0];
      const happen = (event: VisitEvent): void => {
        const wasOver = now.place.at === 'over';
        const [next, ...effects] = step(CONTEXT, now, event);
        now = next;
        if (wasOver) expect(effects).toEqual([]);
        for (const effect of effects) {
          if (effect.do === 'reach') ways += 1;
          if (effect.do === 'release') [ways, joined] = [0, false];
          if (effect.do === 'join') joined = true;
          if (effect.do === 'part') joined = false;
          if (effect.do === 'finish') ends += 1;
          if (effect.do === 'consult') consults += 1;
          // left to them, or given up: the driver lets go of them at the one or the other
          if (effect.do === 'end-consult' || effect.do === 'hand-over') consults = 0;
          if (effect.do === 'tell' && effect.event.type === 'customer-asked') asked += 1;
        }
        const { place } = now;
        const left = place.at === 'talking' && place.away && place.consult?.state !== 'joined';
        expect(joined).toBe(place.at === 'talking' && !place.held && !left);
        expect(ends).toBe(place.at === 'over' ? 1 : 0);
        expect(ways).toBeLessThanOrEqual(1);
        expect(consults).toBe(place.at === 'talking' && place.consult !== undefined ? 1 : 0);
        if (joined) expect(ways).toBe(1);
        expect(asked).toBeGreaterThanOrEqual(0);
      };
      happen(EVENTS.began);
      // rows are of the entry that the visit has by then
      for (const name of events) {
        const event: VisitEvent = EVENTS[name];
        happen(
          name === 'consulted' || name === 'consult-over'
            ? { ...EVENTS[name], n: now.consults }
            : event.type === 'row' && 'entry' in event.row
              ? { ...event, row: { ...event.row, entry: now.entry } }
              : event,
        );
      }
      happen(EVENTS.left);
      expect(now.place.at).toBe('over');
      expect([ways, joined, consults]).toEqual([0, false, 0]);
    }),
    {
      examples: [
        [[...CONSULTING, 'browser-away', 'conference']],
        [[...CONSULTING, 'conference', 'browser-away', 'back']],
      ],
    },
  );
});
