import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { decodeMulaw, encodeMulaw } from '../../src/audio/g711.ts';
import { parseWav } from '../../src/audio/wav.ts';
import { IvrError } from '../../src/domain/error.ts';
import type { GrammarGraph } from '../../src/domain/grammar-graph.ts';
import { ms } from '../../src/domain/units.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { checkedModel } from '../../src/lib/model-package.ts';
import { RECOGNIZER_PACKAGE } from '../../src/speech/engines/whisper/model-files.ts';
import { openWhisper } from '../../src/speech/engines/whisper/whisper.ts';
import { RecognitionQueue } from '../../src/speech/recognition/recognition-queue.ts';
import type { Decoded, Recognizer } from '../../src/speech/recognizer.ts';
import { DEBIAN_VOICES, type DebianVoice, speakToFile } from '../support/debian-voices.ts';
import { noise } from '../support/noise.ts';
import { hasPeer } from '../support/peers.ts';
import { spokenUtterances } from '../support/speech-data.ts';
import { testData } from '../support/test-data.ts';
import { digitsOf, trieOf } from './graphs.ts';

const never = new AbortController().signal;
const REQUESTS = trieOf([
  'what is my balance',
  'i lost my card',
  "i'd like to talk to a person",
  'what are your opening hours',
  'repeat that please',
  'goodbye',
]);
const YES_NO = trieOf(['yes', 'no', 'yes please', 'no thank you']);
const DIGITS = digitsOf(4, 16);
const EIGHT = digitsOf(8, 8);

/** Rises and falls as speech does, so that it is decoded. */
const bursts = (count: number): Int16Array =>
  noise(count, 9000).map((sample, at) => (at % 4000 < 2500 ? sample : Math.round(sample / 50)));

const best = ({ hypotheses }: Decoded): string => hypotheses[0]?.words.join(' ') ?? '';
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (error: unknown) => (error instanceof IvrError ? error.code : String(error)),
  );
/** Recognizer processes that this process started and that live. */
const processes = (): number[] =>
  execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes('whisper-process'))
    .map((line) => Number.parseInt(line, 10));

