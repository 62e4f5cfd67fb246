import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { activeLevel } from '../../src/audio/active-level.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { openNeuralVoice } from '../../src/speech/engines/neural-voice/neural-voice.ts';
import type { Synthesizer } from '../../src/speech/synthesizer.ts';
import { childProcesses } from '../support/child-processes.ts';
import { rms, secondsOf } from './support/audio.ts';
import { pitchOf } from './support/pitch.ts';

const forever = new AbortController().signal;
const english = { language: 'en-US' };
const SENTENCE = 'Please say or key in your account number, one digit at a time.';

describe('the neural voice', () => {
  let voice: Synthesizer;
  beforeAll(async () => {
    voice = await openNeuralVoice({}, silentLogger);
  });
  afterAll(() => voice[Symbol.asyncDispose]());

  test('speaks at 8 kHz, at the pace of a person', async () => {
    const speech = await voice.speak(SENTENCE, english, forever);
    expect(secondsOf(speech)).toBeGreaterThan(3);
    expect(secondsOf(speech)).toBeLessThan(5.5);
    const { level, activity } = activeLevel(speech);
    expect(level).toBeGreaterThan(-30);
    expect(activity).toBeGreaterThan(0.6);
  });

  test('the same text always sounds the same', async () => {
    const [one, two] = await Promise.all([1, 2].map(() => voice.speak('Thank you. Goodbye.', english, forever)));
    expect(one).toEqual(two);
  });

  test('its three speakers are told apart by their pitch', async () => {
    const pitch = async (name: string): Promise<number> =>
      pitchOf(await voice.speak(SENTENCE, { ...english, voice: name }, forever));
    const [low, usual, high] = [await pitch('hibari-low'), await pitch('hibari'), await pitch('hibari-high')];
    expect(usual).toBeGreaterThan(170);
    expect(usual).toBeLessThan(230);
    expect(low).toBeLessThan(usual * 0.85);
    expect(high).toBeGreaterThan(usual * 1.15);
  });

  test('says names that no lexicon has, and takes whatever there is', async () => {
    expect(secondsOf(await voice.speak('Wojciechowski', english, forever))).toBeGreaterThan(0.6);
    for (const text of ['', '…', '?!', '北京', '\u{1F600}', '-----', "'''", 'a'.repeat(300), '[x](/y/)'])
      expect(secondsOf(await voice.speak(text, english, forever))).toBeLessThan(60);
  });

  test('a speaker that it does not have is an error', async () => {
    await expect(voice.speak('Hello.', { ...english, voice: 'nobody' }, forever)).rejects.toMatchObject({
      code: 'SYNTHESIS_FAILED',
    });
  });

  test('a text that is no longer wanted is not waited for', async () => {
    const stop = new AbortController();
    const many = [1, 2, 3].map(() => voice.speak(SENTENCE, english, stop.signal));
    stop.abort();
    for (const one of await Promise.allSettled(many))
      expect(one).toMatchObject({ status: 'rejected', reason: { code: 'CANCELLED' } });
    expect(rms(await voice.speak('Hello.', english, forever))).toBeGreaterThan(300);
  });

  test('a process that is killed is replaced, and its clause spoken all the same', async () => {
    const speaking = voice.speak(SENTENCE, english, forever);
    for (const pid of await childProcesses('voice-process')) process.kill(pid, 'SIGKILL');
    expect(secondsOf(await speaking)).toBeGreaterThan(3);
    expect(secondsOf(await voice.speak('Hello.', english, forever))).toBeGreaterThan(0.3);
  });
});

test('a clause that takes too long fails, and the process with it', async () => {
  await using voice = await openNeuralVoice({ limit: 1 as never }, silentLogger);
  await expect(voice.speak('Too slow for a millisecond.', english, forever)).rejects.toMatchObject({
    code: 'SYNTHESIZER_UNREACHABLE',
  });
});

test('closing ends what is under way, and its process', async () => {
  const voice = await openNeuralVoice({}, silentLogger);
  const waiting = [1, 2, 3].map(() => voice.speak(SENTENCE, english, forever));
  const outcomes = Promise.allSettled(waiting);
  await voice[Symbol.asyncDispose]();
  for (const one of await outcomes)
    expect(one.status === 'fulfilled' || one.reason.code === 'SYNTHESIZER_UNREACHABLE').toBe(true);
  await expect(voice.speak('Hello.', english, forever)).rejects.toMatchObject({ code: 'SYNTHESIZER_UNREACHABLE' });
  expect(await childProcesses('voice-process')).toEqual([]);
});

describe('weights', () => {
  const PACKAGE = '@tellerline/voice-en';
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'voice-en-'));
    await cp(join(import.meta.dirname, '../../models/voice-en'), join(folder, PACKAGE), { recursive: true });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('that were altered are named at the start', async () => {
    await writeFile(join(folder, PACKAGE, 'vocab.json'), '{}');
    await expect(openNeuralVoice({ modules: folder }, silentLogger)).rejects.toMatchObject({
      code: 'MODEL_ALTERED',
      message: expect.stringContaining(join(folder, PACKAGE, 'vocab.json')),
    });
  });

  test('that are missing too', async () => {
    await rm(join(folder, PACKAGE, 'vocab.json'));
    await expect(openNeuralVoice({ modules: folder }, silentLogger)).rejects.toMatchObject({
      code: 'MODEL_MISSING',
      message: expect.stringContaining(join(folder, PACKAGE, 'vocab.json')),
    });
  });
});
