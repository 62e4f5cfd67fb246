import { describe, expect, test } from 'vitest';
import { ms } from '../../src/domain/units.ts';
import { type FakeLine, openFakeLine, openTalkingLine, settled } from './fake-line.ts';
import { answered, hungUp, ringing, said, talking, transferEnded } from './transferred-line.ts';

/* A person comes onto the line, and goes. The bank's hotline would apologise and offer again where this one asks anew. */

const GOODBYE = 'Sorry, the line has failed. Goodbye.';
const SORRY = 'I am sorry, there was a disturbance.';

describe('media dies while a person is on the line', () => {
  test('of both: both get other media in one place and are joined again; the caller hears an apology', async () => {
    const { line, agent } = await talking();
    const [caller, person] = [line.at(), line.at(1)];
    person.die();
    caller.die();
    await settled();
    line.clock.advance(100);
    await settled();
    const [callerNow, personNow] = [line.at(), line.at(1)];
    expect(callerNow).not.toBe(caller);
    expect(personNow).not.toBe(person);
    expect(personNow.options).toMatchObject({ near: callerNow, record: { track: 'agent' } });
    expect(agent.offers.at(-1)?.sdp).toBe(personNow.name);
    expect(callerNow.bridgedWith).toBe(personNow);
    expect(said(line)).toEqual([SORRY]);
    expect(callerNow.told).toContain('deaf');
    expect(line.types('media-moved', 'transfer-ended')).toEqual(['media-moved', 'media-moved']);
    agent.end('bye');
    await settled();
    expect(transferEnded(line)).toMatchObject({ outcome: 'completed' });
    await hungUp(line);
  });

  test('of the caller alone: the person follows, because what is joined is in one place', async () => {
    const { line, agent } = await talking();
    const person = line.at(1);
    line.at().die('MEDIA_SERVER_LOST');
    await settled();
    expect(line.at(1)).not.toBe(person);
    expect(person.closed).toBe(true);
    expect(agent.offers).toHaveLength(1);
    expect(line.at().bridgedWith).toBe(line.at(1));
    await hungUp(line);
  });

  test('of the person alone: they get other media and are joined again, the caller stays where they are', async () => {
    const { line, agent } = await talking();
    const caller = line.at();
    line.at(1).die();
    await settled();
    expect(line.at()).toBe(caller);
    expect(line.at().bridgedWith).toBe(line.at(1));
    expect(agent.offers).toHaveLength(1);
    await hungUp(line);
  });

  test('and the person’s telephone takes no other: a failed transfer, the caller is asked anew', async () => {
    const { line, agent } = await talking();
    agent.answersWith = undefined;
    line.at(1).die();
    line.at().die();
    await settled();
    line.clock.advance(100);
    await settled();
    line.clock.advance(6_000);
    await settled();
    expect(transferEnded(line)).toMatchObject({ outcome: 'failed' });
    expect(agent.byes).toBe(1);
    expect(said(line)).toEqual([SORRY, 'Press one.']);
    await hungUp(line);
  });

  test('while they ring: music in the new place; they are offered other media when they answer', async () => {
    const line = await ringing();
    line.at().die();
    line.at(1).die();
    await settled();
    expect(said(line)).toEqual([SORRY, 'music']);
    const agent = await answered(line);
    expect(agent.offers.map(({ sdp }) => sdp)).toEqual([line.at(1).name]);
    line.at(1).emit({ type: 'rtp-began' });
    await settled();
    expect(line.at().bridgedWith).toBe(line.at(1));
    agent.end('bye');
    await settled();
    expect(transferEnded(line)).toMatchObject({ outcome: 'completed' });
    await hungUp(line);
  });

  test('the person hangs up while the caller’s media is away: the dialogue goes on when it is back', async () => {
    const { line, agent } = await talking();
    line.dialog.answersWith = undefined;
    line.at().die();
    await settled();
    agent.end('bye');
    await settled();
    expect(transferEnded(line)).toMatchObject({ outcome: 'completed' });
    line.dialog.offers[0]?.answer.resolve('answer');
    await settled();
    expect(said(line)).toEqual([SORRY, 'Goodbye.']);
    line.at().finish();
    await line.call.ended;
    expect(line.fact('call-ended')).toMatchObject({ because: 'bot-hung-up' });
  });
});

