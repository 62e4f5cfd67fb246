import { expect, test } from 'vitest';
import type { DeskEvent } from '../../src/agents/agent-desk.ts';
import { ms } from '../../src/domain/units.ts';
import { answers, CUSTOMER, hearing, leg, music, others, talking, WEI } from './consulted-visit.ts';
import { calm, type QueuedLine } from './queued-line.ts';
import { proven } from './queued-visit.ts';

/* An agent consults somebody while the customer waits, all three talk, one takes over; a supervisor listens in. Who hears whom is read at the legs. */

const X = 4;

test('a number: music for the customer, the two alone, all three, and back', async () => {
  await using queued = await talking();
  const { desks } = queued;
  expect(desks.setup('wei')).toMatchObject({ canConsult: true });
  expect(hearing(queued, CUSTOMER, WEI)).toEqual([[WEI], [CUSTOMER]]);
  await desks.consult('wei', { number: '+4930123456' });
  await calm();
  expect(others(queued)).toEqual([{ to: expect.stringContaining('*'), state: 'ringing' }]);
  expect([music(queued, CUSTOMER), hearing(queued, CUSTOMER, WEI)]).toEqual([true, [[], []]]);
  const dialog = await answers(queued);
  expect(leg(queued, X).options).toMatchObject({ near: leg(queued, CUSTOMER), record: { track: 'consulted' } });
  expect(others(queued)).toMatchObject([{ state: 'consulting' }]);
  expect(hearing(queued, CUSTOMER, WEI, X)).toEqual([[], [X], [WEI]]);
  await desks.conference('wei');
  await calm();
  expect(hearing(queued, CUSTOMER, WEI, X)).toEqual([
    [WEI, X],
    [CUSTOMER, X],
    [CUSTOMER, WEI],
  ]);
  expect([music(queued, CUSTOMER), others(queued)]).toMatchObject([false, [{ state: 'joined' }]]);
  expect(queued.line.recordingNotes).toContain('joined consulted');
  await desks.endConsult('wei');
  await calm();
  expect(dialog.byes).toBe(1);
  expect(hearing(queued, CUSTOMER, WEI)).toEqual([[WEI], [CUSTOMER]]);
  expect(others(queued)).toEqual([]);
});

test('attended transfer to a number: the customer goes on with them, the agent wraps up; who hangs up ends it', async () => {
  await using queued = await talking();
  const { desks } = queued;
  await desks.consult('wei', { number: '+4930123456' });
  const dialog = await answers(queued);
  await desks.completeTransfer('wei');
  await calm();
  expect(queued.service.floor.agents.get('wei')?.state).toBe('wrap-up');
  expect([music(queued, CUSTOMER), hearing(queued, CUSTOMER, X)]).toEqual([false, [[X], [CUSTOMER]]]);
  dialog.end('bye');
  await calm();
  expect(queued.line.fact('transfer-ended')).toMatchObject({ outcome: 'completed' });
  expect(queued.line.facts.at(-1)?.type).not.toBe('call-ended'); // the bot goes on
  expect(hearing(queued, CUSTOMER)).toEqual([[]]);
});

test('nobody answers, or they hang up: the customer stays on hold until the agent resumes', async () => {
  await using queued = await talking();
  const { desks } = queued;
  await desks.consult('wei', { number: '+4930123456' });
  await calm();
  queued.line.dialled.at(-1)?.outcome.resolve({ outcome: 'busy', status: 486 });
  await calm();
  expect(queued.last('talk')?.talk).toMatchObject({ held: true, others: [] });
  expect(music(queued, CUSTOMER)).toBe(true);
  // the agent's track goes on, and there was nobody else
  expect(queued.line.recordingNotes.filter((note) => /^(joined|left) /.test(note)).slice(2)).toEqual([
    'joined agent',
    'joined agent-private',
  ]);
  await desks.hold('wei', false);
  await calm();
  expect(hearing(queued, CUSTOMER, WEI)).toEqual([[WEI], [CUSTOMER]]);
  await desks.consult('wei', { number: '+4930123456' });
  const dialog = await answers(queued);
  await desks.conference('wei');
  dialog.end('bye');
  await calm();
  expect(queued.last('talk')?.talk).toMatchObject({ held: false, others: [] });
  expect(hearing(queued, CUSTOMER, WEI)).toEqual([[WEI], [CUSTOMER]]);
});

