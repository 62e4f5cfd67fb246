import { expect, test } from 'vitest';
import { IvrError } from '../../src/domain/error.ts';
import { ms } from '../../src/domain/units.ts';
import { RecognitionQueue } from '../../src/speech/recognition/recognition-queue.ts';
import type { Decoded, Recognizer } from '../../src/speech/recognizer.ts';
import type { DecodeKind, RecognitionRequest } from '../../src/speech/speech-service.ts';
import { ManualClock } from '../support/manual-clock.ts';

interface Held {
  readonly name: number;
  readonly signal: AbortSignal;
  finish(decode?: number): void;
  fail(error: Error): void;
}

/** A recognizer whose decodes end when the test says so. An utterance's name is its first sample. */
function heldRecognizer(concurrency: number): { readonly recognizer: Recognizer; readonly held: Held[] } {
  const held: Held[] = [];
  const recognizer: Recognizer = {
    name: 'held',
    capabilities: { languages: ['en'], rates: [8000], streaming: false, partials: true, hints: 'grammar' },
    concurrency,
    decode: (audio, _request, signal) =>
      new Promise<Decoded>((resolve, reject) => {
        signal.addEventListener('abort', () => reject(new IvrError('CANCELLED', 'cancelled')));
        held.push({
          name: audio[0] ?? -1,
          signal,
          finish: (decode = 100) => resolve({ outcome: 'match', hypotheses: [], decode: ms(decode) }),
          fail: reject,
        });
      }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return { recognizer, held };
}

const utterance = (name: number, samples = 8000): Int16Array => Int16Array.of(name, ...new Int16Array(samples - 1));
const request = (kind: DecodeKind): RecognitionRequest => ({ language: 'en', orFree: false, kind });
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const codeOf = (transcript: Promise<unknown>): Promise<string> =>
  transcript.then(
    () => 'no error',
    (error: unknown) => (error instanceof IvrError ? error.code : String(error)),
  );
const LONG = ms(60_000);

test('final goes before speculative, speculative before partial, equals in their order', async () => {
  const { recognizer, held } = heldRecognizer(1);
  const queue = new RecognitionQueue(recognizer, new ManualClock(), { capacity: 10 });
  const kinds: DecodeKind[] = ['partial', 'partial', 'speculative', 'final', 'speculative', 'final'];
  for (const [name, kind] of kinds.entries()) queue.enter(utterance(name), request(kind), LONG);
  for (let at = 0; at < kinds.length; at++) {
    held[at]?.finish();
    await settled();
  }
  expect(held.map(({ name }) => name)).toEqual([0, 3, 5, 2, 4, 1]);
  expect(queue.statistics).toMatchObject({ decoded: 6, queued: 0, decoding: 0 });
});

test('no more decodes at a time than the recognizer makes progress with', async () => {
  const { recognizer, held } = heldRecognizer(2);
  const queue = new RecognitionQueue(recognizer, new ManualClock(), { capacity: 10 });
  const jobs = [0, 1, 2].map((name) => queue.enter(utterance(name), request('final'), LONG));
  expect(held).toHaveLength(2);
  held[1]?.finish();
  await jobs[1]?.transcript;
  await settled();
  expect(held.map(({ name }) => name)).toEqual([0, 1, 2]);
});

test('a transcript tells how long it waited, how long it was decoded and how long its audio is', async () => {
  const { recognizer, held } = heldRecognizer(1);
  const clock = new ManualClock();
  const queue = new RecognitionQueue(recognizer, clock, { capacity: 10 });
  queue.enter(utterance(0), request('final'), LONG);
  const second = queue.enter(utterance(1, 16_000), request('final'), LONG);
  clock.advance(250);
  held[0]?.finish();
  await settled();
  held[1]?.finish(123);
  expect(await second.transcript).toMatchObject({ queued: 250, decode: 123, audio: 2000 });
});

test('a full queue refuses; something more urgent takes the place of the least urgent', async () => {
  const { recognizer } = heldRecognizer(1);
  const queue = new RecognitionQueue(recognizer, new ManualClock(), { capacity: 2 });
  queue.enter(utterance(0), request('final'), LONG);
  queue.enter(utterance(1), request('final'), LONG);
  const partial = queue.enter(utterance(2), request('partial'), LONG);
  expect(await codeOf(queue.enter(utterance(3), request('partial'), LONG).transcript)).toBe('RECOGNIZER_BUSY');
  queue.enter(utterance(4), request('speculative'), LONG);
  expect(await codeOf(partial.transcript)).toBe('RECOGNIZER_BUSY');
  expect(queue.statistics).toMatchObject({ queued: 2, refused: 1, displaced: 1 });
  queue.close();
});

test('cancelling leaves the queue, or stops the decode and frees its place', async () => {
  const { recognizer, held } = heldRecognizer(1);
  const queue = new RecognitionQueue(recognizer, new ManualClock(), { capacity: 10 });
  const jobs = [0, 1, 2].map((name) => queue.enter(utterance(name), request('final'), LONG));
  jobs[1]?.cancel();
  jobs[0]?.cancel();
  expect(await Promise.all(jobs.slice(0, 2).map(({ transcript }) => codeOf(transcript)))).toEqual([
    'CANCELLED',
    'CANCELLED',
  ]);
  expect(held[0]?.signal.aborted).toBe(true);
  await settled();
  expect(held.map(({ name }) => name)).toEqual([0, 2]);
  jobs[0]?.cancel();
  expect(queue.statistics.cancelled).toBe(2);
});

test('the deadline covers waiting and decoding; nothing is left of it afterwards', async () => {
  const { recognizer, held } = heldRecognizer(1);
  const clock = new ManualClock();
  const queue = new RecognitionQueue(recognizer, clock, { capacity: 10 });
  const decoding = queue.enter(utterance(0), request('final'), ms(500));
  const waiting = queue.enter(utterance(1), request('final'), ms(400));
  const patient = queue.enter(utterance(2), request('final'), LONG);
  clock.advance(500);
  expect(await codeOf(decoding.transcript)).toBe('DEADLINE_EXCEEDED');
  expect(await codeOf(waiting.transcript)).toBe('DEADLINE_EXCEEDED');
  await settled();
  held[1]?.finish();
  await patient.transcript;
  expect(clock.pending).toBe(0);
  expect(queue.statistics).toMatchObject({ expired: 2, decoded: 1 });
});

test('a lost recognizer gets the same audio once more, not twice', async () => {
  const { recognizer, held } = heldRecognizer(1);
  const queue = new RecognitionQueue(recognizer, new ManualClock(), { capacity: 10 });
  const lost = new IvrError('RECOGNIZER_UNREACHABLE', 'lost');
  const lucky = queue.enter(utterance(7), request('final'), LONG);
  held[0]?.fail(lost);
  await settled();
  held[1]?.finish();
  expect((await lucky.transcript).outcome).toBe('match');
  await settled();
  const unlucky = queue.enter(utterance(8), request('final'), LONG);
  held[2]?.fail(lost);
  await settled();
  held[3]?.fail(lost);
  expect(await codeOf(unlucky.transcript)).toBe('RECOGNIZER_UNREACHABLE');
  expect(held.map(({ name }) => name)).toEqual([7, 7, 8, 8]);
  expect(queue.statistics).toMatchObject({ retried: 2, failed: 1 });
});

test('what a recognizer throws besides is a failed recognition, not retried', async () => {
  const { recognizer, held } = heldRecognizer(1);
  const queue = new RecognitionQueue(recognizer, new ManualClock(), { capacity: 10 });
  const job = queue.enter(utterance(0), request('final'), LONG);
  held[0]?.fail(new TypeError('oops'));
  expect(await codeOf(job.transcript)).toBe('RECOGNITION_FAILED');
  expect(held).toHaveLength(1);
});

test('the expected wait follows the queue and learns from decode times', async () => {
  const { recognizer, held } = heldRecognizer(1);
  const clock = new ManualClock();
  const queue = new RecognitionQueue(recognizer, clock, { capacity: 100 });
  expect(queue.expectedWait()).toBe(0);
  for (let at = 0; at < 40; at++) {
    queue.enter(utterance(at), request('final'), LONG);
    held[at]?.finish(500);
    await settled();
  }
  expect(queue.expectedWait()).toBe(0);
  for (let name = 0; name < 3; name++) queue.enter(utterance(name), request('final'), LONG);
  expect(queue.expectedWait()).toBeGreaterThan(1_400);
  expect(queue.expectedWait()).toBeLessThan(1_600);
  clock.advance(400);
  expect(queue.expectedWait()).toBeLessThan(1_200);
  queue.close();
});

test('a closed queue cancels what it has and refuses more', async () => {
  const { recognizer } = heldRecognizer(1);
  const clock = new ManualClock();
  const queue = new RecognitionQueue(recognizer, clock, { capacity: 10 });
  const jobs = [0, 1].map((name) => queue.enter(utterance(name), request('final'), LONG));
  queue.close();
  jobs.push(queue.enter(utterance(2), request('final'), LONG));
  expect(await Promise.all(jobs.map(({ transcript }) => codeOf(transcript)))).toEqual([
    'CANCELLED',
    'CANCELLED',
    'CANCELLED',
  ]);
  expect(clock.pending).toBe(0);
});
