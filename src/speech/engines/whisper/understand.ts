import type { DecodeKind, Hypothesis } from '../../speech-service.ts';
import type { CompiledGrammar } from './compiled-grammar.ts';
import { confidenceFree, THRESHOLD } from './confidence.ts';
import { type FreeResult, writeFreely } from './free-decoding.ts';
import { type Heard, listen } from './heard.ts';
import { decodeInGrammar } from './in-grammar.ts';
import { loudPart } from './loud-part.ts';
import type { ShownSilence } from './shown-silence.ts';
import { grammarWords } from '../../../language/grammar-words.ts';
import { toldLanguage } from './told-language.ts';
import type { SpokenLanguage } from '../../../language/spoken-language.ts';
import type { WhisperModel } from './whisper-model.ts';

export interface Understood {
  readonly outcome: 'match' | 'rejected' | 'not-speech' | 'other-language';
  readonly hypotheses: readonly Hypothesis[];
  /** With `other-language`: the one that was spoken. */
  readonly language?: SpokenLanguage;
}

export interface Question {
  readonly language: SpokenLanguage;
  readonly kind: DecodeKind;
  /** After a rejected constrained decode the free one counts. */
  readonly orFree: boolean;
  readonly grammar: CompiledGrammar | undefined;
}

const HYPOTHESES = 4;
/** A partial decode asks only whether there are words, soon. */
export const SHOWN: Readonly<Record<DecodeKind, ShownSilence>> = {
  partial: { close: 0.5, least: 0, behind: 3, every: 4 },
  speculative: { close: 0.5, least: 8, behind: 3, every: 4 },
  final: { close: 0.5, least: 8, behind: 3, every: 4 },
};

const NOT_SPEECH: Understood = { outcome: 'not-speech', hypotheses: [] };

/**
 * Understands one utterance.
 *
 * @param audio - 8 kHz mono 16-bit, with any silence around the speech
 * @throws the reason of `signal`, between two steps of the model
 */
export async function understand(
  model: WhisperModel,
  audio: Int16Array,
  question: Question,
  signal: AbortSignal,
): Promise<Understood> {
  const part = loudPart(audio);
  if (part.spokenSeconds === 0) return NOT_SPEECH;
  signal.throwIfAborted();
  const listened = await listen(model, part, question.language, SHOWN[question.kind]);
  signal.throwIfAborted();
  const spoken = toldLanguage(listened.mandarin, question.language, part.spokenSeconds);
  if (spoken !== question.language && question.kind !== 'partial')
    return inOtherLanguage(model, await listened.hear(spoken), part.seconds, { ...question, language: spoken }, signal);
  const heard = await listened.hear(question.language);
  signal.throwIfAborted();
  const { grammar } = question;
  if (grammar === undefined) return freely(model, await writeFreely(model, heard, part.seconds, signal), question);
  const { free, hypotheses } = await decodeInGrammar({ model, heard, part, grammar, signal });
  if ((hypotheses[0]?.confidence ?? 0) >= THRESHOLD && hypotheses[0]?.unfinished !== true)
    return { outcome: 'match', hypotheses };
  if (!question.orFree) return { outcome: 'rejected', hypotheses };
  const open = freely(model, free, question);
  return { outcome: open.outcome, hypotheses: [...open.hypotheses, ...hypotheses].slice(0, HYPOTHESES) };
}

/** What was said in another language than the question's is written only where anything may be said: it is never a result of the grammar. */
async function inOtherLanguage(
  model: WhisperModel,
  heard: Heard,
  seconds: number,
  question: Question,
  signal: AbortSignal,
): Promise<Understood> {
  signal.throwIfAborted();
  const open = question.orFree ? freely(model, await writeFreely(model, heard, seconds, signal), question) : NOT_SPEECH;
  const hypotheses = open.outcome === 'match' ? open.hypotheses : [];
  return { outcome: 'other-language', hypotheses, language: question.language };
}

function freely(model: WhisperModel, free: FreeResult, { language }: Question): Understood {
  const words = grammarWords(model.vocabulary.decode(free.tokens), language);
  const confidence = confidenceFree(free);
  return {
    outcome: words.length > 0 && confidence >= THRESHOLD ? 'match' : 'rejected',
    hypotheses: words.length > 0 ? [{ words, confidence, free: true }] : [],
  };
}
