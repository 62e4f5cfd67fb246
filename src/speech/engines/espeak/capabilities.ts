import type { SynthesizerCapabilities } from '../../synthesizer.ts';

/** By the primary subtag of BCP 47, or language and region: espeak-ng's own name of the voice. */
const VOICES: Readonly<Record<string, string>> = {
  en: 'en-us',
  'en-us': 'en-us',
  'en-gb': 'en-gb',
  // 'cmn' of espeak-ng 1.51 (Debian 12) reads the letters of the pinyin in English
  zh: 'cmn-latn-pinyin',
  'zh-cn': 'cmn-latn-pinyin',
  'zh-hk': 'yue',
  cmn: 'cmn-latn-pinyin',
  yue: 'yue',
  de: 'de',
  fr: 'fr-fr',
  es: 'es',
  it: 'it',
  pt: 'pt',
  'pt-br': 'pt-br',
  ru: 'ru',
  ja: 'ja',
  ko: 'ko',
};

/** espeak-ng's own name of the voice for a language; undefined: it has none. */
export function espeakVoice(language: string): string | undefined {
  const tag = language.toLowerCase();
  return VOICES[tag] ?? VOICES[tag.split('-', 1)[0] ?? tag];
}

/** It writes as it speaks, but a clause is levelled when all of it is there. */
export const ESPEAK: SynthesizerCapabilities = {
  languages: [...new Set(Object.keys(VOICES).map((tag) => tag.split('-', 1)[0] ?? tag))],
  voices: 'machine',
  rates: [8000],
  streaming: false,
};
