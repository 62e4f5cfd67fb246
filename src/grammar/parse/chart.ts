import { IvrError } from '../../domain/error.ts';
import { ANY_WORD, type ContextFreeGrammar, type Production } from './context-free-grammar.ts';

/** `lhs → α • β` over words from…to. */
export interface ChartItem {
  readonly production: Production;
  readonly dot: number;
  readonly from: number;
  readonly to: number;
  /** Each way to get here: the item before the last symbol, and what that symbol was; none at dot 0. */
  readonly edges: ChartEdge[];
}
export interface ChartEdge {
  readonly left: ChartItem;
  /** Undefined: a word. */
  readonly right: Constituent | undefined;
}
/** A nonterminal over words from…to, in each way that it was found. */
export interface Constituent {
  readonly nonterminal: number;
  readonly from: number;
  readonly to: number;
  readonly items: ChartItem[];
}

/** The items at one place between words. */
interface Column {
  readonly items: Map<number, ChartItem>;
  readonly queue: ChartItem[];
  readonly waiting: Map<number, ChartItem[]>;
  readonly constituents: Map<number, Constituent>;
}

export interface Chart {
  /** The whole sentence; undefined: it is none. */
  readonly whole: Constituent | undefined;
  /** How many words begin a sentence, and numbers of the words that may follow them. */
  readonly furthest: number;
  readonly expected: ReadonlySet<number>;
}

/** Items and ways to them of one sentence: some 0.2 s at most. */
const MOST_STEPS = 500_000;
const UNKNOWN = 0;

/**
 * Earley's algorithm (CACM 13, 1970): any context-free grammar, all parses at once as a shared forest. An alternative that
 * cannot begin with the next word is not predicted, so a list of ten thousand names costs what one name does.
 *
 * @param words - numbers of the grammar; 0 for a word that it does not have
 * @throws IvrError GRAMMAR_BUDGET_EXCEEDED
 */
export function chartOf(grammar: ContextFreeGrammar, words: readonly number[], most = MOST_STEPS): Chart {
  const parser = new ChartParser(grammar, words, most);
  return parser.parse();
}

class ChartParser {
  readonly #grammar: ContextFreeGrammar;
  readonly #words: readonly number[];
  readonly #columns: Column[];
  readonly #width: number;
  #left: number;

  constructor(grammar: ContextFreeGrammar, words: readonly number[], most: number) {
    this.#grammar = grammar;
    this.#words = words;
    this.#width = words.length + 1;
    this.#left = most;
    this.#columns = Array.from({ length: this.#width }, () => ({
      items: new Map(),
      queue: [],
      waiting: new Map(),
      constituents: new Map(),
    }));
  }

  parse(): Chart {
    const { start } = this.#grammar;
    this.#predict(start, 0);
    let furthest = 0;
    for (const [at, column] of this.#columns.entries()) {
      // grows while it is walked
      for (const item of column.queue) this.#process(item, column, at);
      if (column.queue.length > 0) furthest = at;
    }
    const whole = this.#columns.at(-1)?.constituents.get(this.#key(start, 0));
    return { whole, furthest, expected: this.#expected(furthest) };
  }

  #key(number: number, from: number): number {
    return number * this.#width + from;
  }

  #spend(): void {
    this.#left -= 1;
    if (this.#left < 0)
      throw new IvrError(
        'GRAMMAR_BUDGET_EXCEEDED',
        'a sentence can be read in too many ways by this grammar: make its rules less ambiguous (optional or repeated parts side by side)',
        { words: this.#words.length },
      );
  }

  #predict(nonterminal: number, at: number): void {
    const { beginnings, nullable, first } = this.#grammar;
    const word = this.#words[at];
    const { byWord, others } = beginnings[nonterminal] ?? { byWord: undefined, others: [] };
    for (const production of (word === undefined ? undefined : byWord?.get(word)) ?? []) this.#begin(production, at);
    for (const production of others) {
      const [symbol] = production.rhs;
      const begins = symbol === undefined || (symbol < 0 ? undefined : first[symbol]);
      const may =
        symbol === undefined ||
        (symbol === ANY_WORD && word !== undefined) ||
        (symbol >= 0 && nullable[symbol] === true) ||
        (begins instanceof Set && word !== undefined && (begins.has(word) || begins.has(0)));
      if (may) this.#begin(production, at);
    }
  }

  #begin(production: Production, at: number): void {
    this.#item(production, 0, at, at);
  }

  #item(production: Production, dot: number, from: number, to: number): ChartItem {
    const column = this.#columns[to] as Column;
    const key = this.#key(production.item + dot, from);
    const known = column.items.get(key);
    if (known !== undefined) return known;
    this.#spend();
    const item: ChartItem = { production, dot, from, to, edges: [] };
    column.items.set(key, item);
    column.queue.push(item);
    return item;
  }

  #advance(left: ChartItem, right: Constituent | undefined, to: number): void {
    const { production, dot, from } = left;
    // what repeats something must get on
    if (production.lastSpeaks && right?.from === right?.to && right !== undefined && dot === production.rhs.length - 1)
      return;
    this.#spend();
    this.#item(production, dot + 1, from, to).edges.push({ left, right });
  }

  #process(item: ChartItem, column: Column, at: number): void {
    const symbol = item.production.rhs[item.dot];
    if (symbol === undefined) this.#complete(item, column);
    else if (symbol < 0) {
      const word = this.#words[at];
      if (word !== undefined && (symbol === ANY_WORD || symbol === -1 - word)) this.#advance(item, undefined, at + 1);
    } else {
      const waiting = column.waiting.get(symbol);
      if (waiting === undefined) {
        column.waiting.set(symbol, [item]);
        this.#predict(symbol, at);
      } else waiting.push(item);
      const empty = column.constituents.get(this.#key(symbol, at));
      if (empty !== undefined) this.#advance(item, empty, at);
    }
  }

  #complete(item: ChartItem, column: Column): void {
    const { from, to } = item;
    const nonterminal = item.production.lhs;
    const key = this.#key(nonterminal, from);
    const known = column.constituents.get(key);
    if (known !== undefined) {
      known.items.push(item);
      return;
    }
    const found: Constituent = { nonterminal, from, to, items: [item] };
    column.constituents.set(key, found);
    for (const left of this.#columns[from]?.waiting.get(nonterminal) ?? []) this.#advance(left, found, to);
  }

  /** What could have been said next. */
  #expected(at: number): ReadonlySet<number> {
    const expected = new Set<number>();
    const add = (symbol: number): void => {
      if (symbol < 0) expected.add(-1 - symbol);
      else for (const word of this.#grammar.first[symbol] ?? []) expected.add(word);
    };
    if (at === 0) add(this.#grammar.start);
    for (const { production, dot } of this.#columns[at]?.queue ?? []) {
      const symbol = production.rhs[dot];
      if (symbol !== undefined) add(symbol);
    }
    expected.delete(UNKNOWN);
    return expected;
  }
}
