import type { Recognized } from '../../dialogue/dialogue.ts';
import { digitsSaid } from '../../dialogue/nlu/digits-said.ts';
import { spokenWords } from '../../dialogue/nlu/spoken-words.ts';
import { foldWord } from '../../domain/fold-word.ts';
import type { GrammarGraph } from '../../domain/grammar-graph.ts';
import { ms } from '../../domain/units.ts';
import { walk } from '../../grammar/automaton/word-graph.ts';
import { primaryLanguage } from '../../language/primary-language.ts';
import type { RecognitionRequest, Transcript } from '../../speech/speech-service.ts';

export interface TypedSpeech {
  readonly text: string;
  /** BCP 47; undefined: that of the question. */
  readonly language: string | undefined;
  readonly confidence: number;
}

const NO_TIME = { decode: ms(0), queued: ms(0), audio: ms(0) };

/** What a recognizer that hears every word makes of what was typed: a sentence of the grammar, a number that was begun, or free text. */
export function hearTyped({ text, language, confidence }: TypedSpeech, request: RecognitionRequest): Transcript {
  const spoken = spokenWords(text.split(/\s+/));
  if (spoken.length === 0) return { outcome: 'not-speech', hypotheses: [], ...NO_TIME };
  if (language !== undefined && primaryLanguage(language) !== primaryLanguage(request.language)) {
    const hypotheses = request.orFree ? [{ words: spoken, confidence, free: true }] : [];
    return { outcome: 'other-language', language: primaryLanguage(language), hypotheses, ...NO_TIME };
  }
  const hypotheses: Recognized[] = [];
  const sentence = request.grammar === undefined ? undefined : sentenceOf(request.grammar, spoken);
  if (sentence !== undefined) hypotheses.push({ words: sentence, confidence, free: false });
  else if (request.grammar !== undefined && isBegun(request.grammar, spoken))
    hypotheses.push({ words: spoken, confidence, free: false, unfinished: true });
  if (sentence === undefined && request.orFree) hypotheses.push({ words: spoken, confidence, free: true });
  return { outcome: hypotheses.length === 0 ? 'rejected' : 'match', hypotheses, ...NO_TIME };
}

/** The words as the grammar divides them: who types Chinese leaves no spaces. */
function sentenceOf(graph: GrammarGraph, spoken: readonly string[]): readonly string[] | undefined {
  if (walk(graph, spoken)?.final === true) return spoken;
  return spoken.some((word) => /\p{Script=Han}/u.test(word)) ? divided(graph, spoken.join('')) : undefined;
}

function divided(graph: GrammarGraph, text: string): readonly string[] | undefined {
  const whole = foldWord(text);
  const dead = new Set<string>();
  const from = (node: number, place: number): string[] | undefined => {
    const key = `${node} ${place}`;
    if (dead.has(key)) return undefined;
    const here = graph.nodes[node];
    if (place === whole.length && here?.final === true) return [];
    for (const { word, to } of here?.arcs ?? []) {
      const rest = whole.startsWith(word, place) ? from(to, place + word.length) : undefined;
      if (rest !== undefined) return [word, ...rest];
    }
    dead.add(key);
    return undefined;
  };
  return from(graph.start, 0);
}

/** They begin a sentence of the grammar and end within its number. */
function isBegun(graph: GrammarGraph, spoken: readonly string[]): boolean {
  const reached = walk(graph, spoken);
  return reached !== undefined && !reached.final && digitsSaid(spoken.slice(-1)) !== '';
}
