import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFlite } from '../../src/speech/engines/flite/flite.ts';
import type { Synthesizer } from '../../src/speech/synthesizer.ts';
import { collect, joined, rms, secondsOf } from './support/audio.ts';

const english = { language: 'en-US' };
const forever = new AbortController().signal;

describe('flite', () => {
  let flite: Synthesizer;
  beforeAll(async () => {
    flite = await openFlite();
  });
  afterAll(() => flite[Symbol.asyncDispose]());

  test('speaks in each of its voices, at 8 kHz, without silence in front', async () => {
    for (const voice of flite.voices) {
      const speech = joined(
        await collect(flite.synthesize('Please say your account number.', { ...english, voice }, forever)),
      );
      expect(secondsOf(speech)).toBeGreaterThan(1);
      expect(secondsOf(speech)).toBeLessThan(4);
      expect(rms(speech)).toBeGreaterThan(500);
      expect(rms(speech.subarray(0, 1600))).toBeGreaterThan(100);
    }
  });

  test('gives a chunk for each clause, in order, the first before the last exists', async () => {
    const text = 'Thank you for calling. This call is recorded. How may I help you today?';
    const chunks = await collect(flite.synthesize(text, english, forever));
    expect(chunks.length).toBe(3);
    const alone = joined(await collect(flite.synthesize('Thank you for calling. ', english, forever)));
    expect(chunks[0]).toEqual(alone);
  });

  test('the same text always gives the same audio', async () => {
    const [one, two] = await Promise.all([1, 2].map(() => collect(flite.synthesize('Goodbye.', english, forever))));
    expect(one).toEqual(two);
  });

  test('texts that look like options or hold odd characters are only spoken', async () => {
    for (const text of ['-o /etc/passwd', '--help', '<xml> & "quotes" %s %n \\', 'caffè 😀 好'])
      expect((await collect(flite.synthesize(text, english, forever))).length).toBeGreaterThanOrEqual(0);
    expect(secondsOf(joined(await collect(flite.synthesize('-lv', english, forever))))).toBeGreaterThan(0.2);
  });

  test('an unknown voice is an error that names it', async () => {
    await expect(collect(flite.synthesize('Hello.', { ...english, voice: 'nobody' }, forever))).rejects.toMatchObject({
      code: 'SYNTHESIS_FAILED',
      facts: { voice: 'nobody' },
    });
  });

  test('cancelling ends it between clauses', async () => {
    const stop = new AbortController();
    const heard: Int16Array[] = [];
    const speaking = (async (): Promise<void> => {
      for await (const chunk of flite.synthesize('One. Two. Three. Four.', english, stop.signal)) {
        heard.push(chunk);
        stop.abort();
      }
    })();
    await expect(speaking).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(heard.length).toBe(1);
  });
});

test('a thread that takes too long is replaced, and the text fails after a second try', async () => {
  await using flite = await openFlite({ limit: 1 as never });
  await expect(collect(flite.synthesize('Too slow for a millisecond.', english, forever))).rejects.toMatchObject({
    code: 'SYNTHESIZER_UNREACHABLE',
    facts: { attempts: 2 },
  });
});

test('closing fails what waits and leaves no thread', async () => {
  const flite = await openFlite();
  const waiting = [1, 2, 3].map(() => collect(flite.synthesize('One. Two. Three.', english, forever)));
  const outcomes = Promise.allSettled(waiting);
  await flite[Symbol.asyncDispose]();
  for (const outcome of await outcomes)
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'SYNTHESIZER_UNREACHABLE' } });
  await expect(collect(flite.synthesize('Hello.', english, forever))).rejects.toMatchObject({
    code: 'SYNTHESIZER_UNREACHABLE',
  });
});
