import { grammarError, type Position } from '../../grammar/model/grammar-error.ts';
import type { AbnfGrammar, Expansion } from './abnf-ast.ts';
import { addBuiltin } from './builtin-grammar.ts';
import { GrammarTooWide } from '../../grammar/automaton/determinise.ts';
import { type Network, NetworkBuilder } from '../../grammar/automaton/network.ts';
import { parseAbnf } from './parse-abnf.ts';
import { wordsOf } from '../../grammar/automaton/word-graph.ts';

/** Grammar files. Pure: whoever reads them does it beforehand. */
export type GrammarSource =
  | ((name: string) => string | undefined)
  | {
      /** For messages. */
      readonly folder: string;
      /** The text of a file by its name; undefined when there is none. */
      readonly text: (name: string) => string | undefined;
    };

export const textOf = (source: GrammarSource, name: string): string | undefined =>
  typeof source === 'function' ? source(name) : source.text(name);

export const pathOf = (source: GrammarSource, name: string): string =>
  typeof source === 'function' ? name : `${source.folder}/${name}`;

/** Rules are written out where they are used; past this a grammar is a mistake (or wants dividing). */
const MOST_NODES = 20_000;
/** Of writing rules out, those that come to nothing included. */
const MOST_EXPANSIONS = 200_000;
/** Rules, brackets and repeats in each other: they are written out by recursion. */
const DEEPEST = 400;

/**
 * Compiles what a reference names: `file.abnf`, `file.abnf#rule`, `builtin:digits?length=8`.
 *
 * @param usedAt - where the reference stands, for messages about the reference itself
 * @param language - of a built-in grammar that the reference names, BCP 47
 * @throws IvrError GRAMMAR_INVALID with file, line, column and what was expected
 */
export function compileGrammar(
  reference: string,
  source: GrammarSource,
  usedAt: { readonly file: string } & Position,
  language = 'en-US',
): Network {
  const builder = new NetworkBuilder();
  const start = builder.node();
  const compiler = new Compiler(builder, source);
  const end = compiler.external(start, reference, usedAt.file, usedAt, [], language);
  const network = builder.finish(start, end);
  try {
    wordsOf(network);
  } catch (thrown) {
    if (!(thrown instanceof GrammarTooWide)) throw thrown;
    const { file, at, name } = compiler.widest();
    throw grammarError(file, at, tooWide(name));
  }
  return network;
}

const tooWide = (name: string): string =>
  `expected fewer ways to say the same words in the rule $${name}: its graph grows without bound (an optional or repeated part before a long one, or parts that can all be left out)`;

class Compiler {
  readonly #builder: NetworkBuilder;
  readonly #source: GrammarSource;
  readonly #parsed = new Map<string, AbnfGrammar>();
  #expansions = 0;
  #depth = 0;

  constructor(builder: NetworkBuilder, source: GrammarSource) {
    this.#builder = builder;
    this.#source = source;
  }

