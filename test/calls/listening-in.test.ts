import { expect, test } from 'vitest';
import { openMonitors } from '../../src/agents/open-monitors.ts';
import { answers, CUSTOMER, hearing, leg, talking, WEI } from './consulted-visit.ts';
import { calm } from './queued-line.ts';

test('listen, whisper, barge: heard by whom the mode says, until the conversation is over', async () => {
  await using queued = await talking();
  const monitors = openMonitors(queued.desks, () => undefined);
  const beginning = monitors.begin('boss', 'wei', 'listen');
  await answers(queued);
  const { ended } = await beginning;
  const BOSS = 4;
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
  expect(() => monitors.change('boss', 'listen')).toThrow('nobody');
});
