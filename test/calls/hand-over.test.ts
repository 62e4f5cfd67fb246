import { describe, expect, test } from 'vitest';
import { IvrError } from '../../src/domain/error.ts';
import type { DialOutcome, ReferredCall } from '../../src/signalling/signalling.ts';
import { FakeDialog } from './fake-dialog.ts';
import { type FakeLine, settled } from './fake-line.ts';
import { hungUp, said, talking, transferEnded } from './transferred-line.ts';

const EXPERT = 'sip:expert@bank';

/** The person refers the caller; what is heard of that is noted. */
async function referring(dialog: FakeDialog, more: Partial<ReferredCall> = {}): Promise<string[]> {
  const heard: string[] = [];
  dialog.onReferred({
    uri: EXPERT,
    replaces: undefined,
    referredBy: '<sip:person@bank>',
    accept: () => heard.push('accepted'),
    refuse: (status) => heard.push(`refused ${status}`),
    ended: (status) => heard.push(`ended ${status}`),
    ...more,
  });
  await settled();
  return heard;
}

const answer = async (line: FakeLine, n: number, outcome: DialOutcome): Promise<void> => {
  line.dialled[n]?.outcome.resolve(outcome);
  await settled();
};

describe('a person hands the caller over (REFER)', () => {
  const options = { mayRefer: (uri: string) => uri === EXPERT };

  test('who is referred to is called while music plays, and takes the place of the person', async () => {
    const { line, agent } = await talking(options);
    line.clock.advance(7_000);
    const heard = await referring(agent, { replaces: 'call@b;to-tag=1;from-tag=2' });
    expect(heard).toEqual(['accepted']);
    expect(line.at().bridgedWith).toBeUndefined();
    expect(said(line).at(-1)).toBe('music');
    expect(line.dialled[1]?.request).toMatchObject({
      uri: EXPERT,
      headers: {
        Replaces: 'call@b;to-tag=1;from-tag=2',
        Require: 'replaces',
        'Referred-By': '<sip:person@bank>',
        'X-Contact-ID': expect.anything(),
      },
    });
    line.at(2).emit({ type: 'rtp-began' });
    const expert = new FakeDialog('agent answer');
    await answer(line, 1, { outcome: 'answered', dialog: expert });
    expect(heard).toEqual(['accepted', 'ended 200']);
    expect(agent.byes).toBe(1);
    expect(line.at(1).closed).toBe(true);
    expect(line.at().bridgedWith).toBe(line.at(2));
    expect(line.types('transfer-ringing', 'transfer-answered', 'transfer-ended')).toEqual([
      'transfer-ringing',
      'transfer-answered',
      'transfer-ringing',
      'transfer-answered',
      'transfer-ended',
    ]);
    expect(transferEnded(line)).toMatchObject({ outcome: 'completed', talked_ms: 7_000 });
    line.clock.advance(3_000);
    expert.end('bye');
    await settled();
    expect(transferEnded(line)).toMatchObject({ outcome: 'completed', talked_ms: 3_000 });
    expect(line.recordingNotes.filter((note) => note.endsWith('agent'))).toEqual([
      'joined agent',
      'left agent',
      'joined agent',
      'left agent',
    ]);
    await hungUp(line);
  });

  test.each<[string, DialOutcome, number]>([
    ['busy', { outcome: 'busy', status: 486 }, 486],
    ['not there', { outcome: 'no-answer', status: 480 }, 480],
  ])(
    'who is referred to is %s: the person is told, and is joined with the caller again',
    async (_what, outcome, status) => {
      const { line, agent } = await talking(options);
      const heard = await referring(agent);
      await answer(line, 1, outcome);
      expect(heard).toEqual(['accepted', `ended ${status}`]);
      expect(line.at().bridgedWith).toBe(line.at(1));
      agent.end('bye');
      await settled();
      expect(transferEnded(line)).toMatchObject({ outcome: 'completed' });
      await hungUp(line);
    },
  );

  test.each<[string, (line: FakeLine) => void, ((line: FakeLine, expert: FakeDialog) => Promise<void>) | undefined]>([
    [
      'there is no media for who is referred to',
      (line) => (line.media.create = () => Promise.reject(new IvrError('MEDIA_PORTS_EXHAUSTED', 'no port is free'))),
      undefined,
    ],
    [
      'who is referred to answers with what cannot be used',
      () => undefined,
      async (line, expert) => {
        line.at(2).modify = () => Promise.reject(new IvrError('NO_COMMON_CODEC', 'no codec'));
        await answer(line, 1, { outcome: 'answered', dialog: expert });
        expect(expert.byes).toBe(1);
      },
    ],
  ])('%s: the person is told, and is joined with the caller again', async (_what, before, after) => {
    const { line, agent } = await talking(options);
    before(line);
    const heard = await referring(agent);
    await after?.(line, new FakeDialog('agent answer'));
    expect(heard).toEqual(['accepted', 'ended 480']);
    expect(transferEnded(line)).toMatchObject({ outcome: 'failed', talked_ms: 0 });
    expect(line.at().bridgedWith).toBe(line.at(1));
    expect([agent.byes, line.dialog.byes]).toEqual([0, 0]);
    agent.end('bye');
    await settled();
    expect(transferEnded(line)).toMatchObject({ outcome: 'completed' });
    await hungUp(line);
  });

  test('the person’s media moves meanwhile: they are not joined before that has failed', async () => {
    const { line, agent } = await talking(options);
    await referring(agent);
    line.at(1).die();
    await settled();
    expect(agent.offers).toHaveLength(1);
    expect(line.at().bridgedWith).toBeUndefined();
    await answer(line, 1, { outcome: 'busy', status: 486 });
    expect(line.at().bridgedWith).toBe(line.at(1));
    await hungUp(line);
  });

  test('the journal has no number of who is referred to', async () => {
    const { line, agent } = await talking({ mayRefer: () => true });
    await referring(agent, { uri: 'sip:+861055550100@10.0.0.5:5060' });
    expect(line.fact('transfer-ringing')).toMatchObject({ to: 'sip:+********0100@10.0.0.5:5060' });
    await hungUp(line);
  });

  test('the person leaves at once, and nobody answers: the caller is not left alone', async () => {
    const { line, agent } = await talking(options);
    await referring(agent);
    agent.end('bye');
    await settled();
    expect(line.at().bridgedWith).toBeUndefined();
    await answer(line, 1, { outcome: 'no-answer', status: 480 });
    expect(line.types('transfer-ended')).toHaveLength(2);
    expect(said(line).at(-1)).toBe('Goodbye.');
    await hungUp(line);
  });

  test('to whom the configuration does not allow is refused, and so is a second one meanwhile', async () => {
    const { line, agent } = await talking(options);
    expect(await referring(agent, { uri: 'sip:+882@elsewhere.example' })).toEqual(['refused 403']);
    expect(line.at().bridgedWith).toBe(line.at(1));
    await referring(agent);
    expect(await referring(agent)).toEqual(['refused 491']);
    await hungUp(line);
  });

  test('is refused where nobody may be handed over to', async () => {
    const { line, agent } = await talking();
    expect(await referring(agent)).toEqual(['refused 603']);
    await hungUp(line);
  });

  test('the caller hangs up while it is done: everybody is let go', async () => {
    const { line, agent } = await talking(options);
    await referring(agent);
    line.dialog.end('bye');
    await line.call.ended;
    await settled();
    expect([agent.byes, line.dialled[1]?.signal.aborted]).toEqual([1, true]);
    expect(line.endpoints.every(({ closed }) => closed)).toBe(true);
    expect(line.clock.pending).toBe(0);
  });
});