  /** The rule that alone has too many ways to say the same words: the smallest, where there are several; else the first root. */
  widest(): { readonly file: string; readonly at: Position; readonly name: string } {
    const rules = [...this.#parsed.values()].flatMap((grammar) =>
      [...grammar.rules.values()].map((rule) => ({ grammar, rule, network: this.#alone(grammar, rule.name) })),
    );
    rules.sort((a, b) => a.network.arcs.length - b.network.arcs.length);
    const found = rules.find(({ network }) => isTooWide(network));
    const [first] = this.#parsed.values();
    const grammar = found?.grammar ?? first;
    const rule = found?.rule ?? first?.rules.get(first.root);
    return { file: grammar?.file ?? '', at: rule?.at ?? { line: 1, column: 1 }, name: rule?.name ?? '' };
  }

  #alone(grammar: AbnfGrammar, name: string): Network {
    const builder = new NetworkBuilder();
    const start = builder.node();
    const compiler = new Compiler(builder, this.#source);
    return builder.finish(start, compiler.#rule(start, grammar, name, grammar.file, { line: 1, column: 1 }, []));
  }

  external(from: number, uri: string, file: string, at: Position, within: readonly string[], language: string): number {
    if (uri.startsWith('builtin:')) {
      const end = addBuiltin(this.#builder, from, uri, language);
      if (typeof end === 'string') throw grammarError(file, at, `expected ${end}, found '${uri}'`);
      return end;
    }
    const [name = '', rule] = uri.split('#');
    const grammar = this.#grammar(name, file, at);
    const target = grammar.rules.get(rule ?? grammar.root);
    if (target === undefined || (rule !== undefined && !target.public && rule !== grammar.root))
      throw grammarError(file, at, `expected a public rule $${rule} in ${name}, found none`);
    return this.#rule(from, grammar, target.name, file, at, within);
  }

  #grammar(name: string, file: string, at: Position): AbnfGrammar {
    const known = this.#parsed.get(name);
    if (known !== undefined) return known;
    const text = textOf(this.#source, name);
    if (text === undefined) throw grammarError(file, at, `expected a grammar file, found no '${name}'`);
    const grammar = parseAbnf(pathOf(this.#source, name), text);
    this.#parsed.set(name, grammar);
    return grammar;
  }

  #rule(
    from: number,
    grammar: AbnfGrammar,
    name: string,
    file: string,
    at: Position,
    within: readonly string[],
  ): number {
    const rule = grammar.rules.get(name);
    if (rule === undefined) throw grammarError(file, at, `expected a rule named $${name}, found none`);
    const id = `${grammar.file}#${name}`;
    if (within.includes(id))
      throw grammarError(file, at, `expected a rule that does not contain itself, found $${name}`);
    return this.#expand(from, rule.expansion, grammar, [...within, id]);
  }

  #expand(from: number, expansion: Expansion, grammar: AbnfGrammar, within: readonly string[]): number {
    const builder = this.#builder;
    this.#expansions += 1;
    this.#depth += 1;
    if (builder.size > MOST_NODES || this.#expansions > MOST_EXPANSIONS || this.#depth > DEEPEST) {
      const name = within.at(-1)?.split('#')[1] ?? grammar.root;
      const where = grammar.rules.get(name)?.at ?? { line: 1, column: 1 };
      throw grammarError(
        grammar.file,
        where,
        this.#depth > DEEPEST
          ? `expected at most ${DEEPEST} rules, brackets and repeats in each other, found more in the rule $${name}`
          : `expected a grammar of at most ${MOST_NODES} words when its rules and repeats are written out, found more in the rule $${name}`,
      );
    }
    const end = this.#expanded(from, expansion, grammar, within);
    this.#depth -= 1;
    return end;
  }

  #expanded(from: number, expansion: Expansion, grammar: AbnfGrammar, within: readonly string[]): number {
    const builder = this.#builder;
    switch (expansion.kind) {
      case 'word':
        return builder.word(from, expansion.word);
      case 'tag': {
        let at = from;
        for (const tag of expansion.tags) at = builder.arc(at, { to: builder.node(), tag });
        return at;
      }
      case 'sequence': {
        let at = from;
        for (const item of expansion.items) at = this.#expand(at, item, grammar, within);
        return at;
      }
      case 'alternatives': {
        const end = builder.node();
        for (const item of expansion.items) {
          const begin = builder.node();
          builder.skip(from, begin);
          builder.skip(this.#expand(begin, item, grammar, within), end);
        }
        return end;
      }
      case 'repeat':
        return this.#repeat(from, expansion, grammar, within);
      case 'rule':
        return this.#rule(from, grammar, expansion.name, grammar.file, expansion.at, within);
      case 'external':
        return this.external(from, expansion.uri, grammar.file, expansion.at, within, grammar.language);
    }
  }

  #repeat(
    from: number,
    repeat: Extract<Expansion, { kind: 'repeat' }>,
    grammar: AbnfGrammar,
    within: readonly string[],
  ): number {
    const builder = this.#builder;
    let at = from;
    for (let n = 0; n < repeat.min; n++) at = this.#expand(at, repeat.item, grammar, within);
    const end = builder.node();
    const once = (): number => {
      const begin = builder.node();
      builder.skip(at, begin);
      return this.#expand(begin, repeat.item, grammar, within);
    };
    if (repeat.max === undefined) {
      const loop = builder.node();
      builder.skip(at, loop);
      at = loop;
      builder.skip(once(), loop);
      builder.skip(loop, end);
      return end;
    }
    for (let n = repeat.min; n < repeat.max; n++) {
      const before = at;
      at = once();
      builder.skip(before, end);
    }
    builder.skip(at, end);
    return end;
  }
}

/** The language that a grammar declares. @throws IvrError GRAMMAR_INVALID */
export const readGrammarLanguage = (file: string, text: string): string => parseAbnf(file, text).language;

function isTooWide(network: Network): boolean {
  try {
    wordsOf(network);
    return false;
  } catch (thrown) {
    if (thrown instanceof GrammarTooWide) return true;
    throw thrown;
  }
}
