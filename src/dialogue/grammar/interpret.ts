import type { Network, Tag } from '../../grammar/automaton/network.ts';
import { inCharacters, piecesOf } from './in-characters.ts';

/** What a sentence means: `{ intent: 'balance', digits: '12345678' }`. */
export type Meaning = Readonly<Record<string, string>>;

const MOST_MEANINGS = 8;
/** Ways through that end in the same meaning are walked too: this bounds them. */
const MOST_STEPS = 20_000;
/** Of one way, in arcs: it is walked by recursion. */
const LONGEST_WAY = 3_000;
/** Nobody answers a question in more words. */
const MOST_WORDS = 100;

function meaningOf(tags: readonly Tag[]): Meaning {
  const meaning: Record<string, string> = {};
  for (const { key, append, value } of tags) meaning[key] = append ? (meaning[key] ?? '') + value : value;
  return meaning;
}

/** For each place in the words, the nodes that can be reached there from the start. */
function reachable(network: Network, words: readonly string[]): readonly ReadonlySet<number>[] {
  const sets: Set<number>[] = [];
  let reached = new Set([network.start]);
  for (let place = 0; ; place++) {
    for (const node of reached)
      for (const arc of network.arcs[node] ?? []) if (arc.word === undefined) reached.add(arc.to);
    sets.push(reached);
    if (place === words.length || reached.size === 0) return sets;
    const said = words[place];
    const next = new Set<number>();
    for (const node of reached) for (const arc of network.arcs[node] ?? []) if (arc.word === said) next.add(arc.to);
    reached = next;
  }
}

/** For each place in the words, the reachable nodes from which the rest can be said; undefined: not a sentence. */
function viable(network: Network, words: readonly string[]): readonly ReadonlySet<number>[] | undefined {
  const ahead = reachable(network, words);
  if (ahead[words.length]?.has(network.end) !== true) return undefined;
  const sets: Set<number>[] = [];
  let later = new Set<number>();
  for (let place = words.length; place >= 0; place--) {
    const here = ahead[place] ?? new Set<number>();
    const said = words[place];
    const good = new Set<number>();
    const before = new Map<number, number[]>();
    for (const node of here) {
      let leads = place === words.length && node === network.end;
      for (const { word, to } of network.arcs[node] ?? []) {
        if (word !== undefined) leads ||= word === said && later.has(to);
        else {
          const found = before.get(to);
          if (found === undefined) before.set(to, [node]);
          else found.push(node);
        }
      }
      if (leads) good.add(node);
    }
    for (const node of good) for (const from of before.get(node) ?? []) good.add(from);
    sets[place] = good;
    later = good;
  }
  return sets;
}

/**
 * All that the words can mean, in the order of the grammar's text, without duplicates; at most 8. Empty: not a sentence
 * of this grammar. The work is bounded: for each word by what the network's check allows, and for the ways through as above.
 */
export function interpret(written: Network, said: readonly string[]): readonly Meaning[] {
  const network = inCharacters(written);
  const words = said.flatMap(piecesOf);
  const rest = words.length > MOST_WORDS ? undefined : viable(network, words);
  if (rest?.[0]?.has(network.start) !== true) return [];
  const found = new Map<string, Meaning>();
  const tags: Tag[] = [];
  /** Nodes passed since the last word: a loop without words is walked once. */
  let passed = new Set<number>();
  let steps = 0;
  let length = 0;
  const follow = (node: number, place: number): void => {
    if (found.size >= MOST_MEANINGS || ++steps > MOST_STEPS || length > LONGEST_WAY) return;
    length += 1;
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
    length -= 1;
  };
  follow(network.start, 0);
  return [...found.values()];
}
