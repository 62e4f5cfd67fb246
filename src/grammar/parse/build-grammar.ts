import { grammarIn, type GrammarLibrary, type RuleAddress, targetIn } from '../model/grammar-library.ts';
import { grammarError, type Position } from '../model/grammar-error.ts';
import type { Alternative, Expansion, SrgsGrammar } from '../model/srgs-grammar.ts';
import { analyse } from './analyse-grammar.ts';
import { tokenAtoms } from './atoms.ts';
import {
  ANY_WORD,
  type ContextFreeGrammar,
  type Production,
  type SaidRule,
  type TagOccurrence,
} from './context-free-grammar.ts';

const MOST_PRODUCTIONS = 400_000;
/** Of all repeats when they are written out. */
const MOST_REPEATED = 2_000_000;
/** A word that $GARBAGE takes costs as much as an alternative that is twenty times less likely. */
const GARBAGE_COST = Math.log(20);
/** Of a probability of 0: possible, but nothing else is less likely. */
const MOST_COST = 30;
const costOf = (likelihood: number): number => Math.min(MOST_COST, -Math.log(likelihood));

/**
 * Writes a library out as one context-free grammar. Rules may contain themselves, at their left too.
 *
 * @throws IvrError GRAMMAR_INVALID when it is too large, or when a rule can be itself and nothing more
 */
export function buildGrammar(library: GrammarLibrary): ContextFreeGrammar {
  const builder = new GrammarBuilder(library);
  const start = builder.rule(library.start);
  builder.writeAll();
  return analyse({ start, ...builder.written() }, (file, rule) => builder.positionOf(file, rule));
}

interface Place {
  /** Of the grammar in the library: its file, or its built-in's URI. */
  readonly file: string;
  readonly language: string;
}

/** A production under way. */
interface Line {
  readonly rhs: number[];
  /** By place among the symbols; undefined: none. */
  tags?: (number[] | undefined)[];
}

const NO_TAGS: Production['tags'] = [];

class GrammarBuilder {
  readonly #library: GrammarLibrary;
  readonly #words = new Map<string, number>();
  readonly #productions: Production[] = [];
  readonly #tags: TagOccurrence[] = [];
  readonly #rules: (SaidRule | undefined)[] = [];
  readonly #known = new Map<string, number>();
  readonly #waiting: (() => void)[] = [];
  #items = 0;
  #repeated = 0;
  #garbage: number | undefined;

  constructor(library: GrammarLibrary) {
    this.#library = library;
  }

  written() {
    return {
      words: this.#words,
      productions: this.#productions,
      tags: this.#tags,
      rules: this.#rules,
      items: this.#items,
      garbage: this.#garbage !== undefined,
    };
  }

  positionOf(file: string, rule: string): Position {
    return this.#grammarOf(file).rules.get(rule)?.at ?? { line: 1, column: 1 };
  }

