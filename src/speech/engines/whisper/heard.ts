import { WRITTEN_BEFORE } from '../../../language/zh/sample-sentences.ts';
import { logMel } from './log-mel.ts';
import type { LoudPart } from './loud-part.ts';
import { PLACES_PER_SECOND, type ShownSilence, shownPlaces } from './shown-silence.ts';
import type { SpokenLanguage } from '../../../language/spoken-language.ts';
import { type Encoding, LONGEST_CONTEXT, type Memory, type Step, type WhisperModel } from './whisper-model.ts';

/** An utterance, encoded once; every way of decoding it begins with `scores` and `memory`. */
export interface Heard {
  readonly encoding: Encoding;
  /** Log-probabilities of the first token. */
  readonly scores: Float32Array;
  readonly memory: Memory;
  /** Tokens that may still be written. */
  readonly longest: number;
}

/** An utterance whose language has been told, before anything is written. */
export interface Listened {
  /** log p(zh) - log p(en): 6.2…12.7 for Mandarin, -11.6…3.4 for English. */
  readonly mandarin: number;
  /** To be understood in that language. */
  hear(language: SpokenLanguage): Promise<Heard>;
}

/**
 * Encodes an utterance and asks which language it is in.
 *
 * @param expected - English text begins in the same step; the prompt for Mandarin would sway the answer
 * @param silence - that the encoder is shown behind the speech
 */
export async function listen(
  model: WhisperModel,
  { audio, seconds }: LoudPart,
  expected: SpokenLanguage,
  silence: ShownSilence,
): Promise<Listened> {
  const { vocabulary } = model;
  const places = shownPlaces(seconds, silence);
  const encoding = await model.encode(logMel(audio, places.positions.length / PLACES_PER_SECOND), places);
  const sot = vocabulary.special('sot');
  const taskIn = (language: SpokenLanguage): number[] => [
    vocabulary.special(language),
    vocabulary.special('transcribe'),
    vocabulary.special('notimestamps'),
  ];
  const heard = ({ scores, memory }: Step): Heard => ({
    encoding,
    scores: scores.at(-1) ?? new Float32Array(0),
    memory,
    longest: LONGEST_CONTEXT - memory.length - 1,
  });
  const told = ({ scores: [first = new Float32Array(0)] }: Step): number =>
    (first[vocabulary.special('zh')] ?? 0) - (first[vocabulary.special('en')] ?? 0);
  const english = [sot, ...taskIn('en')];
  const mandarin = [vocabulary.special('startofprev'), ...vocabulary.encode(WRITTEN_BEFORE), sot, ...taskIn('zh')];
  const begun = async (prompt: number[]): Promise<Heard> =>
    heard(await model.begin(encoding, prompt, [prompt.length - 1]));
  if (expected === 'en') {
    const step = await model.begin(encoding, english, [0, english.length - 1]);
    return {
      mandarin: told(step),
      hear: (language) => (language === 'en' ? Promise.resolve(heard(step)) : begun(mandarin)),
    };
  }
  return {
    mandarin: told(await model.begin(encoding, [sot], [0])),
    hear: (language) => begun(language === 'en' ? english : mandarin),
  };
}
