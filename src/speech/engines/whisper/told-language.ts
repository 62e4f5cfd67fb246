import type { SpokenLanguage } from '../../../language/spoken-language.ts';

/*
 * Which language an utterance is in, from log p(zh) - log p(en) before anything is decoded. Of whole sentences the clusters
 * lie apart: Mandarin above 6.2, English below 3.4. Of a word or two they do not: pieces of Mandarin of 0.4 to 0.7 s have
 * 5.3 as the median and go down to -5, single English words go up to 0.7. There the language that the question was asked in
 * decides, unless the sound speaks clearly against it.
 */
const BETWEEN = 4.8;
/** In a Mandarin question, up to this many seconds of speech; beyond them it rises to `BETWEEN`. */
const SHORT = { seconds: 0.6, between: -1 };
const LONG_SECONDS = 2;
/** Of less than this nobody can tell the language. */
const LEAST_SECONDS = 0.4;

/**
 * @param mandarin - log p(zh) - log p(en)
 * @param expected - what the question was asked in
 * @param seconds - of speech
 */
export function toldLanguage(mandarin: number, expected: SpokenLanguage, seconds: number): SpokenLanguage {
  if (seconds < LEAST_SECONDS) return expected;
  return mandarin >= (expected === 'en' ? BETWEEN : betweenOf(seconds)) ? 'zh' : 'en';
}

function betweenOf(seconds: number): number {
  const length = Math.min(1, Math.max(0, (seconds - SHORT.seconds) / (LONG_SECONDS - SHORT.seconds)));
  return SHORT.between + length * (BETWEEN - SHORT.between);
}
