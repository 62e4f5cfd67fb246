import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { IvrError } from '../../src/domain/error.ts';
import type { GrammarGraph } from '../../src/domain/grammar-graph.ts';
import { ms } from '../../src/domain/units.ts';
import { PendingJobs } from '../../src/speech/client/pending-jobs.ts';
import { ReceivedGrammars, SentGrammars } from '../../src/speech/recognition/kept-grammars.ts';
import type { Transcript } from '../../src/speech/speech-service.ts';
import { JobMatcher } from '../../src/speech/worker/job-matcher.ts';
import { ManualClock } from '../support/manual-clock.ts';

const request = { language: 'en-US', orFree: false, kind: 'final' } as const;
const heard = (words: string): Transcript => ({
  outcome: 'match',
  hypotheses: [{ words: words.split(' '), confidence: 0.9, free: false }],
  decode: ms(1),
  queued: ms(0),
  audio: ms(100),
});
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a job and its audio', () => {
  let clock: ManualClock;
  let desk: JobMatcher;
  let decoded: { readonly samples: number; readonly deadline: number }[];
  let results: [number, string][];
  let drops: number;
  beforeEach(() => {
    clock = new ManualClock();
    decoded = [];
    results = [];
    drops = 0;
    desk = new JobMatcher({
      clock,
      orphanLife: ms(10_000),
      recognize(audio, _request, deadline, signal) {
        decoded.push({ samples: audio.length, deadline });
        if (audio.length === 13) return Promise.reject(new IvrError('RECOGNIZER_BUSY', 'full'));
        if (audio.length === 14)
          return new Promise((_, reject) =>
            signal.addEventListener('abort', () => reject(new IvrError('CANCELLED', 'cancelled')), { once: true }),
          );
        return Promise.resolve(heard('yes'));
      },
      onTranscript: (job, { outcome }) => results.push([job, outcome]),
      onFailed: (job, thrown) => results.push([job, thrown instanceof IvrError ? thrown.code : 'other']),
      onDropped: () => drops++,
    });
  });
  afterEach(() => {
    desk.close();
    expect(clock.pending).toBe(0);
  });

  test('are joined when the job comes first', async () => {
    desk.open(1, request, ms(4000));
    clock.advance(1500);
    desk.hear(1, new Int16Array(800));
    await turn();
    expect(results).toEqual([[1, 'match']]);
    expect(decoded).toEqual([{ samples: 800, deadline: 2500 }]);
  });

  test('are joined when the audio comes first', async () => {
    desk.hear(1, new Int16Array(800));
    clock.advance(9_999);
    desk.open(1, request, ms(4000));
    await turn();
    expect(results).toEqual([[1, 'match']]);
    expect(drops).toBe(0);
  });

  test('audio that no job wants is dropped after its time, and counted', async () => {
    desk.hear(1, new Int16Array(800));
    clock.advance(10_000);
    expect(desk.dropped).toBe(1);
    desk.open(1, request, ms(4000));
    await turn();
    expect(decoded).toEqual([]);
  });

  test('audio for a job that is over is dropped at once, and so is a second utterance', async () => {
    desk.open(1, request, ms(4000));
    desk.cancel(1);
    desk.hear(1, new Int16Array(800));
    desk.open(2, request, ms(4000));
    desk.hear(2, new Int16Array(800));
    desk.hear(2, new Int16Array(800));
    await turn();
    expect(drops).toBe(2);
    expect(results).toEqual([[2, 'match']]);
  });

  test('audio without jobs is held only so much', () => {
    for (let job = 1; job <= 100; job++) desk.hear(job, new Int16Array(8000));
    expect(desk.dropped).toBe(40);
    desk.open(1, request, ms(4000));
    desk.hear(200, new Int16Array(8000));
    expect(desk.dropped).toBe(40);
  });

  test('errors go to the job; a cancelled job answers nothing', async () => {
    desk.open(1, request, ms(4000));
    desk.hear(1, new Int16Array(13));
    desk.open(2, request, ms(4000));
    desk.hear(2, new Int16Array(14));
    desk.cancel(2);
    desk.open(3, request, ms(10));
    clock.advance(11);
    desk.hear(3, new Int16Array(800));
    await turn();
    expect(results).toEqual([
      [3, 'DEADLINE_EXCEEDED'],
      [1, 'RECOGNIZER_BUSY'],
    ]);
  });
});

describe('a job on the main thread ends once', () => {
  test.each([
    ['with its transcript', (jobs: PendingJobs, id: number) => jobs.resolve(id, heard('yes')), { status: 'fulfilled' }],
    [
      'with an error',
      (jobs: PendingJobs, id: number) => jobs.reject(id, new IvrError('RECOGNITION_FAILED', 'x')),
      { reason: { code: 'RECOGNITION_FAILED' } },
    ],
    [
      'with the loss of the worker',
      (jobs: PendingJobs) => jobs.rejectAll(new IvrError('RECOGNIZER_UNREACHABLE', 'x')),
      { reason: { code: 'RECOGNIZER_UNREACHABLE' } },
    ],
  ])('%s', async (_, end, outcome) => {
    const clock = new ManualClock();
    const abandoned: number[] = [];
    const jobs = new PendingJobs(clock, (id) => abandoned.push(id));
    const job = jobs.open(ms(1000));
    end(jobs, job.id);
    job.cancel();
    clock.advance(5000);
    jobs.resolve(job.id, heard('late'));
    expect(await Promise.allSettled([job.transcript])).toMatchObject([outcome]);
    expect(abandoned).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test('at its deadline or by cancelling, and the worker is told', async () => {
    const clock = new ManualClock();
    const abandoned: number[] = [];
    const jobs = new PendingJobs(clock, (id) => abandoned.push(id));
    const [late, unwanted] = [jobs.open(ms(1000)), jobs.open(ms(1000))];
    unwanted.cancel();
    clock.advance(1000);
    expect(await Promise.allSettled([late.transcript, unwanted.transcript])).toMatchObject([
      { reason: { code: 'DEADLINE_EXCEEDED' } },
      { reason: { code: 'CANCELLED' } },
    ]);
    expect(abandoned).toEqual([unwanted.id, late.id]);
  });
});

const graph = (key: string): GrammarGraph => ({ key, start: 0, nodes: [{ arcs: [], final: true }] });

test('a grammar is sent once, then named; both sides forget together', () => {
  const received = new ReceivedGrammars();
  const sent = new SentGrammars(() => received.forget());
  let whole = 0;
  for (let round = 0; round < 3; round++)
    for (let n = 0; n < 300; n++) {
      const name = sent.byName(graph(`g${n % (round === 0 ? 300 : 20)}`));
      if ('graph' in name) whole++;
      expect(received.resolve(name)?.key).toBe(`g${n % (round === 0 ? 300 : 20)}`);
    }
  expect(whole).toBeLessThan(350);
  expect(received.resolve({ kept: 'never sent' })).toBeUndefined();
});
