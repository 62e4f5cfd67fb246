import { describe, expect, test } from 'vitest';
import { redactText } from '../../src/redaction/redact-text.ts';
import { englishPersonalSpeech } from '../support/personal-speech/english.ts';
import { MANDARIN_ORDINARY, mandarinPersonalSpeech } from '../support/personal-speech/mandarin.ts';
import { judge, type PersonalKind } from '../support/personal-speech/personal-utterance.ts';

/* Sentences and vocabulary that the rules were not made with. What may leak is what leaked when it was last measured, and a little. */

const SPEECH = { Mandarin: mandarinPersonalSpeech, English: englishPersonalSpeech };
const MOST: readonly (readonly [keyof typeof SPEECH, PersonalKind, number])[] = [
  ['Mandarin', 'number', 0],
  ['Mandarin', 'birth-date', 0],
  ['Mandarin', 'address', 0.08],
  ['Mandarin', 'name', 0.32],
  ['English', 'number', 0.02],
  ['English', 'birth-date', 0],
  ['English', 'address', 0.01],
  ['English', 'name', 0.01],
];

describe('of what callers say of themselves, as much is hidden as was measured', () => {
  const said = { Mandarin: SPEECH.Mandarin('held-out', 150), English: SPEECH.English('held-out', 150) };
  test.each(MOST)('%s, %s', (language, kind, most) => {
    const own = said[language].filter((utterance) => utterance.kind === kind);
    const leaks = own.filter((utterance) => judge(utterance, redactText(utterance.text)).leaks);
    expect(
      leaks.length / own.length,
      leaks.map(({ text }) => `${text} → ${redactText(text)}`).join('\n'),
    ).toBeLessThanOrEqual(most);
  });
});

test('ordinary questions in Mandarin stay as they are', () => {
  expect(MANDARIN_ORDINARY.filter((text) => redactText(text) !== text)).toEqual([]);
});

test('the judge sees a leak, and what is lost', () => {
  const utterance = { kind: 'name', text: '我叫张伟，你好', plain: '我叫 ，你好' } as const;
  expect(judge(utterance, '我叫[name]，你好')).toEqual({ leaks: false, kept: 1 });
  expect(judge(utterance, '我叫[name]伟，你好')).toMatchObject({ leaks: true });
  expect(judge(utterance, '[name]，你好')).toEqual({ leaks: false, kept: 0.5 });
});
