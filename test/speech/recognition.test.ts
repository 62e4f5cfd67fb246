import { readdir, readFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { IvrError } from '../../src/domain/error.ts';
import type { GrammarGraph } from '../../src/domain/grammar-graph.ts';
import { ms, seconds } from '../../src/domain/units.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import {
  type EmbeddedSpeech,
  openSpeechService,
  type SpeechServiceOptions,
} from '../../src/speech/client/open-speech-service.ts';
import { sayWithFlite } from '../support/flite/say-with-flite.ts';
import { joined, tone } from './support/audio.ts';
import { MediaLine } from './support/media-line.ts';

/** Phrases as a grammar: one path each. */
function grammarOf(phrases: readonly string[]): GrammarGraph {
  const nodes: { readonly arcs: { readonly word: string; readonly to: number }[]; final: boolean }[] = [
    { arcs: [], final: false },
  ];
  for (const phrase of phrases) {
    let at = 0;
    for (const word of phrase.split(' ')) {
      nodes[at]?.arcs.push({ word, to: nodes.length });
      at = nodes.push({ arcs: [], final: false }) - 1;
    }
    const last = nodes[at];
    if (last !== undefined) last.final = true;
  }
  return { key: phrases.join('|'), start: 0, nodes };
}

/** As a media worker sends it: with its look-back and hangover. */
async function utterance(phrase: string): Promise<Int16Array> {
  const quiet = new Int16Array(1600);
  return joined([quiet, await sayWithFlite(phrase), quiet]);
}

const grammar = grammarOf(['check my balance', 'report a lost card', 'speak to an agent']);
const constrained = { language: 'en-US', orFree: false, kind: 'final', grammar } as const;

const options: SpeechServiceOptions = {
  cacheDirectory: undefined,
  synthesizer: 'neural-voice',
  language: 'en-US',
  recognizer: 'whisper',
  recognizers: 1,
  queueLimit: 2,
};

describe('recognition through the speech worker', () => {
  let speech: EmbeddedSpeech;
  let line: MediaLine;
  const said = new Map<string, Int16Array>();
  beforeAll(async () => {
    for (const phrase of ['check my balance', 'report a lost card', 'speak to an agent'])
      said.set(phrase, await utterance(phrase));
    speech = await openSpeechService(options, silentLogger);
    line = new MediaLine(speech.openChannel());
  });
  afterAll(async () => {
    line[Symbol.dispose]();
    await speech[Symbol.asyncDispose]();
  });
  const utter = (job: number, phrase: string): void =>
    line.ask({ type: 'utterance', job, samples: said.get(phrase)?.slice() ?? new Int16Array(0) });

  test('what one voice says is understood within a grammar', async () => {
    for (const phrase of said.keys()) {
      const job = speech.recognize(constrained, seconds(15));
      utter(job.id, phrase);
      const { outcome, hypotheses, audio } = await job.transcript;
      expect(outcome).toBe('match');
      expect(hypotheses[0]?.words.join(' ')).toBe(phrase);
      expect(audio).toBeGreaterThan(500);
    }
  });

  test('the audio may come before its job', async () => {
    const next = speech.recognize(constrained, seconds(15));
    next.cancel();
    utter(next.id + 1, 'report a lost card');
    const job = speech.recognize(constrained, seconds(15));
    expect((await job.transcript).hypotheses[0]?.words).toEqual(['report', 'a', 'lost', 'card']);
  });

  test('a full queue refuses at once and the load tells of it; what was queued is still answered', async () => {
    const jobs = Array.from({ length: 5 }, () => speech.recognize(constrained, seconds(15)));
    for (const { id } of jobs) utter(id, 'check my balance');
    const outcomes = await Promise.allSettled(jobs.map(({ transcript }) => transcript));
    const codes = outcomes.map((one) =>
      one.status === 'fulfilled' ? one.value.outcome : one.reason instanceof IvrError ? one.reason.code : 'other',
    );
    expect(codes).toEqual(['match', 'match', 'match', 'RECOGNIZER_BUSY', 'RECOGNIZER_BUSY']);
    expect(speech.load().recognizers).toBe(1);
  });

  test('cancelled jobs leave the queue; the others go on', async () => {
    const jobs = Array.from({ length: 3 }, () => speech.recognize(constrained, seconds(15)));
    for (const { id } of jobs) utter(id, 'speak to an agent');
    jobs[1]?.cancel();
    expect(await Promise.allSettled(jobs.map(({ transcript }) => transcript))).toMatchObject([
      { value: { outcome: 'match' } },
      { reason: { code: 'CANCELLED' } },
      { value: { outcome: 'match' } },
    ]);
  });

  test('silence matches nothing', async () => {
    const job = speech.recognize(constrained, seconds(15));
    line.ask({ type: 'utterance', job: job.id, samples: new Int16Array(8000) });
    expect((await job.transcript).outcome).not.toBe('match');
  });

  test('a deadline ends a job whatever the queue does', async () => {
    const job = speech.recognize(constrained, ms(1));
    utter(job.id, 'check my balance');
    await expect(job.transcript).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });
});

