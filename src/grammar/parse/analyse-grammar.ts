import { grammarError, type Position } from '../model/grammar-error.ts';
import type { ContextFreeGrammar, Production } from './context-free-grammar.ts';

/**
 * Words that rules may begin with, of all rules together, and how often they are handed on: rules that begin with each other in a long
 * chain have them by the square.
 */
const MOST_FIRST_WORDS = 5_000_000;
const MOST_HANDED_ON = 50_000_000;

type Written = Omit<ContextFreeGrammar, 'beginnings' | 'nullable' | 'first'>;

/**
 * What the parser looks up: what may be empty, what may begin with which word.
 *
 * @throws IvrError GRAMMAR_INVALID for a rule that can be itself and nothing more: it would mean infinitely many things; for more rules
 * that begin with each other than can be looked up
 */
export function analyse(grammar: Written, positionOf: (file: string, rule: string) => Position): ContextFreeGrammar {
  const nullable = nullableOf(grammar);
  refuseCycles(grammar, nullable, positionOf);
  return { ...grammar, nullable, first: firstOf(grammar, nullable, positionOf), beginnings: beginningsOf(grammar) };
}

function usersOf({ productions, rules }: Written): readonly (readonly Production[])[] {
  const users: Production[][] = rules.map(() => []);
  for (const production of productions)
    for (const symbol of production.rhs) if (symbol >= 0) users[symbol]?.push(production);
  return users;
}

function nullableOf(grammar: Written): boolean[] {
  const nullable = grammar.rules.map(() => false);
  const users = usersOf(grammar);
  /** By production: its symbols of which nobody knows yet that they may be empty. */
  const left = grammar.productions.map(({ rhs, lastSpeaks }) =>
    lastSpeaks || rhs.some((symbol) => symbol < 0) ? Number.POSITIVE_INFINITY : rhs.length,
  );
  const waiting = grammar.productions.filter(({ id }) => left[id] === 0);
  for (let production = waiting.pop(); production !== undefined; production = waiting.pop()) {
    const { lhs } = production;
    if (nullable[lhs] === true) continue;
    nullable[lhs] = true;
    for (const user of users[lhs] ?? []) {
      const others = (left[user.id] ?? 0) - 1;
      left[user.id] = others;
      if (others === 0) waiting.push(user);
    }
  }
  return nullable;
}

/** Words by number, 0 for any. */
function firstOf(
  grammar: Written,
  nullable: readonly boolean[],
  positionOf: (file: string, rule: string) => Position,
): ReadonlySet<number>[] {
  const first = grammar.rules.map(() => new Set<number>());
  /** By nonterminal, those that may begin with it. */
  const beginsOthers: Set<number>[] = grammar.rules.map(() => new Set());
  for (const { lhs, rhs } of grammar.productions)
    for (const symbol of rhs) {
      if (symbol < 0) first[lhs]?.add(-1 - symbol);
      else if (symbol !== lhs) beginsOthers[symbol]?.add(lhs);
      if (symbol < 0 || !nullable[symbol]) break;
    }
  let [words, handedOn] = [0, 0];
  // what a rule refers to has the higher number, mostly: from the last to the first is one round
  const waiting = new Set([...grammar.rules.keys()].toReversed());
  for (const nonterminal of waiting) {
    waiting.delete(nonterminal);
    const ours = first[nonterminal] ?? new Set();
    for (const other of beginsOthers[nonterminal] ?? []) {
      const theirs = first[other] ?? new Set();
      const before = theirs.size;
      for (const word of ours) theirs.add(word);
      words += theirs.size - before;
      handedOn += ours.size;
      if (words > MOST_FIRST_WORDS || handedOn > MOST_HANDED_ON) {
        const { file = '', name = '' } = grammar.rules[grammar.start] ?? {};
        const expected =
          'expected fewer rules that begin with each other, found too many to look up what begins with which word';
        throw grammarError(file, positionOf(file, name), expected);
      }
      if (theirs.size !== before) waiting.add(other);
    }
  }
  return first;
}

function beginningsOf({ productions, rules }: Written): ContextFreeGrammar['beginnings'] {
  const beginnings = rules.map(() => ({ byWord: new Map<number, Production[]>(), others: [] as Production[] }));
  for (const production of productions) {
    const [symbol = 0] = production.rhs;
    const of = beginnings[production.lhs];
    if (symbol >= -1) of?.others.push(production);
    else {
      const known = of?.byWord.get(-1 - symbol);
      if (known === undefined) of?.byWord.set(-1 - symbol, [production]);
      else known.push(production);
    }
  }
  return beginnings;
}

/** A rule that can be itself alone: `$a = $b | x; $b = $a | y;`. Depth first, without recursion. */
function refuseCycles(
  { productions, rules, start }: Written,
  nullable: readonly boolean[],
  positionOf: (file: string, rule: string) => Position,
): void {
  const alone: Set<number>[] = rules.map(() => new Set());
  for (const { lhs, rhs, lastSpeaks } of productions) {
    if (rhs.some((symbol) => symbol < 0)) continue;
    const speaking = rhs.filter((symbol) => !nullable[symbol]).length;
    for (const [at, symbol] of rhs.entries()) {
      if (speaking > (nullable[symbol] ? 0 : 1)) continue;
      if (!(lastSpeaks && at !== rhs.length - 1)) alone[lhs]?.add(symbol);
    }
  }
  const state = new Uint8Array(rules.length);
  for (const from of [start, ...rules.keys()]) {
    const path: number[] = [];
    const steps: IterableIterator<number>[] = [];
    const enter = (nonterminal: number): void => {
      state[nonterminal] = 1;
      path.push(nonterminal);
      steps.push((alone[nonterminal] ?? new Set()).values());
    };
    if (state[from] === 0) enter(from);
    while (steps.length > 0) {
      const { value, done } = steps.at(-1)?.next() ?? { done: true };
      if (done === true || value === undefined) {
        state[path.pop() ?? 0] = 2;
        steps.pop();
      } else if (state[value] === 1) {
        const circle = [...path.slice(path.indexOf(value)), value].flatMap((each) => rules[each] ?? []);
        const said = rules[value] ?? circle[0] ?? rules[start];
        const names = circle.map(({ name }) => `$${name}`).join(' → ');
        throw grammarError(
          said?.file ?? '',
          positionOf(said?.file ?? '', said?.name ?? ''),
          `expected a rule that says something beside itself, found ${names || 'one'} that can be itself and nothing more`,
        );
      } else if (state[value] === 0) enter(value);
    }
  }
}