  /** Rules are written one after the other: however deep they lie, no recursion follows references. */
  writeAll(): void {
    for (let write = this.#waiting.pop(); write !== undefined; write = this.#waiting.pop()) write();
  }

  rule({ file, rule }: RuleAddress): number {
    const key = `${file}#${rule}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const grammar = this.#grammarOf(file);
    const builtin = this.#library.builtins.get(file);
    // inside of a built-in grammar there are no rules to speak of: its value comes from its words
    const isValue = builtin === undefined || rule === grammar.root;
    const name = builtin === undefined ? rule : (/^builtin:(\w+)/.exec(file)?.[1] ?? rule);
    const nonterminal = this.#nonterminal(
      isValue ? { file, name, tagFormat: grammar.tagFormat, builtin: builtin !== undefined } : undefined,
    );
    this.#known.set(key, nonterminal);
    const expansion = grammar.rules.get(rule)?.expansion ?? { kind: 'special', name: 'VOID' };
    this.#waiting.push(() => this.#define(nonterminal, expansion, { file, language: grammar.language }));
    return nonterminal;
  }

  #grammarOf(file: string): SrgsGrammar {
    const grammar = grammarIn(this.#library, file);
    if (grammar === undefined) throw new TypeError(`no grammar ${file} in the library`);
    return grammar;
  }

  #nonterminal(rule?: SaidRule): number {
    return this.#rules.push(rule) - 1;
  }

  #define(lhs: number, expansion: Expansion, place: Place): void {
    if (expansion.kind === 'alternatives') this.#alternatives(lhs, expansion.items, place);
    else this.#production(lhs, this.#line(expansion, place), 0);
  }

  /** The likeliest alternative costs nothing: what is unweighted is told apart by its place in the text alone. */
  #alternatives(lhs: number, items: readonly Alternative[], place: Place): void {
    let most = 0;
    for (const { weight = 1 } of items) most = Math.max(most, weight);
    for (const { item, weight = 1 } of items)
      this.#production(lhs, this.#line(item, place), weight === most ? 0 : costOf(weight / most));
  }

  #production(lhs: number, { rhs, tags }: Line, cost: number, lastSpeaks = false): void {
    const id = this.#productions.length;
    if (id >= MOST_PRODUCTIONS) throw this.#tooLarge(`at most ${MOST_PRODUCTIONS} alternatives`);
    this.#productions.push({ id, lhs, rhs, tags: tags ?? NO_TAGS, cost, lastSpeaks, item: this.#items });
    this.#items += rhs.length + 1;
  }

  #tooLarge(expected: string) {
    return grammarError(
      this.#library.start.file,
      { line: 1, column: 1 },
      `expected a grammar of ${expected} when its repeats are written out, found more`,
    );
  }

  #line(expansion: Expansion, place: Place): Line {
    const line: Line = { rhs: [] };
    this.#append(line, expansion, place);
    return line;
  }

  #append(line: Line, expansion: Expansion, place: Place): void {
    switch (expansion.kind) {
      case 'token':
        for (const atom of tokenAtoms(expansion.text)) line.rhs.push(this.#word(atom));
        return;
      case 'tag': {
        const tag = this.#tags.push({ content: expansion.content, file: place.file, at: expansion.at }) - 1;
        line.tags ??= [];
        (line.tags[line.rhs.length] ??= []).push(tag);
        return;
      }
      case 'sequence':
        for (const item of expansion.items) this.#append(line, item, place);
        return;
      case 'alternatives': {
        const choice = this.#nonterminal();
        line.rhs.push(choice);
        this.#alternatives(choice, expansion.items, place);
        return;
      }
      case 'in-language':
        this.#append(line, expansion.item, { ...place, language: expansion.language });
        return;
      case 'repeat':
        this.#repeat(line, expansion, place);
        return;
      case 'reference': {
        const address = targetIn(this.#library, place, expansion);
        if (address === undefined)
          throw new TypeError(`a reference that leads nowhere: ${expansion.uri}#${expansion.rule}`);
        line.rhs.push(this.rule(address));
        return;
      }
      case 'special':
        if (expansion.name === 'VOID') line.rhs.push(this.#nonterminal());
        else if (expansion.name === 'GARBAGE') line.rhs.push(this.#anything());
    }
  }

  #word(atom: string): number {
    let number = this.#words.get(atom);
    if (number === undefined) {
      number = this.#words.size + 1;
      this.#words.set(atom, number);
    }
    return -1 - number;
  }

  #anything(): number {
    if (this.#garbage !== undefined) return this.#garbage;
    const garbage = this.#nonterminal();
    this.#garbage = garbage;
    this.#production(garbage, { rhs: [] }, 0);
    this.#production(garbage, { rhs: [garbage, ANY_WORD] }, GARBAGE_COST);
    return garbage;
  }

  /** At least `min` times in line; what may follow is a nonterminal of its own. */
  #repeat(line: Line, { item, min, max, probability }: Extract<Expansion, { kind: 'repeat' }>, place: Place): void {
    if (max === 0) return;
    const once = this.#nonterminal();
    this.#define(once, item, place);
    const again = probability === undefined ? 0 : costOf(probability);
    const enough = probability === undefined ? 0 : costOf(1 - probability);
    this.#repeated += min;
    if (this.#repeated > MOST_REPEATED) throw this.#tooLarge(`at most ${MOST_REPEATED} repeated parts`);
    for (let n = 0; n < min; n++) line.rhs.push(once);
    if (max === min) return;
    const more = this.#nonterminal();
    line.rhs.push(more);
    const empty = (): Line => ({ rhs: [] });
    if (max === undefined) {
      const loop = this.#nonterminal();
      this.#production(more, { rhs: [loop] }, enough);
      this.#production(loop, { rhs: [loop, once] }, again, true);
      this.#production(loop, empty(), 0);
      return;
    }
    let at = more;
    for (let left = max - min; left > 0; left--) {
      const rest = left === 1 ? undefined : this.#nonterminal();
      this.#production(at, { rhs: rest === undefined ? [once] : [once, rest] }, again);
      this.#production(at, empty(), enough);
      at = rest ?? at;
    }
  }
}
