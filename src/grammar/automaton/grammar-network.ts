import type { GrammarGraph } from '../../domain/grammar-graph.ts';
import { grammarError } from '../model/grammar-error.ts';
import { grammarIn, type GrammarLibrary, type RuleAddress, targetIn } from '../model/grammar-library.ts';
import type { Expansion } from '../model/srgs-grammar.ts';
import { GrammarTooWide } from './determinise.ts';
import { type Network, NetworkBuilder } from './network.ts';
import { wordGraph, wordsOf } from './word-graph.ts';

/** Rules are written out where they are used; past this a grammar wants dividing. */
const MOST_NODES = 200_000;
/** Rules and repeats in each other. */
const DEEPEST = 1_000;

/**
 * A grammar's sentences as the graph that recognizers are held to. A rule that contains itself is a loop there: exact where it
 * does so at its beginning or its end, else the graph has more sentences than the grammar, and the parser says which are meant.
 *
 * @returns undefined when $GARBAGE can be said: no graph has all words, listen freely then
 * @throws IvrError GRAMMAR_INVALID when the graph would be too large
 */
export function grammarGraph(library: GrammarLibrary): GrammarGraph | undefined {
  return madeOf(library, wordGraph);
}

/** The same as a network, to be joined with others. */
export const grammarWordNetwork = (library: GrammarLibrary): Network | undefined => madeOf(library, wordsOf);

function madeOf<T>(library: GrammarLibrary, make: (network: Network) => T): T | undefined {
  const writer = new NetworkWriter(library);
  const network = writer.network();
  if (writer.garbage) return undefined;
  try {
    return make(network);
  } catch (thrown) {
    if (!(thrown instanceof GrammarTooWide)) throw thrown;
    throw writer.tooLarge(
      library.start,
      'fewer ways to say the same words: its graph grows without bound (optional or repeated parts before a long one)',
    );
  }
}

interface Place extends RuleAddress {
  readonly language: string;
}

class NetworkWriter {
  garbage = false;
  readonly #library: GrammarLibrary;
  readonly #builder = new NetworkBuilder();
  /** Rules that are being written out. */
  readonly #open = new Map<string, { readonly start: number; readonly end: number }>();
  #depth = 0;

  constructor(library: GrammarLibrary) {
    this.#library = library;
  }

  network() {
    const start = this.#builder.node();
    const end = this.#builder.node();
    this.#rule(start, end, this.#library.start);
    return this.#builder.finish(start, end);
  }

  tooLarge({ file, rule }: RuleAddress, expected: string) {
    const grammar = this.#library.grammars.get(file);
    const at = grammar?.rules.get(rule)?.at ?? { line: 1, column: 1 };
    return grammarError(
      grammar?.file ?? this.#library.start.file,
      at,
      `expected ${expected}, found more in the rule ${rule}`,
    );
  }

  #rule(from: number, to: number, address: RuleAddress): void {
    const key = `${address.file}#${address.rule}`;
    const open = this.#open.get(key);
    if (open !== undefined) {
      this.#builder.skip(from, open.start);
      this.#builder.skip(open.end, to);
      return;
    }
    const grammar = grammarIn(this.#library, address.file);
    const expansion = grammar?.rules.get(address.rule)?.expansion;
    if (grammar === undefined || expansion === undefined) return;
    if (this.#open.size > DEEPEST) throw this.tooLarge(address, `at most ${DEEPEST} rules in each other`);
    const start = this.#builder.node();
    const end = this.#builder.node();
    this.#builder.skip(from, start);
    this.#builder.skip(end, to);
    this.#open.set(key, { start, end });
    this.#expand(start, end, expansion, { ...address, language: grammar.language });
    this.#open.delete(key);
  }

  /** Everything between two nodes; loops never come back to `from` itself. */
  #expand(from: number, to: number, expansion: Expansion, place: Place): void {
    const builder = this.#builder;
    if (builder.size > MOST_NODES || this.#depth > DEEPEST)
      throw this.tooLarge(place, `a grammar of at most ${MOST_NODES} words when its rules and repeats are written out`);
    this.#depth += 1;
    switch (expansion.kind) {
      case 'token':
        this.#token(from, to, expansion.text);
        break;
      case 'tag':
        builder.skip(from, to);
        break;
      case 'special':
        if (expansion.name === 'GARBAGE') this.garbage = true;
        if (expansion.name !== 'VOID') builder.skip(from, to);
        break;
      case 'sequence': {
        let at = from;
        for (const [index, item] of expansion.items.entries()) {
          const next = index === expansion.items.length - 1 ? to : builder.node();
          this.#expand(at, next, item, place);
          at = next;
        }
        break;
      }
      case 'alternatives':
        for (const { item } of expansion.items) this.#expand(from, to, item, place);
        break;
      case 'in-language':
        this.#expand(from, to, expansion.item, { ...place, language: expansion.language });
        break;
      case 'repeat':
        this.#repeat(from, to, expansion, place);
        break;
      case 'reference': {
        const target = targetIn(this.#library, place, expansion);
        if (target !== undefined) this.#rule(from, to, target);
        break;
      }
    }
    this.#depth -= 1;
  }

  #token(from: number, to: number, text: string): void {
    const words = text.split(' ');
    let at = from;
    for (const [index, written] of words.entries()) {
      const next = index === words.length - 1 ? to : this.#builder.node();
      this.#builder.spoken(at, next, written);
      at = next;
    }
  }

  #repeat(from: number, to: number, { item, min, max }: Extract<Expansion, { kind: 'repeat' }>, place: Place): void {
    const builder = this.#builder;
    let at = from;
    const once = (): void => {
      const next = builder.node();
      this.#expand(at, next, item, place);
      at = next;
    };
    for (let n = 0; n < min; n++) once();
    if (max === undefined) {
      const loop = builder.node();
      builder.skip(at, loop);
      const back = builder.node();
      this.#expand(loop, back, item, place);
      builder.skip(back, loop);
      builder.skip(loop, to);
      return;
    }
    for (let n = min; n < max; n++) {
      builder.skip(at, to);
      once();
    }
    builder.skip(at, to);
  }
}