test.each(['ringing', 'consulting', 'joined'] as const)(
  'the customer hangs up while %s: nothing goes on',
  async (state) => {
    await using queued = await talking();
    const { desks, line } = queued;
    await desks.consult('wei', { number: '+4930123456' });
    await calm();
    const dialog = state === 'ringing' ? undefined : await answers(queued);
    if (state === 'joined') await desks.conference('wei');
    line.dialog.end('bye');
    await line.call.ended;
    await calm();
    if (dialog === undefined) expect(line.dialled.at(-1)?.signal.aborted).toBe(true);
    else expect(dialog.byes).toBe(1);
    expect(queued.service.floor.entries.size).toBe(0);
    expect(queued.service.floor.agents.get('wei')?.state).toBe('wrap-up');
  },
);

test.each(['consulting', 'joined'] as const)(
  'the agent hangs up while %s: the customer is left to who was consulted',
  async (state) => {
    await using queued = await talking();
    const { desks } = queued;
    await desks.consult('wei', { number: '+4930123456' });
    await answers(queued);
    if (state === 'joined') await desks.conference('wei');
    await desks.hangUp('wei');
    await calm();
    expect(hearing(queued, CUSTOMER, X)).toEqual([[X], [CUSTOMER]]);
  },
);

/** Of the desk of lin, who works on cards. */
async function consultsLin(
  queued: QueuedLine,
): Promise<{ readonly events: DeskEvent[]; readonly accept: () => Promise<void> }> {
  const { desks } = queued;
  const events: DeskEvent[] = [];
  desks.subscribe('lin', (event) => void events.push(event));
  const signing = desks.signIn('lin', 'browser');
  await answers(queued);
  await signing;
  await desks.consult('wei', { agent: 'lin' });
  await calm();
  return {
    events,
    async accept() {
      const offer = events.findLast((event) => event.type === 'offer')?.offer;
      if (offer === undefined) throw new Error('lin was offered nothing');
      await desks.accept('lin', offer.entry, offer.fence);
      await calm();
    },
  };
}

const LIN_BROWSER = 4;
const LIN = 5;

test('another agent: the desk shows who is consulted about, all three talk, and the conversation becomes theirs', async () => {
  await using queued = await talking();
  const { desks, service } = queued;
  const lin = await consultsLin(queued);
  expect(music(queued, WEI)).toBe(true); // the agent who waits hears it, too
  await lin.accept();
  expect(lin.events.findLast((event) => event.type === 'talk')).toMatchObject({
    talk: { contact: queued.line.call.contact },
  });
  expect(hearing(queued, CUSTOMER, WEI, LIN)).toEqual([[], [LIN], [WEI]]);
  expect(leg(queued, LIN).options).toMatchObject({ near: leg(queued, CUSTOMER), record: { track: 'consulted' } });
  await expect(desks.consult('lin', { queue: 'service' })).rejects.toMatchObject({ code: 'TRANSFER_REFUSED' });
  await desks.conference('wei');
  await calm();
  expect(hearing(queued, CUSTOMER, WEI, LIN)).toEqual([
    [WEI, LIN],
    [CUSTOMER, LIN],
    [CUSTOMER, WEI],
  ]);
  await desks.completeTransfer('wei');
  await calm();
  expect([service.floor.agents.get('wei')?.state, service.floor.agents.get('lin')?.state]).toEqual([
    'wrap-up',
    'talking',
  ]);
  expect(hearing(queued, CUSTOMER, LIN)).toEqual([[LIN], [CUSTOMER]]);
  // from now on it is a conversation like any other
  await desks.hold('lin', true);
  await calm();
  expect([music(queued, CUSTOMER), hearing(queued, CUSTOMER, LIN)]).toEqual([true, [[], []]]);
  await desks.hold('lin', false);
  await desks.returnToBot('lin', 'satisfaction');
  await calm();
  expect(service.floor.agents.get('lin')?.state).toBe('wrap-up');
  queued.line.dialog.end('bye');
  await queued.line.call.ended;
  await calm();
  expect(service.floor.entries.size).toBe(0);
  expect(await proven(queued)).toBe(true);
});

test('another agent, and back: they wrap up, nobody was given up or lost', async () => {
  await using queued = await talking();
  const lin = await consultsLin(queued);
  await lin.accept();
  await queued.desks.endConsult('wei');
  await calm();
  expect(hearing(queued, CUSTOMER, WEI)).toEqual([[WEI], [CUSTOMER]]);
  expect(queued.service.floor.agents.get('lin')?.state).toBe('wrap-up');
  expect(queued.store.rows.filter(({ type }) => type === 'entry-ended')).toMatchObject([{ because: 'completed' }]);
  expect(await proven(queued)).toBe(true);
});

