import { randomUUID } from 'node:crypto';
import { IvrError } from '../../domain/error.ts';
import { seconds } from '../../domain/units.ts';
import * as english from '../../language/en/sample-sentences.ts';
import { spokenText } from '../../language/en/spoken-text.ts';
import { errorRate } from '../../language/error-rate.ts';
import * as chinese from '../../language/zh/sample-sentences.ts';
import type { Recognition } from '../recognition/open-recognition.ts';
import type { ClipId, LanguageVoice } from '../speech-service.ts';
import type { NamedSpeech } from '../synthesis/named-speech.ts';
import type { Synthesizers } from '../synthesis/synthesizers.ts';
import type { Voicing } from '../synthesis/voicing.ts';

/** By language. One that is not here is not checked. */
const SENTENCES: Readonly<Record<string, readonly string[]>> = {
  en: english.SAMPLE_SENTENCES,
  zh: chinese.SAMPLE_SENTENCES,
};

/** Of the best sentence: more, and callers understand nothing. espeak-ng reads English at 31 % and the pinyin's letters at 122 %. */
export const MOST_ERRORS = 0.4;
const DECODE_LIMIT = seconds(20);
/** As a media worker sends an utterance: with its look-back and hangover. */
const QUIET_SAMPLES = 2_400;

/**
 * Lets the recognizer of a language listen to its voice.
 *
 * @returns the share of errors of the best sentence, 0…1 and more; undefined: there are no sentences for this language
 * @throws IvrError what synthesis and recognition throw
 */
export async function voiceErrors(
  voicing: Voicing,
  synthesizers: Synthesizers,
  recognition: Recognition,
  signal: AbortSignal,
): Promise<number | undefined> {
  const language = primaryOf(voicing.language);
  let best: number | undefined;
  for (const text of SENTENCES[language] ?? []) {
    const speech: NamedSpeech = { clip: randomUUID() as ClipId, text, voicing, kind: 'dynamic' };
    const spoken: number[] = Array.from({ length: QUIET_SAMPLES }, () => 0);
    for await (const chunk of synthesizers.synthesize(speech, signal)) for (const sample of chunk) spoken.push(sample);
    const audio = new Int16Array(spoken.length + QUIET_SAMPLES);
    audio.set(spoken);
    const request = { language: voicing.language, orFree: true, kind: 'final' } as const;
    const { hypotheses } = await recognition.recognize(audio, request, DECODE_LIMIT, signal);
    const errors = errorRate(unitsOf(text, language), unitsOf(hypotheses[0]?.words.join(' ') ?? '', language));
    if (best === undefined || errors < best) best = errors;
    if (best <= MOST_ERRORS) return best;
  }
  return best;
}

const primaryOf = (language: string): string => language.split('-', 1)[0]?.toLowerCase() ?? '';

/** Words, or characters where a language is written without spaces; without punctuation. */
function unitsOf(text: string, language: string): string[] {
  const words = language === 'en' ? spokenText(text, 'en-US') : text;
  const plain = words.toLowerCase().replace(/[^\p{L}\p{N}']+/gu, ' ');
  return language === 'zh' ? Array.from(plain.replaceAll(' ', '')) : plain.split(' ').filter((word) => word !== '');
}

/** What is said instead of speech that nobody would understand. */
export const noVoice = ({ language, engine }: LanguageVoice): IvrError =>
  new IvrError('SYNTHESIS_FAILED', `no voice on this machine speaks ${language} intelligibly`, {
    language,
    engine,
  });
