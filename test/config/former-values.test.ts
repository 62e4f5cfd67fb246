import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';

test('a value of an earlier version starts with one warning that names the new one', async () => {
  const warnings: string[] = [];
  const config = await loadConfig({
    environment: { TELLERLINE_SPEECH_RECOGNIZER: 'moonshine' },
    warn: (message) => warnings.push(message),
  });
  expect(config.speech.recognizer).toBe('whisper');
  expect(warnings).toEqual([
    'environment TELLERLINE_SPEECH_RECOGNIZER: speech.recognizer moonshine is now called whisper',
  ]);
});

test('present values start without one', async () => {
  const warnings: string[] = [];
  await loadConfig({
    environment: { TELLERLINE_SPEECH_RECOGNIZER: 'none' },
    warn: (message) => warnings.push(message),
  });
  expect(warnings).toEqual([]);
});