test('another agent hangs up at the moment at which the customer is left to them: no music is left behind, the bot goes on', async () => {
  await using queued = await talking();
  const { desks } = queued;
  const lin = await consultsLin(queued);
  await lin.accept();
  await Promise.all([desks.hangUp('lin'), desks.completeTransfer('wei')]);
  await calm();
  expect(music(queued, CUSTOMER)).toBe(false);
  expect(hearing(queued, CUSTOMER)).toEqual([[]]);
  expect(queued.service.floor.entries.size).toBe(0);
  expect(queued.line.facts.at(-1)?.type).not.toBe('call-ended');
});

test('another agent hangs up, and their line takes long to come down: the agent is told at once', async () => {
  await using queued = await talking();
  const lin = await consultsLin(queued);
  await lin.accept();
  leg(queued, LIN).close = () => new Promise(() => undefined);
  await queued.desks.hangUp('lin');
  await calm();
  expect(others(queued)).toEqual([]);
});

test('a number dies without hanging up: the agent is told, and has the customer as they were', async () => {
  await using queued = await talking();
  await queued.desks.consult('wei', { number: '+4930123456' });
  await answers(queued);
  await queued.desks.conference('wei');
  queued.line.endpoints.at(-1)?.emit({ type: 'rtp-lost', silent: ms(30_000) });
  await calm();
  expect(others(queued)).toEqual([]);
  expect(hearing(queued, CUSTOMER, WEI)).toEqual([[WEI], [CUSTOMER]]);
});

test('another agent’s page goes for good: the agent is told, and nobody else is sought', async () => {
  await using queued = await talking();
  const lin = await consultsLin(queued);
  await lin.accept();
  await queued.desks.conference('wei');
  leg(queued, LIN_BROWSER).emit({ type: 'rtp-lost', silent: ms(5_000) });
  await calm();
  await queued.time(20_000);
  expect(others(queued)).toEqual([]);
  expect(hearing(queued, CUSTOMER, WEI)).toEqual([[WEI], [CUSTOMER]]);
  expect(music(queued, WEI)).toBe(false);
  expect(queued.store.rows.filter(({ type }) => type === 'entry-ended')).toMatchObject([{ because: 'agent-lost' }]);
});

test('another agent is not wanted any more before they answer: nobody has given up', async () => {
  await using queued = await talking();
  await consultsLin(queued);
  await queued.desks.endConsult('wei');
  await calm();
  expect(queued.service.floor.agents.get('lin')?.state).toBe('available');
  expect(queued.store.rows.filter(({ type }) => type === 'entry-ended')).toMatchObject([{ because: 'cancelled' }]);
  expect(await proven(queued)).toBe(true);
  expect(hearing(queued, CUSTOMER, WEI)).toEqual([[WEI], [CUSTOMER]]);
});

test('the media moves in the middle of a call of three: the table is put up again', async () => {
  await using queued = await talking();
  await queued.desks.consult('wei', { number: '+4930123456' });
  await answers(queued);
  await queued.desks.conference('wei');
  await calm();
  const before = [CUSTOMER, WEI, X].map((n) => leg(queued, n));
  for (const endpoint of before) endpoint.die();
  await queued.time(2_000);
  expect([CUSTOMER, WEI, X].map((n) => before.includes(leg(queued, n)))).toEqual([false, false, false]);
  expect(hearing(queued, CUSTOMER, WEI, X)).toEqual([
    [WEI, X],
    [CUSTOMER, X],
    [CUSTOMER, WEI],
  ]);
});

test('media that joins two at a time moves in the middle of a conversation: the two are joined again', async () => {
  await using queued = await talking(false);
  const before = [CUSTOMER, WEI].map((n) => leg(queued, n));
  for (const endpoint of before) endpoint.die();
  await queued.time(2_000);
  expect(before.includes(leg(queued, CUSTOMER)) || before.includes(leg(queued, WEI))).toBe(false);
  expect(leg(queued, CUSTOMER).bridgedWith).toBe(leg(queued, WEI));
});

test('media that joins two at a time: it is said, and nothing of it is offered', async () => {
  await using queued = await talking(false);
  expect(queued.desks.setup('wei')).toMatchObject({ canConsult: false });
  await expect(queued.desks.consult('wei', { queue: 'cards' })).rejects.toThrow('joins two at a time');
});
