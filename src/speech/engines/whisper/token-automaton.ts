import type { GrammarGraph } from '../../../domain/grammar-graph.ts';
import type { SpokenLanguage } from '../../../language/spoken-language.ts';
import type { LooseTokens, Vocabulary } from './vocabulary.ts';
import { mayEnd, type Place, placeKey, startOf, strokesFrom } from './written-grammar.ts';

/** A set of ways to have written what was written so far. Equal token strings lead to the same state. */
export interface AutomatonState {
  readonly id: number;
  /** Whether the sentence may end here. */
  readonly final: boolean;
  readonly ways: readonly number[];
}

interface WordStep {
  readonly words: readonly string[];
  readonly loose: boolean;
  readonly to: number;
}
/** One way: a place of the grammar, or a point inside of a stroke. Silent steps write nothing. */
interface Way {
  readonly place?: Place;
  /** By symbol. */
  readonly written: Map<number, WordStep[]>;
  readonly silent: WordStep[];
  expanded: boolean;
}

interface Reading {
  readonly words: readonly string[];
  /** Loose strokes in it. */
  readonly loose: number;
}
const NOTHING: Reading = { words: [], loose: 0 };

const READINGS = 4;
/** What is written byte by byte: numerals with the space before them, and all that is not ASCII. */
const LOOSE_PIECES = /( ?\d+|\P{ASCII}+)/u;

/**
 * The token strings that a grammar allows, compiled as they are walked: strokes make a graph of ways, sets of ways make
 * deterministic states. What is compiled is kept; at `maximum` states it is forgotten and made anew.
 *
 * Words have their canonical tokens. How a numeral or a Chinese sentence is cut into tokens depends on what stands beside it,
 * which a graph does not know: there every cut is allowed. A symbol is a token, or a byte as -1 - byte.
 */
export class TokenAutomaton {
  readonly #graph: GrammarGraph;
  readonly #vocabulary: Vocabulary;
  readonly #language: SpokenLanguage;
  readonly #maximum: number;
  #ways: Way[] = [];
  #wayOfPlace = new Map<string, number>();
  #states = new Map<string, AutomatonState>();
  #next = new Map<number, ReadonlyMap<number, AutomatonState>>();
  #bySymbol = new Map<number, ReadonlyMap<number, AutomatonState>>();

  constructor(graph: GrammarGraph, vocabulary: Vocabulary, language: SpokenLanguage, maximum = 20_000) {
    this.#graph = graph;
    this.#vocabulary = vocabulary;
    this.#language = language;
    this.#maximum = maximum;
  }

  /** Where a sentence begins. States of an earlier `start` are not to be mixed with those of a later one. */
  get start(): AutomatonState {
    if (this.#states.size > this.#maximum) {
      this.#ways = [];
      this.#wayOfPlace = new Map();
      this.#states = new Map();
      this.#next = new Map();
      this.#bySymbol = new Map();
    }
    return this.#stateOf([this.#wayTo(startOf(this.#graph))]);
  }

