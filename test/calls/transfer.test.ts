import { describe, expect, test } from 'vitest';
import { deferred } from '../../src/lib/deferred.ts';
import { settled } from './fake-line.ts';
import { answered, hungUp, ringing, said, talking, transferEnded } from './transferred-line.ts';

describe('a call of ours, joined with the caller', () => {
  test('music, the person, silence; they hang up and the dialogue goes on', async () => {
    const { line, agent } = await talking();
    expect(said(line)).toContain('music');
    expect(line.at().bridgedWith).toBe(line.at(1));
    expect(line.at(1).options).toMatchObject({ near: line.at(), record: { track: 'agent' }, listen: false });
    expect(line.at(1).taken).toEqual(['agent answer']);
    line.clock.advance(7_000);
    agent.end('bye');
    await settled();
    expect(transferEnded(line)).toMatchObject({ outcome: 'completed', method: 'bridge', talked_ms: 7_000 });
    expect(line.at().bridgedWith).toBeUndefined();
    expect(said(line).at(-1)).toBe('Goodbye.');
    expect(line.recordingNotes.slice(-3)).toEqual(['transfer-began', 'joined agent', 'left agent']);
    await hungUp(line);
  });

  test('the caller hangs up while the person rings: the ringing is cancelled, and who answers too late is hung up on', async () => {
    const line = await ringing({ stubborn: true });
    line.dialog.end('bye');
    await line.call.ended;
    expect(line.dialled[0]?.signal.aborted).toBe(true);
    expect(line.types('transfer-ended', 'call-ended')).toEqual(['transfer-ended', 'call-ended']);
    expect(transferEnded(line)).toMatchObject({ outcome: 'caller-hung-up' });
    expect(line.at(1).closed).toBe(true);
    expect((await answered(line)).byes).toBe(1);
  });

  test('the caller hangs up, and the person’s telephone does not answer our BYE: its media goes at once', async () => {
    const { line, agent } = await talking();
    const bye = deferred<void>();
    agent.answersBye = bye.promise;
    line.dialog.end('bye');
    await settled();
    expect(agent.byes).toBe(1);
    expect(line.at(1).closed).toBe(true);
    bye.resolve();
    await hungUp(line);
  });

  test('the person answers, but nobody can be heard: as if they had not', async () => {
    const line = await ringing();
    const agent = await answered(line);
    line.clock.advance(5_000);
    await settled();
    expect(transferEnded(line)).toMatchObject({ outcome: 'failed', talked_ms: 0 });
    expect(agent.byes).toBe(1);
    expect(said(line).at(-1)).toBe('Press one.');
    await hungUp(line);
  });

  test.each([
    [['sip:1@trunk', 'sip:1@other-trunk'], true],
    [['sip:1@trunk', 'sip:1@plain'], false],
  ])('a person by number over %j is told keys: %s', async (uris, expected) => {
    const ways = uris.map((uri) => ({ gateway: uri, uri, from: '<sip:bank@bank>', headers: {} }));
    const isConfidential = (uri: string): boolean => uri.endsWith('trunk');
    const line = await ringing({ outboundWays: () => ways, isConfidential });
    expect(line.at(1).options.confidential).toBe(expected);
    await hungUp(line);
  });

  test('a talk outlasts the longest time of a call; when the person is gone, it ends with a goodbye', async () => {
    const { line, agent } = await talking();
    line.clock.advance(600_000);
    for (let seconds = 0; seconds < 120; seconds++) line.clock.advance(1_000);
    await settled();
    expect(line.types('transfer-ended', 'call-ended')).toEqual([]);
    expect(line.at().bridgedWith).toBe(line.at(1));
    agent.end('timed-out'); // a failed transfer: there is a question again, and no time for its answer
    await settled();
    expect(said(line).at(-1)).toBe('Press one.');
    line.clock.advance(1_000);
    expect(said(line).at(-1)).toBe('Time is up.');
    line.at().finish();
    await line.call.ended;
    expect(line.fact('call-ended')).toMatchObject({ because: 'maximum-duration' });
    expect(line.clock.pending).toBe(0);
  });

  test.each(['INTERNAL', 'NO_COMMON_CODEC'])(
    'the person’s media fails (%s) while they ring, or talk: an apology follows, and the choice anew',
    async (code) => {
      const rung = await ringing();
      rung.at(1).die(code);
      await settled();
      expect(transferEnded(rung)).toMatchObject({ outcome: 'failed', talked_ms: 0 });
      expect(rung.dialled[0]?.signal.aborted).toBe(true);
      expect(rung.fact('trouble')).toEqual({ type: 'trouble', code, where: 'transfer' });
      expect(said(rung).at(-1)).toBe('Press one.');
      await hungUp(rung);

      const { line, agent } = await talking();
      line.clock.advance(3_000);
      line.at(1).die(code);
      await settled();
      expect(transferEnded(line)).toMatchObject({ outcome: 'failed', talked_ms: 3_000 });
      expect(agent.byes).toBe(1);
      expect(line.at().bridgedWith).toBeUndefined();
      expect(said(line).at(-1)).toBe('Press one.');
      await hungUp(line);
    },
  );

  test('the two cannot be joined: a failed transfer', async () => {
    const line = await ringing();
    line.at().bridge = () => {
      throw new Error('not today');
    };
    line.at(1).emit({ type: 'rtp-began' });
    const agent = await answered(line);
    expect(transferEnded(line)).toMatchObject({ outcome: 'failed' });
    expect(agent.byes).toBe(1);
    await hungUp(line);
  });
});

describe('by REFER: the caller’s telephone calls the person', () => {
  const refer = { settings: { personMethod: 'refer' } } as const;

  test('it has: the caller is gone, and the call ends saying so', async () => {
    const line = await ringing(refer);
    const [referred] = line.dialog.referred;
    expect(referred).toMatchObject({
      uri: 'sip:person@bank',
      options: { headers: { 'X-Contact-ID': line.call.contact }, timeout: expect.any(Number) },
    });
    expect(line.dialled).toEqual([]);
    expect(line.fact('transfer-ringing')).toMatchObject({ method: 'refer', to: 'sip:person@bank' });
    referred?.outcome.resolve({ outcome: 'referred', status: 200 });
    await line.call.ended;
    expect(transferEnded(line)).toMatchObject({ outcome: 'completed', method: 'refer', talked_ms: 0 });
    expect(line.fact('call-ended')).toMatchObject({ because: 'transferred' });
    expect(said(line)).not.toContain('Goodbye.');
    expect(line.dialog.byes).toBe(1);
    expect(line.endpoints.every(({ closed }) => closed)).toBe(true);
    expect(line.sealed()).toBe(true);
  });

  test('it has not: as any transfer that fails', async () => {
    const line = await ringing(refer);
    line.dialog.referred[0]?.outcome.resolve({ outcome: 'refused', status: 603 });
    await settled();
    expect(transferEnded(line)).toMatchObject({ outcome: 'failed', method: 'refer' });
    expect(said(line).at(-1)).toBe('Press one.');
    await hungUp(line);
  });

  test('the caller hangs up meanwhile', async () => {
    const line = await ringing(refer);
    line.dialog.end('bye');
    await line.call.ended;
    expect(line.types('transfer-ended', 'call-ended')).toEqual(['transfer-ended', 'call-ended']);
    expect(transferEnded(line)).toMatchObject({ outcome: 'caller-hung-up' });
    expect(line.fact('call-ended')).toMatchObject({ because: 'caller-hung-up' });
  });
});
