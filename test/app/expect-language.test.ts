import { expect, test } from 'vitest';
import { expectIntelligible, expectLanguage } from '../../src/app/expect-language.ts';
import { loadConfig } from '../../src/config/load-config.ts';

test('a language that nobody understands or speaks is refused, with those that there are', async () => {
  const { speech } = await loadConfig({ environment: {} });
  for (const language of ['en-US', 'en-GB', 'zh-CN']) expectLanguage(language, speech, 'plan.yaml');
  expect(() => expectLanguage('ja-JP', speech, 'plan.yaml')).toThrow(
    /^plan\.yaml: expected a language that the recognizer understands \(en, zh\), found 'ja-JP'/,
  );
  const keys = { ...speech, recognizer: 'none' } as const;
  expectLanguage('de-DE', keys, 'plan.yaml');
  expect(() => expectLanguage('xx', keys, 'plan.yaml')).toThrow(/expected a language that a voice speaks \(en, /);
});

test('a voice that was not found, or not understood, is refused at the start', () => {
  const voice = { engine: 'espeak-ng', version: '1', errors: 0.9 } as const;
  const voices = [
    { ...voice, language: 'en', errors: 0.1, intelligible: true },
    { ...voice, language: 'zh', intelligible: false },
  ];
  expectIntelligible('en-US', voices, 'plan.yaml');
  expect(() => expectIntelligible('zh-CN', voices, 'plan.yaml')).toThrow(/that its recognizer understands/);
  expect(() => expectIntelligible('fr-FR', voices, 'plan.yaml')).toThrow(/found none/);
});