  /** The tokens that may follow, each with the state it leads to. */
  next(state: AutomatonState): ReadonlyMap<number, AutomatonState> {
    const known = this.#next.get(state.id);
    if (known !== undefined) return known;
    const next = new Map<number, AutomatonState>();
    for (const [symbol, to] of this.#symbolsFrom(state)) if (symbol >= 0) next.set(symbol, to);
    this.#walkBytes(state, this.#vocabulary.loose, next);
    this.#next.set(state.id, next);
    return next;
  }

  /** Up to four word strings that `tokens` may stand for, the most literal first; none if the grammar has no such sentence. */
  readings(tokens: readonly number[]): readonly (readonly string[])[] {
    let now = this.#closure(new Map([[this.#wayTo(startOf(this.#graph)), [NOTHING]]]));
    for (const token of tokens)
      for (const symbol of this.#symbolsOf(token)) {
        const next = new Map<number, Reading[]>();
        for (const [way, readings] of now)
          for (const step of this.#way(way).written.get(symbol) ?? []) extend(next, step, readings);
        now = this.#closure(next);
      }
    const complete: Reading[] = [];
    for (const [way, readings] of now) if (this.#ends(way)) complete.push(...readings);
    complete.sort((a, b) => a.loose - b.loose);
    const distinct = new Map<string, readonly string[]>();
    for (const { words } of complete) if (!distinct.has(words.join(' '))) distinct.set(words.join(' '), words);
    return [...distinct.values()].slice(0, READINGS);
  }

  #walkBytes(state: AutomatonState, tree: LooseTokens, into: Map<number, AutomatonState>): void {
    for (const [symbol, to] of this.#symbolsFrom(state)) {
      const branch = symbol < 0 ? tree.next.get(-1 - symbol) : undefined;
      if (branch === undefined) continue;
      if (branch.token !== undefined) into.set(branch.token, to);
      this.#walkBytes(to, branch, into);
    }
  }

  #symbolsFrom(state: AutomatonState): ReadonlyMap<number, AutomatonState> {
    const known = this.#bySymbol.get(state.id);
    if (known !== undefined) return known;
    const targets = new Map<number, Set<number>>();
    for (const id of state.ways)
      for (const [symbol, steps] of this.#way(id).written) {
        const set = targets.get(symbol) ?? new Set<number>();
        for (const step of steps) set.add(step.to);
        targets.set(symbol, set);
      }
    const next = new Map([...targets].map(([symbol, ways]) => [symbol, this.#stateOf([...ways])]));
    this.#bySymbol.set(state.id, next);
    return next;
  }

  #symbolsOf(token: number): readonly number[] {
    if (!this.#vocabulary.isLoose(token)) return [token];
    return Array.from(this.#vocabulary.bytesOf(token), (character) => -1 - character.charCodeAt(0));
  }

  #spell(text: string): number[] {
    return text
      .split(LOOSE_PIECES)
      .flatMap((piece, at) =>
        at % 2 === 1 ? Array.from(Buffer.from(piece, 'utf8'), (byte) => -1 - byte) : this.#vocabulary.encode(piece),
      );
  }

  #stateOf(seeds: readonly number[]): AutomatonState {
    const ways = [...this.#closure(new Map(seeds.map((id) => [id, [NOTHING]]))).keys()].sort((a, b) => a - b);
    const key = ways.join(',');
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    const state: AutomatonState = { id: this.#states.size, final: ways.some((way) => this.#ends(way)), ways };
    this.#states.set(key, state);
    return state;
  }

  #closure(from: ReadonlyMap<number, Reading[]>): Map<number, Reading[]> {
    const reached = new Map(from);
    const queue = [...from.keys()];
    for (let id = queue.shift(); id !== undefined; id = queue.shift())
      for (const step of this.#way(id).silent) {
        if (reached.has(step.to)) continue;
        extend(reached, step, reached.get(id) ?? []);
        queue.push(step.to);
      }
    return reached;
  }

  #ends(id: number): boolean {
    const { place } = this.#way(id);
    return place !== undefined && mayEnd(this.#graph, place);
  }

  #wayTo(place: Place): number {
    const key = placeKey(place);
    const known = this.#wayOfPlace.get(key);
    if (known !== undefined) return known;
    const id = this.#ways.push({ place, written: new Map(), silent: [], expanded: false }) - 1;
    this.#wayOfPlace.set(key, id);
    return id;
  }

  #way(id: number): Way {
    const way = this.#ways[id];
    if (way === undefined) throw new TypeError('a way that was forgotten');
    if (way.expanded) return way;
    way.expanded = true;
    if (way.place === undefined) return way;
    for (const stroke of strokesFrom(this.#graph, way.place, this.#language)) {
      const target = this.#wayTo(stroke.to);
      const loose = stroke.loose === true;
      const symbols = this.#spell(stroke.text);
      if (symbols.length === 0) way.silent.push({ words: stroke.words, to: target, loose });
      let from = way;
      for (const [index, symbol] of symbols.entries()) {
        const last = index === symbols.length - 1;
        const inner: Way = { written: new Map(), silent: [], expanded: true };
        const step: WordStep = last
          ? { words: stroke.words, to: target, loose }
          : { words: [], to: this.#ways.push(inner) - 1, loose: false };
        const steps = from.written.get(symbol);
        if (steps === undefined) from.written.set(symbol, [step]);
        else steps.push(step);
        from = inner;
      }
    }
    return way;
  }
}

function extend(into: Map<number, Reading[]>, step: WordStep, readings: readonly Reading[]): void {
  const there = into.get(step.to) ?? [];
  for (const { words, loose } of readings)
    there.push({
      words: step.words.length === 0 ? words : [...words, ...step.words],
      loose: loose + (step.loose ? 1 : 0),
    });
  there.sort((a, b) => a.loose - b.loose);
  into.set(step.to, there.slice(0, READINGS));
}
