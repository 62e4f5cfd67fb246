import { expect, test } from 'vitest';
import type { DeskEvent, DeskState, Talk } from '../../src/agents/agent-desk.ts';
import { wallMs } from '../../src/domain/units.ts';
import { type DeskView, FIRST_VIEW, step } from '../../web/src/desk/desk-view.ts';
import { contextOf } from '../support/desk-context.ts';

/* What the desk shows when it was not told of everything: the page was frozen, or the server away. */

const CONTACT = '018f0000-0000-7000-8000-000000000001';
const context = contextOf(CONTACT, 0);
const talk: Talk = {
  entry: 'e-1',
  contact: context.contact,
  queue: 'cards',
  since: wallMs(0),
  held: false,
  verification: 'possible',
  others: [],
  context,
};
const state = (now: DeskState['state']): DeskEvent => ({
  type: 'state',
  agent: 'chen',
  state: now,
  since: wallMs(0),
  queues: { cards: 5 },
});
const after = (events: readonly Parameters<typeof step>[1][], view: DeskView = FIRST_VIEW): DeskView =>
  events.reduce(step, view);
const talking = after([{ type: 'opened' }, state('talking'), { type: 'talk', talk }]);
const over: DeskEvent = { type: 'talk-ended', entry: 'e-1', contact: context.contact, because: 'customer-hung-up' };

test('a conversation that ended unheard is not shown as one that goes on', () => {
  expect(after([state('available')], talking)).toMatchObject({ talk: undefined, ended: undefined });
  expect(after([{ type: 'way', way: 'lost' }, { type: 'opened' }, state('break')], talking).talk).toBeUndefined();
});

test('a conversation that ended while the server was away is wrapped up with all that was said', () => {
  const back = after([{ type: 'way', way: 'lost' }, { type: 'opened' }, over, state('wrap-up')], talking);
  expect(back).toMatchObject({ talk: undefined, ended: { contact: CONTACT, queue: 'cards', talk: { entry: 'e-1' } } });
  // and told once more, as after another loss
  expect(after([{ type: 'opened' }, over, state('wrap-up')], back).ended).toEqual(back.ended);
});

test('a page that is loaded anew, or another window, wraps up too', () => {
  expect(after([{ type: 'opened' }, over, state('wrap-up')])).toMatchObject({
    ended: { contact: CONTACT, because: 'customer-hung-up' },
  });
  const kept = { contact: CONTACT, queue: 'cards', because: undefined, talk: undefined };
  const reloaded = after([{ type: 'opened' }, over, state('wrap-up')], { ...FIRST_VIEW, ended: kept });
  expect(reloaded.ended).toMatchObject({ queue: 'cards', because: 'customer-hung-up' });
});

test('an offer that ended unheard is gone', () => {
  const offer = {
    entry: 'e-2',
    fence: 1,
    queue: 'cards',
    kind: 'call',
    until: wallMs(1),
    waitedMs: 0,
    context,
  } as const;
  const offered = after([{ type: 'opened' }, { type: 'offer', offer }, state('offered')]);
  expect(offered.offer).toEqual(offer);
  expect(after([state('not-answering')], offered).offer).toBeUndefined();
});