const running = async (pid: string): Promise<boolean> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => ') Z');
  return !stat.includes(') Z'); // a zombie has ended; it waits for its parent
};

/** Processes that this one started and that still run. */
async function children(): Promise<string[]> {
  const tasks = await readdir(`/proc/${process.pid}/task`);
  const lists = tasks.map((task) => readFile(`/proc/${process.pid}/task/${task}/children`, 'latin1').catch(() => ''));
  const pids = (await Promise.all(lists)).flatMap((list) => list.split(' ').filter((pid) => pid !== ''));
  const run = await Promise.all(pids.map(running));
  return pids.filter((_, i) => run[i]);
}

test('a lost worker takes its recognizers with it; the next understands again', async () => {
  const workers: Worker[] = [];
  const before = await children();
  await using speech = await openSpeechService(options, silentLogger, (workerData) => {
    const worker = new Worker(new URL('../../dist/speech/worker/speech-worker.js', import.meta.url), { workerData });
    workers.push(worker);
    return worker;
  });
  const needed = new Promise<void>((resolve) => speech.onChannelNeeded(resolve));
  using line = new MediaLine(speech.openChannel());
  const interrupted = speech.recognize(constrained, seconds(15));
  line.ask({ type: 'utterance', job: interrupted.id, samples: tone(300, 8000, 3) });
  const outcome = Promise.allSettled([interrupted.transcript]);
  await workers[0]?.terminate();
  expect(await outcome).toMatchObject([{ reason: { code: 'RECOGNIZER_UNREACHABLE' } }]);
  await expect(speech.recognize(constrained, seconds(15)).transcript).rejects.toMatchObject({
    code: 'RECOGNIZER_UNREACHABLE',
  });
  await needed;
  using again = new MediaLine(speech.openChannel());
  const job = speech.recognize(constrained, seconds(15));
  again.ask({ type: 'utterance', job: job.id, samples: await utterance('report a lost card') });
  expect((await job.transcript).hypotheses[0]?.words).toEqual(['report', 'a', 'lost', 'card']);
  // the recognizer and the voice of the new worker, and nothing of the old one
  const added = async (): Promise<string[]> => (await children()).filter((pid) => !before.includes(pid));
  await vi.waitUntil(async () => (await added()).length <= 2, { timeout: 5000 });
  const commands = (await added()).map((pid) => readFile(`/proc/${pid}/cmdline`, 'latin1'));
  expect((await Promise.all(commands)).map((command) => /([a-z]+)-process\.js/.exec(command)?.[1]).sort()).toEqual([
    'voice',
    'whisper',
  ]);
});

test('closing during a recognition cancels it and leaves nothing', async () => {
  const speech = await openSpeechService(options, silentLogger);
  using line = new MediaLine(speech.openChannel());
  const job = speech.recognize(constrained, seconds(15));
  line.ask({ type: 'utterance', job: job.id, samples: tone(300, 8000, 3) });
  const outcome = Promise.allSettled([job.transcript]);
  await speech[Symbol.asyncDispose]();
  expect(await outcome).toMatchObject([{ reason: { code: 'CANCELLED' } }]);
});
