import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { formatWav } from '../../src/audio/wav.ts';
import { ms } from '../../src/domain/units.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { type EmbeddedSpeech, openSpeechService } from '../../src/speech/client/open-speech-service.ts';
import { HOLD_MUSIC_CLIP } from '../../src/speech/clips/well-known-clips.ts';
import type { ClipId } from '../../src/speech/speech-service.ts';
import { english, fixed, folder, options, personal, plain, usePromptFolder } from './speech-options.ts';
import { rms, secondsOf } from './support/audio.ts';
import { keepingLogger } from './support/logged.ts';
import { MediaLine } from './support/media-line.ts';

usePromptFolder();

describe('what the bot says', () => {
  let speech: EmbeddedSpeech;
  let line: MediaLine;
  const { lines: logged, logger } = keepingLogger();
  let cacheDirectory: string;
  beforeAll(async () => {
    cacheDirectory = await mkdtemp(join(tmpdir(), 'prompts-'));
    speech = await openSpeechService({ ...plain, cacheDirectory }, logger);
    line = new MediaLine(speech.openChannel());
  });
  afterAll(async () => {
    line[Symbol.dispose]();
    await speech[Symbol.asyncDispose]();
    await rm(cacheDirectory, { recursive: true });
  });

  test('goes to the media worker clause by clause, the first before the last is made', async () => {
    const clip = speech.say(personal('Thank you for calling. Your balance is ten dollars. Goodbye.'));
    const arrivals: number[] = [];
    const { chunks, samples, keep, failed } = await line.fetch(clip, () => arrivals.push(performance.now()));
    expect(failed).toBeUndefined();
    expect(chunks.length).toBe(3);
    expect(keep).toBe(false);
    expect(secondsOf(samples)).toBeGreaterThan(2);
    expect(rms(samples)).toBeGreaterThan(500);
    expect(arrivals.at(-1)).toBeGreaterThan(arrivals[0] ?? Number.POSITIVE_INFINITY);
  });

  test('static speech is named by its content and can be fetched again; other words, other name', async () => {
    const clip = speech.say(fixed('Welcome  to the\tbank.'));
    expect(speech.say(fixed('Welcome to the bank.'))).toBe(clip);
    expect(speech.say(fixed('Welcome to the tank.'))).not.toBe(clip);
    expect(speech.say({ ...fixed('Welcome to the bank.'), voice: 'hibari-low' })).not.toBe(clip);
    const [first, second] = [await line.fetch(clip), await line.fetch(clip)];
    expect(first.keep).toBe(true);
    expect(second.samples).toEqual(first.samples);
    expect(second.chunks.length).toBe(1);
  });

  test('a prepared text is ready, and says so', async () => {
    expect(speech.cached(fixed('How may I help you?'))).toBe(false);
    await speech.prepare([fixed('How may I help you?'), fixed('Goodbye.')]);
    expect(speech.cached(fixed('How may I help you?'))).toBe(true);
    expect(speech.cached(personal('How may I help you?'))).toBe(false);
  });

  test('a released clip is forgotten everywhere', async () => {
    const clip = speech.say(personal('Your account ends in one two three.'));
    expect((await line.fetch(clip)).failed).toBeUndefined();
    speech.release([clip]);
    await line.forgot(clip);
    expect((await line.fetch(clip)).failed).toBe('NOT_FOUND');
  });

  test('releasing while it is being made ends the making', async () => {
    const clip = speech.say(personal('One. Two. Three. Four. Five. Six. Seven. Eight. Nine. Ten.'));
    const fetched = line.fetch(clip, () => speech.release([clip]));
    expect((await fetched).failed).toBe('CANCELLED');
    await line.forgot(clip);
  });

  test('personal texts and their audio touch neither the disk nor the log', async () => {
    await vi.waitUntil(async () => (await readdir(cacheDirectory)).every((file) => file.endsWith('.s16')));
    const before = await readdir(cacheDirectory);
    const clips = ['Your balance is 1,234 dollars.', 'Dear Mr. Jones.'].map((text) => speech.say(personal(text)));
    const failing = speech.say({ ...personal('Mr. Jones owes money.'), voice: 'nobody' });
    for (const clip of clips) expect((await line.fetch(clip)).failed).toBeUndefined();
    expect((await line.fetch(failing)).failed).toBe('SYNTHESIS_FAILED');
    await speech.prepare([fixed('Goodbye.')]);
    const file = `${speech.say(fixed('Goodbye.'))}.s16`;
    await vi.waitUntil(async () => (await readdir(cacheDirectory)).includes(file));
    expect(new Set(await readdir(cacheDirectory))).toEqual(new Set([...before, file]));
    expect(logged.length).toBeGreaterThan(0);
    expect(JSON.stringify(logged)).not.toMatch(/Jones|balance/);
  });

  test('empty text is an empty clip; a text without measure is an error', async () => {
    const silence = await line.fetch(speech.say(fixed(' \u0000\n ')));
    expect(silence).toMatchObject({ failed: undefined, samples: new Int16Array(0) });
    const endless = fixed('word '.repeat(2000));
    expect((await line.fetch(speech.say(endless))).failed).toBe('SYNTHESIS_FAILED');
    await expect(speech.prepare([endless])).rejects.toMatchObject({ code: 'SYNTHESIS_FAILED' });
  });

  test('a request that overtakes its name waits for it', async () => {
    const later = fixed('Named after it was asked for.');
    const twin = await openSpeechService(plain, silentLogger);
    const clip = twin.say(later);
    await twin[Symbol.asyncDispose]();
    const fetching = line.fetch(clip);
    await line.fetch(HOLD_MUSIC_CLIP); // the line has been read
    expect(speech.say(later)).toBe(clip);
    expect((await fetching).failed).toBeUndefined();
  });

  test('a name that never comes fails', async () => {
    expect((await line.fetch('nothing' as ClipId)).failed).toBe('NOT_FOUND');
  });

  test('music on hold is there from the start', async () => {
    const { samples: music, keep } = await line.fetch(HOLD_MUSIC_CLIP);
    expect(keep).toBe(true);
    expect(secondsOf(music)).toBeGreaterThanOrEqual(16);
    expect(rms(music)).toBeGreaterThan(300);
  });

  test('a WAV of ours becomes a clip; anything else is refused with the reason', async () => {
    const samples = Int16Array.from({ length: 800 }, (_, i) => i);
    await writeFile(join(folder, 'jingle.wav'), formatWav(8000, [samples]));
    const clip = await speech.clipFromFile(join(folder, 'jingle.wav'));
    expect((await line.fetch(clip)).samples).toEqual(samples);
    await writeFile(join(folder, 'stereo.wav'), formatWav(8000, [samples, samples]));
    await writeFile(join(folder, 'fast.wav'), formatWav(16_000, [samples]));
    await writeFile(join(folder, 'text.wav'), 'hello');
    for (const name of ['stereo.wav', 'fast.wav', 'text.wav', 'absent.wav'])
      await expect(speech.clipFromFile(join(folder, name))).rejects.toMatchObject({ code: 'SYNTHESIS_FAILED' });
  });

  test('two lines at once get the same clip, made once', async () => {
    using other = new MediaLine(speech.openChannel());
    const clip = speech.say(fixed('One. Two. Three. Four.'));
    const [one, two] = await Promise.all([line.fetch(clip), other.fetch(clip)]);
    expect(one.samples).toEqual(two.samples);
    expect(one.chunks.length).toBe(4);
    expect(two.chunks.length).toBe(4);
  });

  test('without a recognizer jobs fail and the load says to use the keys', async () => {
    const job = speech.recognize(english, ms(5000));
    line.ask({ type: 'utterance', job: job.id, samples: new Int16Array(8000) });
    await expect(job.transcript).rejects.toMatchObject({ code: 'RECOGNIZER_UNREACHABLE' });
    expect(speech.load().recognizers).toBe(0);
    expect(speech.load().expectedWait).toBeGreaterThan(1000);
  });

  test('a job without audio ends at its deadline; audio that comes too late is counted', async () => {
    const dropped = speech.statistics().utterancesDropped;
    const job = speech.recognize(english, ms(20));
    await expect(job.transcript).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    line.ask({ type: 'utterance', job: job.id, samples: new Int16Array(800) });
    await vi.waitUntil(() => speech.statistics().utterancesDropped > dropped);
    expect(speech.statistics().utterancesDropped).toBe(dropped + 1);
  });

  test('a cancelled job says so at once', async () => {
    const job = speech.recognize(english, ms(5000));
    job.cancel();
    job.cancel();
    await expect(job.transcript).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

const broken = (): Worker => new Worker('throw new Error("broken")', { eval: true });

describe('a service that cannot be opened', () => {
  test('because the synthesizer is not installed: says the Debian package, and leaves nothing', async () => {
    await expect(
      openSpeechService({ ...options, synthesizer: 'espeak-ng', espeakCommand: '/nowhere/espeak-ng' }, silentLogger),
    ).rejects.toMatchObject({
      code: 'SYNTHESIZER_UNREACHABLE',
      message: expect.stringContaining('install the Debian package espeak-ng'),
    });
  });

  test('because the worker does not start', async () => {
    await expect(openSpeechService(options, silentLogger, broken)).rejects.toMatchObject({
      code: 'SYNTHESIZER_UNREACHABLE',
    });
  });
});

test.skipIf(spawnSync('espeak-ng', ['--version']).status !== 0)(
  'Mandarin beside the neural voice is espeak-ng’s (Debian package espeak-ng)',
  async () => {
    await using speech = await openSpeechService(options, silentLogger);
    using line = new MediaLine(speech.openChannel());
    const { samples, failed } = await line.fetch(
      speech.say({ text: '您好，请说您的账号。', language: 'zh-CN', kind: 'static' }),
    );
    expect(failed).toBeUndefined();
    expect(secondsOf(samples)).toBeGreaterThan(1);
  },
);

test('a language that nobody here speaks fails by name, and English goes on', async () => {
  await using speech = await openSpeechService({ ...options, espeakCommand: '/nowhere/espeak-ng' }, silentLogger);
  await expect(speech.prepare([{ text: '您好。', language: 'zh-CN', kind: 'static' }])).rejects.toMatchObject({
    code: 'SYNTHESIZER_UNREACHABLE',
  });
  await speech.prepare([fixed('Hello.')]);
  expect(speech.cached(fixed('Hello.'))).toBe(true);
});
