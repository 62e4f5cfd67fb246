import { logMel } from './log-mel.ts';
import type { LoudPart } from './loud-part.ts';
import type { SpokenLanguage } from './vocabulary.ts';
import { type Encoding, LONGEST_CONTEXT, type Memory, type WhisperModel } from './whisper-model.ts';

/** An utterance, encoded once; every way of decoding it begins with `scores` and `memory`. */
export interface Heard {
  readonly encoding: Encoding;
  /** log p(zh) - log p(en) before anything is decoded: 6.2…12.7 for Mandarin, -11.6…3.4 for English. */
  readonly mandarin: number;
  /** Log-probabilities of the first token. */
  readonly scores: Float32Array;
  readonly memory: Memory;
  /** Tokens that may still be written. */
  readonly longest: number;
}

/** Asks for simplified characters and punctuation. Bank words here would make Whisper hear them everywhere. */
const MANDARIN_PROMPT = '以下是普通话的句子。';
const WINDOW_SECONDS = 30;

/** Which language was said, and the utterance's encoding. */
export interface Listened {
  readonly encoding: Encoding;
  readonly mandarin: number;
  readonly begun: Memory;
}

/** @param silence - seconds of silence that the encoder is shown behind the speech, and at least how much in all */
export async function listen(
  model: WhisperModel,
  { audio, seconds }: LoudPart,
  silence: { readonly behind: number; readonly least: number },
): Promise<Listened> {
  const shown = Math.min(WINDOW_SECONDS, Math.max(silence.least, seconds + silence.behind));
  const encoding = await model.encode(logMel(audio, shown));
  const { vocabulary } = model;
  const { scores, memory } = await model.step(encoding, undefined, [[vocabulary.special('sot')]], [0]);
  const [first = new Float32Array(0)] = scores;
  const mandarin = (first[vocabulary.special('zh')] ?? 0) - (first[vocabulary.special('en')] ?? 0);
  return { encoding, mandarin, begun: memory };
}

export async function hearAs(
  model: WhisperModel,
  { encoding, mandarin, begun }: Listened,
  language: SpokenLanguage,
): Promise<Heard> {
  const { vocabulary } = model;
  const task = [vocabulary.special(language), vocabulary.special('transcribe'), vocabulary.special('notimestamps')];
  const whole = [
    vocabulary.special('startofprev'),
    ...vocabulary.encode(MANDARIN_PROMPT),
    vocabulary.special('sot'),
    ...task,
  ];
  const { scores, memory } =
    language === 'zh'
      ? await model.step(encoding, undefined, [whole], [0])
      : await model.step(encoding, begun, [task], [0]);
  return {
    encoding,
    mandarin,
    scores: scores[0] ?? new Float32Array(0),
    memory,
    longest: LONGEST_CONTEXT - memory.length - 1,
  };
}