describe('one recognizer', () => {
  let recognizer: Recognizer;
  beforeAll(async () => {
    recognizer = await openWhisper({ decoders: 1, threads: 1 }, silentLogger);
  });
  afterAll(() => recognizer[Symbol.asyncDispose]());
  const decode = (audio: Int16Array, grammar?: GrammarGraph, orFree = false): Promise<Decoded> =>
    recognizer.decode(
      audio,
      { language: 'en', ...(grammar === undefined ? {} : { grammar }), orFree, kind: 'final' },
      never,
    );

  test.skipIf(testData('digits') === undefined).each([['8'], ['7'], ['5', '2'], ['1', '7']])(
    'who says %s and stops has said no number of eight digits',
    async (...digits) => {
      const spoken = digits.flatMap((digit) => {
        const file = readFileSync(join(testData('digits') ?? '', `${digit}_george_0.wav`));
        return [...(parseWav(file).samples[0] ?? []), ...new Int16Array(960)];
      });
      const { outcome, hypotheses } = await decode(Int16Array.from(spoken), EIGHT);
      expect(outcome).toBe('rejected');
      expect(
        hypotheses.filter(({ unfinished }) => unfinished !== true).every(({ confidence }) => confidence < 0.5),
      ).toBe(true);
    },
  );

  describe.each(Object.keys(DEBIAN_VOICES) as DebianVoice[])('%s', (voice) => {
    const { peer } = DEBIAN_VOICES[voice];
    const folder = mkdtempSync(join(tmpdir(), 'tellerline-voices-'));
    afterAll(() => rmSync(folder, { recursive: true }));
    /** As a telephone line carries it. */
    const spoken = (text: string): Int16Array => {
      const [samples = new Int16Array(0)] = parseWav(readFileSync(speakToFile(voice, text, folder))).samples;
      return decodeMulaw(encodeMulaw(samples));
    };

    test.skipIf(!hasPeer(peer)).each([
      ['what is my balance', REQUESTS],
      ['i lost my card', REQUESTS],
      ["i'd like to talk to a person", REQUESTS],
      ['what are your opening hours', REQUESTS],
      ['yes', YES_NO],
      ['no', YES_NO],
      ['one, two, three, four, five, six, seven, eight', EIGHT],
    ])(`understands "%s" (Debian package of ${peer})`, async (text, grammar) => {
      const decoded = await decode(spoken(text), grammar);
      expect([decoded.outcome, best(decoded)]).toEqual(['match', text.replaceAll(',', '')]);
    });

    test.skipIf(!hasPeer(peer))('takes no other sentence for a yes or a request', async () => {
      for (const text of ['the weather is lovely in the mountains', 'how do I get to the railway station']) {
        const audio = spoken(text);
        expect((await decode(audio, YES_NO)).outcome).toBe('rejected');
        expect((await decode(audio, REQUESTS)).outcome).toBe('rejected');
      }
    });
  });

  const people = spokenUtterances().filter(({ source, text }) => source !== 'tts' && text.split(' ').length >= 5);
  test.skipIf(people.length === 0)(
    'people outside of the grammar are rejected, and then understood freely',
    async () => {
      let free = 0;
      for (const { samples } of people.slice(0, 12)) {
        const decoded = await decode(samples, YES_NO, true);
        expect(decoded.hypotheses[0]?.words.length).not.toBe(1);
        if (decoded.outcome === 'match' && decoded.hypotheses[0]?.free === true) free++;
      }
      expect(free).toBeGreaterThanOrEqual(9);
    },
  );

  test('noise and silence are neither a word nor a number', async () => {
    for (const audio of [new Int16Array(8000), noise(16_000, 300), noise(16_000, 8000)])
      for (const grammar of [YES_NO, DIGITS]) expect((await decode(audio, grammar, true)).outcome).not.toBe('match');
  });

  test('audio of no length, an empty grammar and a broken one are no match and no crash', async () => {
    expect((await decode(new Int16Array(0), YES_NO)).outcome).not.toBe('match');
    expect((await decode(noise(8000, 3000), { key: 'empty', start: 0, nodes: [] })).outcome).not.toBe('match');
    expect(
      (
        await decode(noise(8000, 3000), {
          key: 'dangling',
          start: 0,
          nodes: [{ arcs: [{ word: 'yes', to: 7 }], final: false }],
        })
      ).outcome,
    ).not.toBe('match');
  });

  test('grammars by the dozen: the process forgets old ones and is told again', async () => {
    for (let at = 0; at < 70; at++) await decode(new Int16Array(80), { ...YES_NO, key: `copy ${at}` });
    expect((await decode(noise(8000, 3000), { ...YES_NO, key: 'copy 0' })).outcome).not.toBe('match');
  });

  test('an aborted decode is cancelled, and the next one is served', async () => {
    const cancel = new AbortController();
    const decoding = recognizer.decode(
      bursts(40_000),
      { language: 'en', orFree: false, kind: 'partial' },
      cancel.signal,
    );
    cancel.abort();
    expect(await codeOf(decoding)).toBe('CANCELLED');
    expect((await decode(new Int16Array(8000), YES_NO)).outcome).not.toBe('match');
  });

  test('behind a queue, speech waits its turn', async () => {
    const queue = new RecognitionQueue(recognizer, systemClock, { capacity: 4 });
    onTestFinished(() => queue.close());
    const jobs = [1, 2, 3].map(() =>
      queue.enter(new Int16Array(8000), { language: 'en', orFree: false, kind: 'final' }, ms(10_000)),
    );
    const transcripts = await Promise.all(jobs.map(({ transcript }) => transcript));
    expect(transcripts.map(({ audio }) => audio)).toEqual([1000, 1000, 1000]);
    expect(transcripts[2]?.queued).toBeGreaterThan(transcripts[0]?.queued ?? 0);
  });
});

test('a process that dies fails its decode, is replaced, and none is left after closing', async () => {
  await using recognizer = await openWhisper({ decoders: 1, threads: 1 }, silentLogger);
  const [pid = 0] = processes();
  const request = { language: 'en', orFree: false, kind: 'final' } as const;
  const decoding = codeOf(recognizer.decode(bursts(80_000), request, never));
  process.kill(pid, 'SIGKILL');
  expect(await decoding).toBe('RECOGNIZER_UNREACHABLE');
  expect((await recognizer.decode(new Int16Array(8000), request, never)).outcome).not.toBe('match');
  expect(processes()).not.toContain(pid);
  await recognizer[Symbol.asyncDispose]();
  expect(processes()).toEqual([]);
  expect(await codeOf(recognizer.decode(new Int16Array(8000), request, never))).toBe('RECOGNIZER_UNREACHABLE');
});

test('a process that hangs is killed, and replaced', async () => {
  await using recognizer = await openWhisper({ decoders: 1, threads: 1 }, silentLogger);
  const [pid = 0] = processes();
  process.kill(pid, 'SIGSTOP');
  const request = { language: 'en', orFree: false, kind: 'final' } as const;
  expect(await codeOf(recognizer.decode(new Int16Array(800), request, never))).toBe('RECOGNIZER_UNREACHABLE');
  expect((await recognizer.decode(new Int16Array(800), request, never)).outcome).toBe('not-speech');
  expect(processes()).not.toContain(pid);
});

