import type { GrammarGraph } from '../../domain/grammar-graph.ts';
import { correctionsIn } from '../../language/fillers-in.ts';
import type { Listening } from '../dialogue.ts';
import { GrammarTooWide } from '../../grammar/automaton/determinise.ts';
import { anyOf, type Network, NetworkBuilder } from '../../grammar/automaton/network.ts';
import { isSpokenWord, phraseWords } from '../grammar/spoken-phrase.ts';
import { wordGraph, wordsOf } from '../../grammar/automaton/word-graph.ts';
import type { Compiling } from './compiling.ts';
import type { GoFile, TimingFile } from './dialplan-schema.ts';
import type { PlanFile } from './flatten-flows.ts';
import type { Path } from './dialplan-source.ts';
import type { Ask, Aside, BargeIn, Command, Reads } from './plan.ts';
import type { PromptTemplate } from './prompt-template.ts';

/** The keys that every asking state shares, as the file has them. */
export interface AskFile {
  readonly again?: string;
  readonly help?: string;
  readonly 'keys-say'?: string;
  readonly 'no-input'?: string | readonly string[];
  readonly 'no-match'?: string | readonly string[];
  readonly tries?: number;
  readonly escalate?: GoFile;
  readonly 'barge-in'?: BargeIn;
  readonly timing?: TimingFile;
  readonly asides?: Readonly<Record<string, AsideFile>>;
}

interface AsideFile {
  readonly phrases?: readonly string[];
  readonly keywords?: readonly string[];
  readonly say?: string;
  readonly call?: string;
}

export interface AskParts {
  /** The state that it belongs to; undefined: none, it is asked from anywhere. */
  readonly state: string | undefined;
  readonly path: string;
  readonly id: string;
  readonly file: AskFile;
  readonly at: Path;
  readonly say: PromptTemplate;
  readonly again?: PromptTemplate;
  readonly keysSay: PromptTemplate | undefined;
  readonly invalid?: PromptTemplate | undefined;
  /** Undefined: not by speech. */
  readonly networks: readonly Sayable[] | undefined;
  readonly keys: Listening['keys'];
  readonly reads: Reads;
}

/** A grammar twice: with meaning for us, and as words alone for the recognizer (smaller, made once). */
export interface Sayable {
  readonly meaning: Network;
  readonly words: Network;
}

export const sayable = (meaning: Network): Sayable => ({ meaning, words: wordsOf(meaning) });

const TIMES = { noInput: 7000, maxSpeech: 15_000, complete: 300, incomplete: 1000, interDigit: 3000 };

export const interDigitMs = (plan: PlanFile, own: TimingFile | undefined): number =>
  own?.['inter-digit-ms'] ?? plan.timing?.['inter-digit-ms'] ?? TIMES.interDigit;

/** Longer than a complete answer waits, and no longer than one that is not. */
function extendableMs(timing: TimingFile): number {
  const complete = timing['complete-ms'] ?? TIMES.complete;
  const incomplete = timing['incomplete-ms'] ?? TIMES.incomplete;
  return timing['extendable-ms'] ?? Math.max(complete, Math.min(2 * complete, incomplete));
}

