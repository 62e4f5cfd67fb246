import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { formatWav } from '../../src/audio/wav.ts';
import { ms } from '../../src/domain/units.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { openSpeechService, type SpeechServiceOptions } from '../../src/speech/client/open-speech-service.ts';
import { english, file, fixed, folder, options, personal, usePromptFolder } from './speech-options.ts';
import { keepingLogger } from './support/logged.ts';
import { MediaLine } from './support/media-line.ts';

usePromptFolder();

const workerOf =
  (found: Worker[]) =>
  (workerData: object): Worker => {
    const worker = new Worker(new URL('../../dist/speech/worker/speech-worker.js', import.meta.url), { workerData });
    found.push(worker);
    return worker;
  };

describe('the prompt cache on disk', () => {
  const text = fixed('Please hold the line.');
  const audio = async (using: SpeechServiceOptions): Promise<Int16Array> => {
    const speech = await openSpeechService(using, silentLogger);
    const line = new MediaLine(speech.openChannel());
    try {
      return (await line.fetch(speech.say(text))).samples;
    } finally {
      line[Symbol.dispose]();
      await speech[Symbol.asyncDispose]();
    }
  };
  test('a restart finds what was made before', async () => {
    const made = await audio(options);
    const bytes = await readFile(await file());
    const speech = await openSpeechService(options, silentLogger);
    expect(speech.cached(text)).toBe(true);
    await speech[Symbol.asyncDispose]();
    expect(await audio(options)).toEqual(made);
    expect(await readFile(await file())).toEqual(bytes);
  });

  test('a damaged file is made anew', async () => {
    const made = await audio(options);
    const whole = await readFile(await file());
    await writeFile(await file(), whole.subarray(0, whole.length - 10));
    expect(await audio(options)).toEqual(made);
    expect(await readFile(await file())).toEqual(whole);
  });

  test('a folder that cannot be used costs the cache, not the speech', async () => {
    await writeFile(join(folder, 'file'), '');
    const { lines, logger } = keepingLogger();
    const speech = await openSpeechService({ ...options, cacheDirectory: join(folder, 'file', 'below') }, logger);
    await speech.prepare([text]);
    expect(speech.cached(text)).toBe(true);
    await speech[Symbol.asyncDispose]();
    expect(lines.map(({ level }) => level)).toContain('warn');
  });
});

describe('a speech worker that dies', () => {
  test('fails what was asked of it, is replaced, knows again what was said, and asks for new lines', async () => {
    const workers: Worker[] = [];
    const { logger } = keepingLogger();
    await using speech = await openSpeechService(options, logger, workerOf(workers));
    const needed = new Promise<void>((resolve) => speech.onChannelNeeded(resolve));
    using line = new MediaLine(speech.openChannel());
    const jingle = join(folder, 'jingle.wav');
    await writeFile(jingle, formatWav(8000, [new Int16Array(80).fill(5)]));
    const clips = [
      speech.say(fixed('Goodbye.')),
      speech.say(personal('Your balance is ten dollars.')),
      await speech.clipFromFile(jingle),
    ];
    const before = await Promise.all(clips.map((clip) => line.fetch(clip)));

    const job = speech.recognize(english, ms(60_000));
    const preparing = speech.prepare([fixed('One. Two. Three.'.repeat(50))]);
    const outcomes = Promise.allSettled([job.transcript, preparing]);
    await workers[0]?.terminate();
    expect(await outcomes).toMatchObject([
      { reason: { code: 'RECOGNIZER_UNREACHABLE' } },
      { reason: { code: 'SYNTHESIZER_UNREACHABLE' } },
    ]);
    await line.closed;
    expect(speech.load().recognizers).toBe(0);
    await expect(speech.recognize(english, ms(60_000)).transcript).rejects.toMatchObject({
      code: 'RECOGNIZER_UNREACHABLE',
    });

    await needed;
    expect(workers.length).toBe(2);
    expect(speech.statistics().restarts).toBe(1);
    using again = new MediaLine(speech.openChannel());
    const after = await Promise.all(clips.map((clip) => again.fetch(clip)));
    expect(after.map(({ samples }) => samples)).toEqual(before.map(({ samples }) => samples));
  });

  test('closing while it is being replaced leaves nothing', async () => {
    const workers: Worker[] = [];
    const speech = await openSpeechService(options, silentLogger, workerOf(workers));
    await workers[0]?.terminate();
    await speech[Symbol.asyncDispose]();
    await speech[Symbol.asyncDispose]();
    expect(workers.length).toBe(1);
  });
});