test('a queue carries an utterance over the death of the process', async () => {
  await using recognizer = await openWhisper({ decoders: 1, threads: 1 }, silentLogger);
  const queue = new RecognitionQueue(recognizer, systemClock, { capacity: 4 });
  const job = queue.enter(bursts(80_000), { language: 'en', orFree: false, kind: 'final' }, ms(15_000));
  process.kill(processes()[0] ?? 0, 'SIGKILL');
  expect((await job.transcript).outcome).toBeDefined();
  expect(queue.statistics).toMatchObject({ retried: 1, decoded: 1, failed: 0 });
});

test('a terminal that interrupts the whole group does not stop recognition', async () => {
  await using recognizer = await openWhisper({ decoders: 1, threads: 1 }, silentLogger);
  const [pid = 0] = processes();
  process.kill(pid, 'SIGINT');
  process.kill(pid, 'SIGTERM');
  await recognizer.decode(new Int16Array(8000), { language: 'en', orFree: false, kind: 'final' }, never);
  expect(processes()).toEqual([pid]);
});

test('several utterances share the one process, and each gets its own answer', async () => {
  await using recognizer = await openWhisper({ decoders: 4, threads: 1 }, silentLogger);
  expect(recognizer.concurrency).toBe(4);
  const request = { language: 'en', orFree: false, kind: 'final' } as const;
  const cancel = new AbortController();
  const work = [
    recognizer.decode(noise(16_000, 300), { ...request, grammar: YES_NO }, never),
    recognizer.decode(new Int16Array(8000), request, never),
    recognizer.decode(bursts(40_000), request, cancel.signal),
    recognizer.decode(noise(16_000, 8000), { ...request, grammar: DIGITS }, never),
  ];
  cancel.abort();
  const outcomes = await Promise.all(
    work.map((one) =>
      one.then(
        ({ outcome }) => outcome,
        (error: unknown) => (error instanceof IvrError ? error.code : String(error)),
      ),
    ),
  );
  expect(outcomes[1]).toBe('not-speech');
  expect(outcomes[2]).toBe('CANCELLED');
  expect(outcomes).not.toContain('match');
  expect(processes()).toHaveLength(1);
});

test('a language that it does not know is refused, not guessed', async () => {
  await using recognizer = await openWhisper({ decoders: 1, threads: 1 }, silentLogger);
  const request = { language: 'fr-FR', orFree: true, kind: 'final' } as const;
  expect(await codeOf(recognizer.decode(noise(8000, 3000), request, never))).toBe('RECOGNITION_FAILED');
});

describe('the weights', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tellerline-model-'));
  const place = join(folder, RECOGNIZER_PACKAGE.name);
  const shipped = join(import.meta.dirname, '../../models/recognizer-zh-en');
  beforeAll(() => {
    mkdirSync(place, { recursive: true });
    for (const file of Object.keys(RECOGNIZER_PACKAGE.files)) cpSync(join(shipped, file), join(place, file));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('are found where npm puts them, whole', async () => {
    expect(await checkedModel(RECOGNIZER_PACKAGE, [join(folder, 'nowhere'), folder])).toBe(place);
  });

  test('an altered byte is named with its file, not decoded with', async () => {
    const table = join(place, 'tokens.json');
    const bytes = readFileSync(table);
    writeFileSync(
      table,
      Buffer.concat([bytes.subarray(0, 1000), Buffer.from([(bytes[1000] ?? 0) ^ 1]), bytes.subarray(1001)]),
    );
    await expect(checkedModel(RECOGNIZER_PACKAGE, [folder])).rejects.toMatchObject({
      code: 'MODEL_ALTERED',
      facts: { path: table, expected: RECOGNIZER_PACKAGE.files['tokens.json'] },
    });
  });

  test('a missing one is named with its path and what to do', async () => {
    rmSync(join(place, 'encoder.onnx'));
    await expect(checkedModel(RECOGNIZER_PACKAGE, [folder])).rejects.toMatchObject({
      code: 'MODEL_MISSING',
      message: expect.stringContaining('npm ci'),
      facts: { path: join(place, 'encoder.onnx') },
    });
    await expect(checkedModel(RECOGNIZER_PACKAGE, ['/nowhere/node_modules'])).rejects.toMatchObject({
      code: 'MODEL_MISSING',
      facts: { path: expect.stringContaining('/nowhere/node_modules/@tellerline/recognizer-zh-en') },
    });
  });
});
