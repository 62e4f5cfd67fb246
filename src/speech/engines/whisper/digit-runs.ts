import type { GrammarGraph, GrammarNode } from '../../../domain/grammar-graph.ts';
import * as english from '../../../language/en/spoken-answers.ts';
import * as chinese from '../../../language/zh/spoken-answers.ts';
import { numberWord } from './number-words.ts';

/*
 * A grammar that wants eight digits makes eight of seven. What was really said is found by a grammar that is the same but
 * for its numbers, which may be of any length there.
 */

const REPEATED: Readonly<Record<string, number>> = Object.fromEntries(
  [...english.TIMES, ...chinese.TIMES].map(([word, count]) => [word, count - 1]),
);
/** Shorter numbers are words like any others: "press one". */
const LEAST_RUN = 3;

const isDigit = (word: string): boolean => {
  const number = numberWord(word);
  return number?.kind === 'unit' && !number.ordinal;
};
const isDigitWord = (word: string): boolean => isDigit(word) || Object.hasOwn(REPEATED, word);

/** Digits that are said one by one, 'double' counted as what it adds. */
export const digitsIn = (words: readonly string[]): number =>
  words.reduce(
    (sum, word) => sum + (isDigit(word) ? 1 : 0) + (Object.hasOwn(REPEATED, word) ? (REPEATED[word] ?? 0) : 0),
    0,
  );

const SAID = new RegExp(`${chinese.TIMES.map(([word]) => word).join('|')}|\\d|\\p{Script=Han}|[\\p{L}']+`, 'gu');
/** The digits that words, and numerals among them, say one by one: "4-41, double two" is 44122. */
export function digitsSaid(text: string): string {
  let said = '';
  let times = 1;
  for (const [word] of text.toLowerCase().matchAll(SAID)) {
    const number = numberWord(word);
    const digit = /\d/.test(word) ? word : number?.kind === 'unit' && !number.ordinal ? number.digits : '';
    said += digit.repeat(times);
    times = Object.hasOwn(REPEATED, word) ? (REPEATED[word] ?? 0) + 1 : 1;
  }
  return said;
}

/** Words that are said for digits; "double five" is two. */
export const digitWordsIn = (words: readonly string[]): number => words.filter(isDigitWord).length;

/** Whether a sentence has a number in it whose length can be wrong. */
export const hasNumber = (words: readonly string[]): boolean => digitsIn(words) >= LEAST_RUN;

/** The digits that follow each other by arcs of the graph: nodes of one number share a run. */
function runsOf(graph: GrammarGraph): ReadonlyMap<number, number> {
  const root = new Map<number, number>();
  const find = (node: number): number => {
    let at = node;
    for (let up = root.get(at) ?? at; up !== at; up = root.get(at) ?? at) at = up;
    return at;
  };
  for (const [from, node] of graph.nodes.entries())
    for (const { word, to } of node.arcs)
      if (isDigitWord(word)) {
        if (!root.has(from)) root.set(from, from);
        if (!root.has(to)) root.set(to, to);
        root.set(find(from), find(to));
      }
  return new Map([...root.keys()].map((node) => [node, find(node)]));
}

/** The same grammar with numbers of any length, one digit at least. Undefined when it has no numbers. */
export function withAnyLength(graph: GrammarGraph): GrammarGraph | undefined {
  const runs = runsOf(graph);
  if (runs.size === 0) return undefined;
  const enteredByDigit = new Set<number>();
  const exits = new Map<number, { arcs: GrammarNode['arcs'][number][]; final: boolean }>();
  const digits = new Map<number, Set<string>>();
  for (const [at, node] of graph.nodes.entries()) {
    const run = runs.get(at);
    if (run === undefined) continue;
    const words = digits.get(run) ?? new Set<string>();
    digits.set(run, words);
    for (const { word, to } of node.arcs)
      if (isDigit(word)) {
        enteredByDigit.add(to);
        words.add(word);
      }
  }
  for (const at of enteredByDigit) {
    const run = runs.get(at) ?? at;
    const exit = exits.get(run) ?? { arcs: [], final: false };
    exits.set(run, exit);
    const node = graph.nodes[at];
    exit.arcs.push(...(node?.arcs ?? []).filter(({ word }) => !isDigitWord(word)));
    exit.final ||= node?.final === true;
  }
  const nodes = graph.nodes.map((node, at): GrammarNode => {
    if (!enteredByDigit.has(at)) return node;
    const run = runs.get(at) ?? at;
    const exit = exits.get(run);
    return {
      arcs: [...node.arcs, ...[...(digits.get(run) ?? [])].map((word) => ({ word, to: at })), ...(exit?.arcs ?? [])],
      final: node.final || exit?.final === true,
    };
  });
  return { ...graph, key: `${graph.key} with numbers of any length`, nodes };
}