/** Makes an `Ask` of a file's part, with the dialplan's defaults where it says nothing, and registers it. */
export function compileAsk(
  compiling: Compiling,
  commands: { readonly list: readonly Command[]; readonly network: Sayable },
  parts: AskParts,
): Ask {
  const { plan } = compiling.source;
  const { id, file, at } = parts;
  const timing = { ...plan.timing, ...file.timing };
  const again =
    parts.again ??
    (file.again === undefined ? parts.say : compiling.prompt(`${id}/again`, file.again, [...at, 'again']));
  const trouble = (kind: 'no-input' | 'no-match'): PromptTemplate[][] => {
    const own = file[kind];
    return own === undefined
      ? compiling.tapered(kind, plan.trouble[kind], ['trouble', kind]).map((apology) => [apology, again])
      : compiling.tapered(`${id}/${kind}`, own, [...at, kind]).map((prompt) => [prompt]);
  };
  const asides = Object.entries(file.asides ?? {});
  const spoken = asides.flatMap(([name, { phrases }]) =>
    phrases === undefined ? [] : [phrasesNetwork(phrases, 'aside', name)],
  );
  const networks = parts.networks === undefined ? [] : [...parts.networks, ...spoken, commands.network];
  const graph = networks.length === 0 ? undefined : joinedGraph(compiling, networks, at, parts.path);
  const ask: Ask = {
    path: parts.path,
    say: parts.say,
    again,
    help:
      file.help === undefined ? (parts.keysSay ?? again) : compiling.prompt(`${id}/help`, file.help, [...at, 'help']),
    keysSay: parts.keysSay,
    noInput: trouble('no-input'),
    noMatch: trouble('no-match'),
    invalid: parts.invalid,
    bargeIn: file['barge-in'] ?? plan['barge-in'] ?? 'both',
    tries: file.tries ?? plan.trouble.tries,
    escalate: compiling.go(
      file.escalate ?? plan.trouble.escalate,
      parts.state,
      file.escalate === undefined ? 'escalate' : `${id}/escalate`,
      file.escalate === undefined ? ['trouble', 'escalate'] : [...at, 'escalate'],
    ),
    networks: networks.map(({ meaning }) => meaning),
    graph,
    listening: {
      ...(graph === undefined ? {} : { speech: { grammar: graph, orFree: parts.reads.free } }),
      ...(parts.keys === undefined
        ? {}
        : {
            keys: {
              ...parts.keys,
              ...(timing['terminator-ms'] === undefined ? {} : { terminatorMs: timing['terminator-ms'] }),
            },
          }),
      noInputMs: timing['no-input-ms'] ?? TIMES.noInput,
      maxSpeechMs: timing['max-speech-ms'] ?? TIMES.maxSpeech,
      completeMs: timing['complete-ms'] ?? TIMES.complete,
      extendableMs: extendableMs(timing),
      incompleteMs: timing['incomplete-ms'] ?? TIMES.incomplete,
    },
    reads: {
      ...parts.reads,
      asides: asides.map(([name, aside]) =>
        compileAside(compiling, name, aside, `${id}/${name}`, [...at, 'asides', name]),
      ),
    },
  };
  compiling.asks.set(ask.path, ask);
  return ask;
}

/** A question in between, at a question or anywhere. */
export function compileAside(compiling: Compiling, name: string, file: AsideFile, promptId: string, at: Path): Aside {
  const { say, call, phrases, keywords = [] } = file;
  if (say === undefined && call === undefined) compiling.problem(at, `expected 'say' or 'call' for '${name}'`, true);
  if (call !== undefined) compiling.callOf(call, undefined, [...at, 'call']);
  checkPhrases(compiling, phrases ?? [], [...at, 'phrases']);
  return {
    name,
    say: say === undefined ? undefined : compiling.prompt(promptId, say, [...at, 'say']),
    flow: call,
    keywords,
  };
}

export function checkPhrases(compiling: Compiling, phrases: readonly string[], at: Path): void {
  for (const [n, phrase] of phrases.entries()) {
    const words = phraseWords(phrase);
    const wrong = words.length === 0 ? phrase : words.find((word) => !isSpokenWord(word));
    if (wrong !== undefined)
      compiling.problem([...at, n], `expected words as spoken ('one', not '1'), found '${wrong}'`);
  }
}

/** Fixed phrases that all mean the same. */
export function phrasesNetwork(phrases: readonly string[], key: string, value: string): Sayable {
  const builder = new NetworkBuilder();
  const start = builder.node();
  const end = builder.node();
  for (const phrase of phrases) {
    let at = builder.arc(start, { to: builder.node(), tag: { key, append: false, value } });
    for (const word of phraseWords(phrase)) at = builder.word(at, word);
    builder.skip(at, end);
  }
  return sayable(builder.finish(start, end));
}

/** "No, it's …" in front of what may be said. */
export const correctionOf = ({ meaning, words }: Sayable, language: string): Sayable => ({
  meaning: corrected(meaning, language),
  words: corrected(words, language),
});

function corrected(network: Network, language: string): Network {
  const builder = new NetworkBuilder();
  const start = builder.node();
  const middle = builder.node();
  const base = builder.size;
  for (let i = 0; i < network.arcs.length; i++) builder.node();
  for (const [from, arcs] of network.arcs.entries())
    for (const arc of arcs) builder.arc(base + from, { ...arc, to: base + arc.to });
  for (const phrase of correctionsIn(language)) {
    let at = start;
    for (const word of phrase.split(' ')) at = builder.word(at, word);
    builder.skip(at, middle);
  }
  builder.skip(start, middle);
  builder.skip(middle, base + network.start);
  return builder.finish(start, base + network.end);
}

/** What the recognizer is given: all that may be said here. */
function joinedGraph(
  compiling: Compiling,
  networks: readonly Sayable[],
  at: Path,
  path: string,
): GrammarGraph | undefined {
  try {
    return wordGraph(anyOf(networks.map(({ words }) => words)));
  } catch (thrown) {
    if (!(thrown instanceof GrammarTooWide)) throw thrown;
    compiling.problem(
      at,
      `expected grammars and phrases at '${path}' that begin more differently: together their graph grows without bound`,
      true,
    );
    return undefined;
  }
}
