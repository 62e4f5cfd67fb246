import { describe, expect, test } from 'vitest';
import { holdMusicSamples } from '../../src/speech/clips/hold-music.ts';
import { nameSpeech } from '../../src/speech/synthesis/named-speech.ts';
import { speakableText } from '../../src/speech/synthesis/speakable-text.ts';
import { voicingOf } from '../../src/speech/synthesis/voicing.ts';
import { rms } from './support/audio.ts';

const defaults = { synthesizer: 'neural-voice', language: 'en-US', voice: 'hibari-low' } as const;
const versions = { 'neural-voice': '1', 'espeak-ng': '1.51' };

test.each([
  ['  two \n words\t', 'two words'],
  ['a\u0000b\u001bc', 'a b c'],
  ['cafe\u0301', 'café'],
  ['lone \ud800 half', 'lone half'],
  ['\u0007', ''],
])('%j is spoken as %j', (text, spoken) => {
  expect(speakableText(text)).toBe(spoken);
});

describe('who speaks', () => {
  test.each([
    [{ language: 'en-US' }, defaults, { engine: 'neural-voice', voice: 'hibari-low' }],
    [{ language: 'en-GB', voice: 'hibari-high' }, defaults, { engine: 'neural-voice', voice: 'hibari-high' }],
    [{ language: 'en-US' }, { ...defaults, voice: 'hibari' }, { engine: 'neural-voice', voice: 'hibari' }],
    [{ language: 'en-US', voice: 'kal' }, defaults, { engine: 'neural-voice', voice: 'hibari-high' }],
    [{ language: 'zh-CN' }, defaults, { engine: 'espeak-ng', voice: undefined }],
    [{ language: 'en' }, { ...defaults, synthesizer: 'espeak-ng' }, { engine: 'espeak-ng', voice: undefined }],
    [
      { language: 'en' },
      { ...defaults, synthesizer: 'espeak-ng', voice: 'en-gb' },
      { engine: 'espeak-ng', voice: 'en-gb' },
    ],
    [{ language: 'en' }, { ...defaults, voice: 'en-gb' }, { engine: 'neural-voice', voice: undefined }],
  ] as const)('%j by %j: %j', (speech, by, expected) => {
    expect(voicingOf(speech, by)).toMatchObject(expected);
  });
});

test('static names tell content apart, dynamic names tell nothing', () => {
  const speech = { text: 'Hello.', language: 'en-US', kind: 'static' } as const;
  const names = [
    speech,
    { ...speech, text: 'Hello!' },
    { ...speech, voice: 'hibari' },
    { ...speech, language: 'en-GB' },
  ].map((one) => nameSpeech(one, defaults, versions).clip);
  expect(new Set(names).size).toBe(4);
  for (const name of names) expect(name).toMatch(/^[0-9a-f]{64}$/);
  expect(nameSpeech({ ...speech, text: ' Hello. ' }, defaults, versions).clip).toBe(names[0]);
  const dynamic = { ...speech, kind: 'dynamic' } as const;
  expect(nameSpeech(dynamic, defaults, versions).clip).not.toBe(nameSpeech(dynamic, defaults, versions).clip);
});

test('what another version of the engine, or another engine, has spoken is not found', () => {
  const speech = { text: 'Hello.', language: 'en-US', kind: 'static' } as const;
  const names = [
    nameSpeech(speech, defaults, versions),
    nameSpeech(speech, defaults, { ...versions, 'neural-voice': '2' }),
    nameSpeech(speech, { ...defaults, synthesizer: 'espeak-ng' }, versions),
    nameSpeech(speech, { ...defaults, synthesizer: 'espeak-ng' }, { ...versions, 'espeak-ng': '1.52' }),
  ].map(({ clip }) => clip);
  expect(new Set(names).size).toBe(4);
});

test('English and Chinese are worded before they are named and spoken; other languages are left as they are', () => {
  const text = '$5 by 9:00';
  const name = (language: string) => nameSpeech({ text, language, kind: 'static' }, defaults, versions);
  expect(name('en-US').text).toBe('five dollars by nine A M');
  expect(name('en-US').clip).toBe(
    nameSpeech({ text: 'five dollars by nine A M', language: 'en-US', kind: 'static' }, defaults, versions).clip,
  );
  expect(name('zh-CN').text).toBe('五美元 by 上午九点');
  expect(name('fr-FR').text).toBe(text);
});

test('music on hold is quiet, has no gap, and loops without a click', () => {
  const music = holdMusicSamples();
  expect(music.length).toBe(160_000);
  expect(music.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)).toBeLessThanOrEqual(5000);
  for (let at = 0; at < music.length; at += 4000) expect(rms(music.subarray(at, at + 4000))).toBeGreaterThan(100);
  let steepest = 0;
  for (let i = 1; i < music.length; i++) steepest = Math.max(steepest, Math.abs((music[i] ?? 0) - (music[i - 1] ?? 0)));
  expect(Math.abs((music[0] ?? 0) - (music.at(-1) ?? 0))).toBeLessThan(steepest);
});
