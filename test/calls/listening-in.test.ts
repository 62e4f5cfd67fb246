import { expect, test } from 'vitest';
import { openMonitors } from '../../src/agents/open-monitors.ts';
import { answers, CUSTOMER, hearing, leg, talking, WEI } from './consulted-visit.ts';
import { FakeDialog } from './fake-dialog.ts';
import { calm } from './queued-line.ts';

const BOSS = 4;

test('listen, whisper, barge: heard by whom the mode says, until the conversation is over', async () => {
  await using queued = await talking();
  const monitors = openMonitors(queued.desks, () => undefined);
  const beginning = monitors.begin('boss', 'wei', 'listen');
  await answers(queued);
  const { ended } = await beginning;
  expect(queued.line.dialled.at(-1)?.request).toMatchObject({
    uri: 'sip:browser~boss@bank',
    headers: { 'Answer-Mode': 'Auto' },
  });
  expect(leg(queued, BOSS).options).toMatchObject({ near: leg(queued, CUSTOMER), record: { track: 'supervisor' } });
  const table = (): unknown => hearing(queued, CUSTOMER, WEI, BOSS);
  expect(table()).toEqual([[WEI], [CUSTOMER], [CUSTOMER, WEI]]);
  monitors.change('boss', 'whisper');
  expect(table()).toEqual([[WEI], [CUSTOMER, BOSS], [CUSTOMER, WEI]]);
  monitors.change('boss', 'barge');
  expect(table()).toEqual([
    [WEI, BOSS],
    [CUSTOMER, BOSS],
    [CUSTOMER, WEI],
  ]);
  expect(monitors.of('wei')).toEqual({ monitors: [{ supervisor: 'boss', mode: 'barge' }] });
  await expect(monitors.begin('boss', 'wei', 'listen')).rejects.toMatchObject({ code: 'CONFLICT' });
  await queued.desks.hangUp('wei');
  await ended;
  await calm();
  expect(monitors.of('wei')).toEqual({});
  expect(leg(queued, BOSS).closed).toBe(true);
  await expect(monitors.begin('boss', 'wei', 'listen')).rejects.toMatchObject({ code: 'NO_TALK' });
});

test('a supervisor who stops, or whose telephone hangs up, is heard by nobody any more', async () => {
  await using queued = await talking();
  const monitors = openMonitors(queued.desks, () => undefined);
  for (const how of ['stops', 'hangs up'] as const) {
    const beginning = monitors.begin('boss', 'wei', 'barge');
    const dialog = await answers(queued);
    await beginning;
    if (how === 'stops') await monitors.stop('boss');
    else dialog.end('bye');
    await calm();
    expect(hearing(queued, CUSTOMER, WEI)).toEqual([[WEI], [CUSTOMER]]);
    expect(monitors.of('wei')).toEqual({});
  }
  expect(() => monitors.change('boss', 'listen')).toThrow('not listening');
});

test('a supervisor who stops while they are being called hears nothing', async () => {
  await using queued = await talking();
  const monitors = openMonitors(queued.desks, () => undefined);
  const beginning = monitors.begin('boss', 'wei', 'barge');
  await calm();
  await monitors.stop('boss');
  const [dialog] = await Promise.all([answers(queued), expect(beginning).rejects.toMatchObject({ code: 'NO_TALK' })]);
  expect(dialog.byes).toBe(1);
  expect(hearing(queued, CUSTOMER, WEI)).toEqual([[WEI], [CUSTOMER]]);
  expect(monitors.of('wei')).toEqual({});
});

test('a supervisor’s telephone rings no longer than the conversation is there: a stop of the server does not wait for it', async () => {
  await using queued = await talking();
  const monitors = openMonitors(queued.desks, () => undefined);
  const beginning = monitors.begin('boss', 'wei', 'listen');
  await calm();
  const called = queued.line.dialled.at(-1);
  expect(called?.signal.aborted).toBe(false);
  const refused = expect(beginning).rejects.toMatchObject({ code: 'NO_TALK' });
  queued.line.dialog.end('bye');
  await refused;
  expect([called?.signal.aborted, leg(queued, BOSS).closed]).toEqual([true, true]);
  await queued.line.call.ended;
});

test('a supervisor who answers when the agent has put the customer through disturbs nobody', async () => {
  await using queued = await talking(true, true);
  const monitors = openMonitors(queued.desks, () => undefined);
  const beginning = monitors.begin('boss', 'wei', 'listen');
  await calm();
  const called = queued.line.dialled.at(-1);
  await queued.desks.transfer('wei', { number: '+4930123456' });
  await answers(queued);
  const PERSON = 5;
  const together = (): boolean => leg(queued, CUSTOMER).bridgedWith === leg(queued, PERSON);
  expect(together()).toBe(true);
  const dialog = new FakeDialog('answer');
  leg(queued, BOSS).emit({ type: 'rtp-began' });
  called?.outcome.resolve({ outcome: 'answered', dialog });
  await expect(beginning).rejects.toMatchObject({ code: 'NO_TALK' });
  await calm();
  expect([together(), dialog.byes, leg(queued, BOSS).closed]).toEqual([true, 1, true]);
});

test('a pause of the recording masks whoever is heard by anybody, a supervisor who whispers too', async () => {
  await using queued = await talking();
  const monitors = openMonitors(queued.desks, () => undefined);
  const beginning = monitors.begin('boss', 'wei', 'whisper');
  await answers(queued);
  await beginning;
  const masked = (): unknown =>
    [CUSTOMER, WEI, BOSS].map((n) => leg(queued, n).told.findLast((each) => each.startsWith('recording')));
  const [paused, on] = ['recording paused', 'recording goes on'];
  await queued.desks.pauseRecording('wei', true);
  expect(masked()).toEqual([paused, paused, paused]);
  monitors.change('boss', 'listen'); // nobody hears them, so they are not recorded
  expect(masked()).toEqual([paused, paused, on]);
  monitors.change('boss', 'whisper');
  expect(masked()).toEqual([paused, paused, paused]);
  await queued.desks.pauseRecording('wei', false);
  expect(masked()).toEqual([on, on, on]);
});
