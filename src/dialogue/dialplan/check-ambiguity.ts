import type { Network } from '../../grammar/automaton/network.ts';
import type { Compiling } from './compiling.ts';
import type { Plan } from './plan.ts';

/** Sets of places that are looked at for one question: enough for what people write. */
const MOST_SETS = 20_000;
const NONE = '';

/** Notes questions where one sentence means several things, with the sentence: options, questions in between, commands. */
export function checkAmbiguity(plan: Plan, compiling: Compiling): void {
  for (const state of plan.states) {
    if (state.kind !== 'choice') continue;
    const found = ambiguous(state.ask.networks);
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

/** The shortest sentence that means two things: all networks are read at once, as if each word were the next that is said. */
function ambiguous(
  networks: readonly Network[],
): { readonly sentence: string; readonly meanings: readonly string[] } | undefined {
  const first = closed(
    networks,
    networks.map(({ start }, network) => ({ network, node: start, meaning: NONE })),
  );
  const queue: { readonly readers: readonly Reader[]; readonly words: readonly string[] }[] = [
    { readers: first, words: [] },
  ];
  const seen = new Set([keyOf(first)]);
  for (const { readers, words } of queue) {
    const meanings = new Set(
      readers.flatMap(({ network, node, meaning }) =>
        meaning !== NONE && networks[network]?.end === node ? [meaning] : [],
      ),
    );
    if (meanings.size > 1) return { sentence: words.join(' '), meanings: [...meanings].toSorted() };
    const next = new Map<string, Reader[]>();
    for (const { network, node, meaning } of readers)
      for (const { word, to } of networks[network]?.arcs[node] ?? [])
        if (word !== undefined) next.set(word, [...(next.get(word) ?? []), { network, node: to, meaning }]);
    for (const [word, moved] of next) {
      // whoever reads on alone agrees with themselves
      if (
        new Set(moved.map(({ meaning, network }) => `${network} ${meaning}`)).size < 2 &&
        moved.every(({ meaning }) => meaning !== NONE)
      )
        continue;
      const all = closed(networks, moved);
      const key = keyOf(all);
      if (seen.has(key) || seen.size > MOST_SETS) continue;
      seen.add(key);
      queue.push({ readers: all, words: [...words, word] });
    }
  }
  return undefined;
}

/** With what is reached without a word. */
function closed(networks: readonly Network[], readers: readonly Reader[]): readonly Reader[] {
  const all = new Map(readers.map((reader) => [keyOf([reader]), reader]));
  for (const [, { network, node, meaning }] of all)
    for (const { word, to, tag } of networks[network]?.arcs[node] ?? []) {
      if (word !== undefined) continue;
      const says = tag !== undefined && (tag.key === 'intent' || tag.key === 'command' || tag.key === 'aside');
      const reader = { network, node: to, meaning: says ? `the ${WORDS[tag.key]} '${tag.value}'` : meaning };
      const key = keyOf([reader]);
      if (!all.has(key)) all.set(key, reader);
    }
  return [...all.values()];
}

const WORDS: Readonly<Record<string, string>> = { intent: 'option', command: 'command', aside: 'question in between' };

const keyOf = (readers: readonly Reader[]): string =>
  readers
    .map(({ network, node, meaning }) => `${network}/${node}/${meaning}`)
    .toSorted()
    .join(' ');
