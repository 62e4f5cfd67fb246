import type { Network } from '../../grammar/automaton/network.ts';
import type { Compiling } from './compiling.ts';
import type { Plan } from './plan.ts';

/** Places in the grammars that are looked at, for one question and for all of a dialplan: enough for what people write. */
const MOST_READERS = { question: 100_000, dialplan: 1_000_000 };
const NONE = '';

/** Notes questions where one sentence means several things, with the sentence: options, questions in between, commands. */
export function checkAmbiguity(plan: Plan, compiling: Compiling): void {
  let left = MOST_READERS.dialplan;
  for (const state of plan.states) {
    // without a graph it has been refused: its sentences cannot be gone through
    if (state.kind !== 'choice' || state.ask.graph === undefined) continue;
    const { found, looked } = ambiguous(state.ask.networks, Math.min(MOST_READERS.question, left));
    left -= looked;
    if (found === undefined) continue;
    const { sentence, meanings } = found;
    compiling.problem(
      ['states', state.id],
      `expected each sentence to mean one thing, found '${sentence}', which means ${meanings.join(' and ')}`,
      true,
    );
  }
}

/** Where a reader may be after some words, and what it has read by then. */
interface Reader {
  readonly network: number;
  readonly node: number;
  /** `intent balance`; '' as long as nothing was meant. */
  readonly meaning: string;
}

interface Ambiguity {
  readonly sentence: string;
  readonly meanings: readonly string[];
}

/**
 * The shortest sentence that means two things: all networks are read at once, as if each word were the next that is said.
 *
 * @param most - places that may be looked at; what is left out is taken for clear
 */
function ambiguous(
  networks: readonly Network[],
  most: number,
): { readonly found: Ambiguity | undefined; readonly looked: number } {
  let looked = 0;
  const seen = new Set<string>();
  const queue: { readonly readers: readonly Reader[]; readonly words: readonly string[] }[] = [];
  const reach = (moved: readonly Reader[], words: readonly string[]): void => {
    const readers = closed(networks, moved);
    looked += readers.size;
    const key = [...readers.keys()].toSorted().join(' ');
    if (seen.has(key)) return;
    seen.add(key);
    queue.push({ readers: [...readers.values()], words });
  };
  reach(
    networks.map(({ start }, network) => ({ network, node: start, meaning: NONE })),
    [],
  );
  for (const { readers, words } of queue) {
    const meanings = new Set<string>();
    const next = new Map<string, Reader[]>();
    for (const { network, node, meaning } of readers) {
      if (meaning !== NONE && networks[network]?.end === node) meanings.add(meaning);
      for (const { word, to } of networks[network]?.arcs[node] ?? []) {
        if (word === undefined) continue;
        const reader = { network, node: to, meaning };
        const moved = next.get(word);
        if (moved === undefined) next.set(word, [reader]);
        else moved.push(reader);
      }
    }
    if (meanings.size > 1) return { found: { sentence: words.join(' '), meanings: [...meanings].toSorted() }, looked };
    for (const [word, moved] of next) {
      // whoever reads on alone agrees with themselves
      if (
        new Set(moved.map(({ meaning, network }) => `${network} ${meaning}`)).size < 2 &&
        moved.every(({ meaning }) => meaning !== NONE)
      )
        continue;
      if (looked > most) return { found: undefined, looked };
      reach(moved, [...words, word]);
    }
  }
  return { found: undefined, looked };
}

/** With what is reached without a word, by a key of each. */
function closed(networks: readonly Network[], readers: readonly Reader[]): ReadonlyMap<string, Reader> {
  const all = new Map(readers.map((reader) => [keyOf(reader), reader]));
  for (const [, { network, node, meaning }] of all)
    for (const { word, to, tag } of networks[network]?.arcs[node] ?? []) {
      if (word !== undefined) continue;
      const says = tag !== undefined && (tag.key === 'intent' || tag.key === 'command' || tag.key === 'aside');
      const reader = { network, node: to, meaning: says ? `the ${WORDS[tag.key]} '${tag.value}'` : meaning };
      const key = keyOf(reader);
      if (!all.has(key)) all.set(key, reader);
    }
  return all;
}

const WORDS: Readonly<Record<string, string>> = { intent: 'option', command: 'command', aside: 'question in between' };

const keyOf = ({ network, node, meaning }: Reader): string => `${network}/${node}/${meaning}`;