describe('the SIP server is gone, and every dialog with it', () => {
  const expectReleased = (line: FakeLine, recording: 'sealed' | 'discarded' = 'sealed'): void => {
    expect(line.fact('call-ended')).toMatchObject({ because: 'failed', error: 'dialog lost' });
    expect(line.endpoints.every(({ closed }) => closed)).toBe(true);
    expect(line.sealed()).toBe(recording === 'sealed');
    expect(line.recordingNotes.includes('discarded')).toBe(recording === 'discarded');
    expect(line.clock.pending).toBe(0);
  };

  test('in the middle of a question', async () => {
    const line = await openTalkingLine();
    line.dialog.end('lost');
    await settled();
    expect(said(line).at(-1)).toBe(GOODBYE);
    expect(line.types('call-ended')).toEqual([]);
    line.at().key('1'); // nobody asks any more
    line.at().finish();
    await line.call.ended;
    expect(said(line).at(-1)).toBe(GOODBYE);
    expectReleased(line);
    expect(line.dialog.byes).toBe(1); // the server is told, should it come back
  });

  test('a goodbye that does not come to its end: the channel is ended within three seconds', async () => {
    const line = await openTalkingLine();
    line.dialog.end('lost');
    await settled();
    line.clock.advance(2_300);
    expect(line.at().closed).toBe(false);
    line.clock.advance(200);
    await line.call.ended;
    expectReleased(line);
  });

  test.each(['not answered yet', 'answered, not acknowledged'])('before there is one (%s)', async (when) => {
    const line = await openFakeLine();
    if (when !== 'not answered yet') line.recorderOpens.resolve();
    await settled();
    line.cancel('lost');
    line.recorderOpens.resolve();
    await line.call.ended;
    await settled();
    expectReleased(line, 'discarded'); // it never was a call
  });

  test('while a person is rung', async () => {
    const line = await ringing();
    line.dialog.end('lost');
    await settled();
    expect(said(line).at(-1)).toBe(GOODBYE);
    line.at().finish();
    await line.call.ended;
    expect(line.dialled[0]?.signal.aborted).toBe(true);
    expectReleased(line);
  });

  test.each(['caller first', 'person first'])(
    'while a person talks (%s): the talk goes on until the person’s phone falls silent; then a goodbye',
    async (order) => {
      const { line, agent } = await talking();
      const dialogs = order === 'caller first' ? [line.dialog, agent] : [agent, line.dialog];
      for (const dialog of dialogs) dialog.end('lost');
      line.clock.advance(120_000);
      await settled();
      expect(line.types('transfer-ended', 'call-ended')).toEqual([]);
      expect(line.at().bridgedWith).toBe(line.at(1));
      line.at(1).emit({ type: 'rtp-lost', silent: ms(30_000) });
      await settled();
      expect(transferEnded(line)).toMatchObject({ outcome: 'completed', talked_ms: 120_000 });
      expect(said(line).at(-1)).toBe(GOODBYE);
      line.at().finish();
      await line.call.ended;
      await settled();
      expect(line.types('transfer-ended')).toEqual(['transfer-ended']);
      expect([line.dialog.byes, agent.byes]).toEqual([1, 1]);
      expectReleased(line);
    },
  );

  test('while a person talks, and the caller hangs up: their RTP ends', async () => {
    const { line, agent } = await talking();
    for (const dialog of [line.dialog, agent]) dialog.end('lost');
    line.at().emit({ type: 'rtp-lost', silent: ms(30_000) });
    await line.call.ended;
    await settled();
    expect(transferEnded(line)).toMatchObject({ outcome: 'caller-hung-up' });
    expect(line.fact('call-ended')).toMatchObject({ because: 'rtp-lost' });
    expect(line.clock.pending).toBe(0);
  });

  test('of the person alone: they talk on; when their phone falls silent, the dialogue goes on', async () => {
    const { line, agent } = await talking();
    agent.end('lost');
    await settled();
    expect(line.types('transfer-ended')).toEqual([]);
    line.at(1).emit({ type: 'rtp-lost', silent: ms(30_000) });
    await settled();
    expect(transferEnded(line)).toMatchObject({ outcome: 'completed' });
    expect(said(line).at(-1)).toBe('Goodbye.');
    await hungUp(line);
  });

  test('while other media is sought, or its answer is waited for', async () => {
    const line = await openTalkingLine();
    line.dialog.answersWith = undefined;
    line.at().die();
    await settled();
    line.dialog.end('lost');
    await line.call.ended;
    expectReleased(line);

    const other = await openTalkingLine();
    other.media.create = () => new Promise(() => undefined);
    other.at().die();
    await settled();
    other.dialog.end('lost');
    await other.call.ended;
    expectReleased(other);
  });
});
