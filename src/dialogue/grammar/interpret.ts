import type { Tag } from './abnf-ast.ts';
import type { Network } from './network.ts';

/** What a sentence means: `{ intent: 'balance', digits: '12345678' }`. */
export type Meaning = Readonly<Record<string, string>>;

const MOST_MEANINGS = 8;
/** Ways through that end in the same meaning are walked too: this bounds them. */
const MOST_STEPS = 20_000;

function meaningOf(tags: readonly Tag[]): Meaning {
  const meaning: Record<string, string> = {};
  for (const { key, append, value } of tags) meaning[key] = append ? (meaning[key] ?? '') + value : value;
  return meaning;
}

type Before = readonly (readonly { readonly from: number; readonly word: string | undefined }[])[];
const reversed = new WeakMap<Network, Before>();

/** The arcs against their direction; kept, because a grammar is interpreted all day. */
function arcsInto(network: Network): Before {
  const known = reversed.get(network);
  if (known !== undefined) return known;
  const before: { readonly from: number; readonly word: string | undefined }[][] = network.arcs.map(() => []);
  for (const [from, arcs] of network.arcs.entries())
    for (const arc of arcs) before[arc.to]?.push({ from, word: arc.word });
  reversed.set(network, before);
  return before;
}

/** For each place in the words, the nodes from which the rest can be said. */
function viable(network: Network, words: readonly string[]): readonly ReadonlySet<number>[] {
  const before = arcsInto(network);
  const sets: Set<number>[] = [];
  let reached = new Set([network.end]);
  for (let place = words.length; ; place--) {
    for (const node of reached)
      for (const { from, word } of before[node] ?? []) if (word === undefined) reached.add(from);
    sets[place] = reached;
    if (place === 0) return sets;
    const said = words[place - 1];
    const earlier = new Set<number>();
    for (const node of reached) for (const { from, word } of before[node] ?? []) if (word === said) earlier.add(from);
    reached = earlier;
  }
}

/**
 * All that the words can mean, in the order of the grammar's text, without duplicates; at most 8. Empty: not a sentence
 * of this grammar.
 */
export function interpret(network: Network, words: readonly string[]): readonly Meaning[] {
  const rest = viable(network, words);
  if (!rest[0]?.has(network.start)) return [];
  const found = new Map<string, Meaning>();
  const tags: Tag[] = [];
  /** Nodes passed since the last word: a loop without words is walked once. */
  let passed = new Set<number>();
  let steps = 0;
  const follow = (node: number, place: number): void => {
    if (found.size >= MOST_MEANINGS || ++steps > MOST_STEPS) return;
    if (node === network.end && place === words.length) {
      const meaning = meaningOf(tags);
      const key = JSON.stringify(Object.entries(meaning).sort(([a], [b]) => (a < b ? -1 : 1)));
      if (!found.has(key)) found.set(key, meaning);
    }
    for (const arc of network.arcs[node] ?? []) {
      if (arc.word === undefined) {
        if (!rest[place]?.has(arc.to) || passed.has(arc.to)) continue;
        if (arc.tag !== undefined) tags.push(arc.tag);
        passed.add(arc.to);
        follow(arc.to, place);
        passed.delete(arc.to);
        if (arc.tag !== undefined) tags.pop();
      } else if (arc.word === words[place] && rest[place + 1]?.has(arc.to)) {
        const outer = passed;
        passed = new Set();
        follow(arc.to, place + 1);
        passed = outer;
      }
    }
  };
  follow(network.start, 0);
  return [...found.values()];
}
