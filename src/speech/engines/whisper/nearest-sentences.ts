import type { GrammarGraph } from '../../../domain/grammar-graph.ts';

/*
 * What the recognizer writes when it is free is seldom the sentence that was said, and seldom far from it: "and 125 dollars can not
 * move" for "send one hundred and twenty five dollars to John Smith". So the sentences of a grammar that differ least from that
 * text, by letters, are looked at however improbable their first word sounded.
 */

export interface NearSentence {
  readonly words: readonly string[];
  /** Letters that are added, left out or others. */
  readonly distance: number;
}

/** Costs by place in the text, from nothing read to all of it. */
type Row = Uint16Array<ArrayBuffer>;

const FAR = 0xffff;
const lettersOf = (words: readonly string[]): string => words.join('').replaceAll(/[^\p{L}\p{M}\p{N}]/gu, '');

/** Letters that are added, left out or others (Levenshtein). */
export function differingLetters(one: readonly string[], other: readonly string[]): number {
  const text = lettersOf(other);
  let row: Row = Uint16Array.from({ length: text.length + 1 }, (_, at) => at);
  for (const letter of lettersOf(one)) row = behindLetter(row, text, letter);
  return row[text.length] ?? 0;
}

/** Of its own letters or the text's, whichever are more: beyond this a sentence is not near. */
const MOST_DIFFERENT = 0.7;

/** When one more letter is written. */
function behindLetter(above: Row, text: string, letter: string): Row {
  const row = new Uint16Array(above.length);
  let left = Math.min(FAR, (above[0] ?? FAR) + 1);
  row[0] = left;
  for (let at = 1; at < above.length; at++) {
    const replaced = (above[at - 1] ?? FAR) + (text[at - 1] === letter ? 0 : 1);
    left = Math.min(FAR, replaced, (above[at] ?? FAR) + 1, left + 1);
    row[at] = left;
  }
  return row;
}

/** When one more letter stands in front: what is left of the text is read from there. */
function beforeLetter(below: Row, text: string, letter: string): Row {
  const row = new Uint16Array(below.length);
  const last = below.length - 1;
  let right = Math.min(FAR, (below[last] ?? FAR) + 1);
  row[last] = right;
  for (let at = last - 1; at >= 0; at--) {
    const replaced = (below[at + 1] ?? FAR) + (text[at] === letter ? 0 : 1);
    right = Math.min(FAR, replaced, (below[at] ?? FAR) + 1, right + 1);
    row[at] = right;
  }
  return row;
}

/** For each node, what the best end of a sentence costs from there, by the place in the text where it begins. */
function costsToEnd(graph: GrammarGraph, text: string): readonly Row[] {
  const rows = graph.nodes.map(({ final }) =>
    Uint16Array.from({ length: text.length + 1 }, (_, at) => (final ? text.length - at : FAR)),
  );
  const into: { readonly from: number; readonly word: string }[][] = graph.nodes.map(() => []);
  for (const [from, { arcs }] of graph.nodes.entries()) for (const { word, to } of arcs) into[to]?.push({ from, word });
  const waiting = new Set(graph.nodes.flatMap(({ final }, node) => (final ? [node] : [])));
  for (const node of waiting) {
    waiting.delete(node);
    for (const { from, word } of into[node] ?? []) {
      let row = rows[node] ?? new Uint16Array(0);
      for (const letter of Array.from(lettersOf([word])).toReversed()) row = beforeLetter(row, text, letter);
      const known = rows[from] ?? row;
      let better = false;
      for (let at = 0; at < row.length; at++)
        if ((row[at] ?? FAR) < (known[at] ?? FAR)) {
          known[at] = row[at] ?? FAR;
          better = true;
        }
      if (better) waiting.add(from);
    }
  }
  return rows;
}

interface Path {
  readonly node: number;
  readonly words: readonly string[];
  readonly row: Row;
  /** Of the best sentence that begins so; of this one when it ends here. */
  readonly cost: number;
  readonly ends: boolean;
}

/** Partial sentences that are looked at: loops of a grammar have no end. */
const MOST_PATHS = 400;

/**
 * The sentences of a grammar that differ least from a text, the nearest first (A* with the exact cost of what is left).
 *
 * @param said - words as a grammar spells them
 * @param most - sentences that are wanted
 */
export function nearestSentences(graph: GrammarGraph, said: readonly string[], most: number): readonly NearSentence[] {
  const text = lettersOf(said);
  if (text === '') return [];
  const toEnd = costsToEnd(graph, text);
  const path = (node: number, words: readonly string[], row: Row): Path => {
    const rest = toEnd[node];
    let cost = FAR;
    for (let at = 0; at < row.length; at++) cost = Math.min(cost, (row[at] ?? FAR) + (rest?.[at] ?? FAR));
    return { node, words, row, cost, ends: false };
  };
  const open = [
    path(
      graph.start,
      [],
      Uint16Array.from({ length: text.length + 1 }, (_, at) => at),
    ),
  ];
  const found: NearSentence[] = [];
  for (let looked = 0; looked < MOST_PATHS && found.length < most; looked++) {
    const best = takeCheapest(open);
    if (best === undefined || best.cost >= FAR) break;
    if (best.ends) {
      found.push({ words: best.words, distance: best.cost });
      continue;
    }
    const node = graph.nodes[best.node];
    if (node?.final === true && best.words.length > 0)
      open.push({ ...best, cost: best.row[text.length] ?? FAR, ends: true });
    for (const { word, to } of node?.arcs ?? []) {
      let { row } = best;
      for (const letter of lettersOf([word])) row = behindLetter(row, text, letter);
      open.push(path(to, [...best.words, word], row));
    }
  }
  return found.filter(
    ({ words, distance }) => distance <= MOST_DIFFERENT * Math.max(text.length, lettersOf(words).length),
  );
}

/** A graph of these sentences alone. */
export function graphOfSentences(sentences: readonly NearSentence[]): GrammarGraph {
  const nodes: { arcs: { word: string; to: number }[]; final: boolean }[] = [{ arcs: [], final: false }];
  for (const { words } of sentences) {
    let at = 0;
    for (const word of words) {
      const known = nodes[at]?.arcs.find((arc) => arc.word === word)?.to;
      const to = known ?? nodes.push({ arcs: [], final: false }) - 1;
      if (known === undefined) nodes[at]?.arcs.push({ word, to });
      at = to;
    }
    nodes[at] = { arcs: nodes[at]?.arcs ?? [], final: true };
  }
  return { key: '', start: 0, nodes };
}

function takeCheapest(open: Path[]): Path | undefined {
  let at = 0;
  for (const [index, { cost }] of open.entries()) if (cost < (open[at]?.cost ?? FAR)) at = index;
  return open.splice(at, 1)[0];
}
