import { expect, test } from 'vitest';
import { seconds } from '../../src/domain/units.ts';
import { FakeDialog } from './fake-dialog.ts';
import { type FakeLine, settled } from './fake-line.ts';
import { hungUp, talking } from './transferred-line.ts';

const masks = (line: FakeLine, leg: number): string[] =>
  line.at(leg).told.filter((each) => each.startsWith('recording'));
const settings = { recordingPause: seconds(60), recordingPauses: seconds(150) };

test('an agent pauses the recording: both sides are masked until it is resumed', async () => {
  const { line } = await talking({ settings });
  const until = line.call.pause.pause('ann');
  expect(until).toBe(line.clock.wall() + 60_000);
  expect([masks(line, 0).at(-1), masks(line, 1)]).toEqual(['recording paused', ['recording paused']]);
  expect(line.at().bridgedWith).toBe(line.at(1)); // they still hear each other
  line.clock.advance(20_000);
  line.call.pause.resume('asked', 'ann');
  expect([masks(line, 0).at(-1), masks(line, 1)]).toEqual([
    'recording goes on',
    ['recording paused', 'recording goes on'],
  ]);
  line.call.pause.resume('asked', 'ann'); // and again is no harm
  expect(line.types('recording-paused', 'recording-resumed')).toEqual(['recording-paused', 'recording-resumed']);
  expect(line.fact('recording-resumed')).toMatchObject({ because: 'asked', by: 'ann', paused_ms: 20_000 });
  expect(line.recordingNotes).toEqual(expect.arrayContaining(['recording-paused', 'recording-resumed']));
  await hungUp(line);
});

test('it goes on by itself; asked again in time it begins anew', async () => {
  const { line } = await talking({ settings });
  line.call.pause.pause('ann');
  line.clock.advance(59_000);
  expect(line.call.pause.pause('ann')).toBe(line.clock.wall() + 60_000);
  line.clock.advance(59_000);
  expect(line.types('recording-resumed')).toEqual([]);
  line.clock.advance(1_000);
  expect(line.fact('recording-resumed')).toMatchObject({ because: 'time', paused_ms: 119_000 });
  expect([masks(line, 0).at(-1), masks(line, 1).at(-1)]).toEqual(['recording goes on', 'recording goes on']);
  await hungUp(line);
});

test('all pauses of a call together have an end, however often they are asked for: then it is recorded', async () => {
  const { line } = await talking({ settings });
  const again = (): number => line.call.pause.pause('ann') - line.clock.wall();
  expect(again()).toBe(60_000);
  line.clock.advance(50_000);
  expect(again()).toBe(60_000);
  line.clock.advance(50_000);
  line.call.pause.resume('asked', 'ann');
  line.clock.advance(600_000); // what is recorded counts not
  expect(again()).toBe(50_000);
  line.clock.advance(49_500);
  expect(again).toThrow(expect.objectContaining({ code: 'PAUSE_USED_UP' }));
  line.clock.advance(500);
  expect(line.fact('recording-resumed')).toMatchObject({ because: 'time' });
  expect(line.types('recording-resumed')).toHaveLength(2);
  expect([masks(line, 0).at(-1), masks(line, 1).at(-1)]).toEqual(['recording goes on', 'recording goes on']);
  expect(again).toThrow(expect.objectContaining({ code: 'PAUSE_USED_UP' }));
  expect(masks(line, 1).at(-1)).toBe('recording goes on');
  await hungUp(line);
});

test.each<[string, (line: FakeLine, agent: FakeDialog) => Promise<unknown> | void]>([
  ['held', (line) => line.dialog.answerOffer('a=sendonly')],
  ['held', (_, agent) => agent.answerOffer('a=sendonly')],
  [
    'handed-over',
    (_, agent) =>
      agent.onReferred({
        uri: 'sip:expert@bank',
        replaces: undefined,
        referredBy: '<sip:person@bank>',
        accept: () => undefined,
        refuse: () => undefined,
        ended: () => undefined,
      }),
  ],
  ['talk-ended', (_, agent) => agent.end('bye')],
  ['talk-ended', (line) => line.dialog.end('bye')],
])('it ends by itself: %s', async (because, happens) => {
  const { line, agent } = await talking({ settings, mayRefer: () => true });
  line.call.pause.pause('ann');
  await happens(line, agent);
  await settled();
  expect(line.fact('recording-resumed')).toMatchObject({ because });
  expect(masks(line, 0).at(-1)).toBe('recording goes on');
  await hungUp(line);
});

test('who takes over is masked only when they pause it', async () => {
  const { line, agent } = await talking({ settings, mayRefer: () => true });
  line.call.pause.pause('ann');
  agent.onReferred({
    uri: 'sip:expert@bank',
    replaces: undefined,
    referredBy: '<sip:person@bank>',
    accept: () => undefined,
    refuse: () => undefined,
    ended: () => undefined,
  });
  await settled();
  line.at(2).emit({ type: 'rtp-began' });
  line.dialled[1]?.outcome.resolve({ outcome: 'answered', dialog: new FakeDialog('agent answer') });
  await settled();
  expect(masks(line, 2)).toEqual([]);
  line.call.pause.pause('eve');
  expect([masks(line, 0).at(-1), masks(line, 2)]).toEqual(['recording paused', ['recording paused']]);
  await hungUp(line);
});

test('without a conversation between persons there is nothing to pause', async () => {
  const { line, agent } = await talking({ settings });
  agent.end('bye');
  await settled();
  expect(() => line.call.pause.pause('ann')).toThrow(expect.objectContaining({ code: 'NO_TALK' }));
  await hungUp(line);
});

test('the media of one of them moves meanwhile: it is masked from its first packet on', async () => {
  const { line } = await talking({ settings });
  line.call.pause.pause('ann');
  line.at(1).die();
  await settled();
  expect(masks(line, 1)).toEqual(['recording paused']);
  await hungUp(line);
});
