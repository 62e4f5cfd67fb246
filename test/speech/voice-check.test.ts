import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorRate } from '../../src/language/error-rate.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { openSpeechService } from '../../src/speech/client/open-speech-service.ts';
import { openRecognition, type Recognition } from '../../src/speech/recognition/open-recognition.ts';
import type { Synthesizers } from '../../src/speech/synthesis/synthesizers.ts';
import { openSynthesizers } from '../../src/speech/synthesis/synthesizers.ts';
import { languageVoices } from '../../src/speech/worker/language-voices.ts';
import { MOST_ERRORS, voiceErrors } from '../../src/speech/worker/voice-check.ts';

const espeak = spawnSync('espeak-ng', ['--version']).status === 0;
if (!espeak) console.warn('skipped: espeak-ng is not installed (Debian package espeak-ng)');
const never = new AbortController().signal;

test.each([
  ['a b c', 'a b c', 0],
  ['a b c', 'a x c', 1 / 3],
  ['a b c', '', 1],
  ['a', 'a b c', 2],
  ['', '', 0],
])('%s heard as %s', (said, heard, rate) => {
  const words = (text: string) => text.split(' ').filter((word) => word !== '');
  expect(errorRate(words(said), words(heard))).toBeCloseTo(rate);
});

describe('the recognizer listens to the voices', () => {
  let recognition: Recognition;
  let synthesizers: Synthesizers;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'voices-'));
    const recognizer = { recognizer: 'whisper', recognizers: 1, recognizerThreads: 1, queueLimit: 4 };
    recognition = await openRecognition(recognizer as never, silentLogger);
    const engines = { synthesizer: 'neural-voice', synthesisProcesses: 1, espeakCommand: 'espeak-ng' } as const;
    synthesizers = await openSynthesizers(engines, silentLogger);
  });
  afterAll(async () => {
    await synthesizers?.[Symbol.asyncDispose]();
    await recognition?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });
  const errors = (
    engine: 'neural-voice' | 'espeak-ng',
    language: string,
    voice?: string,
  ): Promise<number | undefined> => voiceErrors({ engine, language, voice }, synthesizers, recognition, never);

  test('and understands each speaker of the neural voice', async () => {
    for (const voice of ['hibari', 'hibari-low', 'hibari-high'])
      expect(await errors('neural-voice', 'en-US', voice)).toBeLessThan(0.15);
  });

  test.skipIf(!espeak)('and English by espeak-ng, but not what reads the letters of pinyin', async () => {
    expect(await errors('espeak-ng', 'en-US')).toBeLessThanOrEqual(MOST_ERRORS);
    expect(await errors('espeak-ng', 'zh-CN', 'cmn')).toBeGreaterThan(MOST_ERRORS);
  });

  const options = { synthesizer: 'neural-voice', language: 'en-US', checkVoices: true } as const;

  test('the result is kept, and found again only with the same engine and version', async () => {
    const listening = { ...options, cacheDirectory: folder };
    const first = await languageVoices(listening, synthesizers, recognition, silentLogger, never);
    const english = first.find(({ language }) => language === 'en');
    expect(english).toMatchObject({ engine: 'neural-voice', intelligible: true });
    const file = join(folder, 'voices.json');
    const kept: Record<string, number> = JSON.parse(await readFile(file, 'utf8'));
    const key = Object.keys(kept).find((one) => one.startsWith('neural-voice')) ?? '';
    await writeFile(file, JSON.stringify({ [key]: 0.9 }));
    const again = await languageVoices(listening, synthesizers, recognition, silentLogger, never);
    expect(again.find(({ language }) => language === 'en')).toMatchObject({ errors: 0.9, intelligible: false });
    const other = { ...synthesizers, versions: { ...synthesizers.versions, 'neural-voice': 'next' } };
    const anew = await languageVoices(listening, other, recognition, silentLogger, never);
    expect(anew.find(({ language }) => language === 'en')).toMatchObject({
      errors: english?.errors,
      intelligible: true,
    });
  });

  test('speech.check_voices: off and languages without a recognizer are taken as they are', async () => {
    const unheard = await languageVoices(
      { ...options, checkVoices: false, cacheDirectory: undefined },
      synthesizers,
      recognition,
      silentLogger,
      never,
    );
    expect(unheard.length).toBeGreaterThan(0);
    for (const voice of unheard) expect(voice).toMatchObject({ errors: undefined, intelligible: true });
  });
});

test('nothing is said in a language whose voice is not understood', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'voices-'));
  const options = {
    cacheDirectory: folder,
    synthesizer: 'neural-voice',
    language: 'en-US',
    recognizer: 'whisper',
    recognizers: 1,
    queueLimit: 4,
  } as const;
  const text = { text: 'Hello.', language: 'en-US', kind: 'static' } as const;
  {
    await using speech = await openSpeechService(options, silentLogger);
    expect(speech.voices().find(({ language }) => language === 'en')).toMatchObject({ intelligible: true });
    await speech.prepare([text]);
  }
  const file = join(folder, 'voices.json');
  const kept: Record<string, number> = JSON.parse(await readFile(file, 'utf8'));
  await writeFile(file, JSON.stringify(Object.fromEntries(Object.keys(kept).map((key) => [key, 1.2]))));
  await using speech = await openSpeechService(options, silentLogger);
  expect(speech.voices().find(({ language }) => language === 'en')).toMatchObject({ errors: 1.2, intelligible: false });
  await expect(speech.prepare([{ ...text, text: 'Goodbye.' }])).rejects.toMatchObject({ code: 'SYNTHESIS_FAILED' });
  await rm(folder, { recursive: true, force: true });
});

test('words that make no sound are found before a caller waits for them', async () => {
  await using speech = await openSpeechService(
    {
      cacheDirectory: undefined,
      synthesizer: 'neural-voice',
      language: 'en-US',
      recognizer: 'none',
      recognizers: 1,
      queueLimit: 1,
    },
    silentLogger,
  );
  await expect(speech.prepare([{ text: '您好', language: 'en-US', kind: 'static' }])).rejects.toMatchObject({
    code: 'SYNTHESIS_FAILED',
  });
  await speech.prepare([{ text: '…', language: 'en-US', kind: 'static' }]);
});
