import type { AutomatonState, TokenAutomaton } from './token-automaton.ts';
import type { Vocabulary } from './vocabulary.ts';

/*
 * A sentence can be written in many ways: with capitals, with a full stop, with numerals. The recognizer keeps to one of them
 * through a text, so the way that is like its free text is the one to be weighed.
 */

/** A place on the way: so much of the sentence is written, and so much of the free text was looked at. */
interface Place {
  readonly state: AutomatonState;
  readonly at: number;
  readonly cost: number;
  readonly tokens: readonly number[];
}

const OTHER_TOKEN = 1;
/** A capital, a space or a full stop more or less. */
const ALIKE = 0.25;
/** Places that are looked at. */
const MOST = 4_000;

/**
 * The tokens of the automaton's sentence that differ least from `free`; undefined when none is found soon.
 *
 * @param free - tokens that were written freely
 */
export function writingLike(
  automaton: TokenAutomaton,
  free: readonly number[],
  vocabulary: Vocabulary,
): readonly number[] | undefined {
  const open: Place[][] = [[{ state: automaton.start, at: 0, cost: 0, tokens: [] }]];
  const seen = new Set<string>();
  const push = (place: Place): void => void (open[Math.round(place.cost / ALIKE)] ??= []).push(place);
  const differing = (one: number, other: number | undefined): number => {
    if (one === other) return 0;
    const same = vocabulary.foldedOf(one) === (other === undefined ? '' : vocabulary.foldedOf(other));
    return same ? ALIKE : OTHER_TOKEN;
  };
  for (let bucket = 0, looked = 0; bucket < open.length && looked < MOST; bucket++)
    for (let place = open[bucket]?.shift(); place !== undefined && looked < MOST; place = open[bucket]?.shift()) {
      const { state, at, cost, tokens } = place;
      const key = `${state.id} ${at}`;
      if (seen.has(key)) continue;
      seen.add(key);
      looked += 1;
      if (state.final && at === free.length && tokens.length > 0) return tokens;
      if (at < free.length) push({ state, at: at + 1, cost: cost + differing(free[at] ?? 0, undefined), tokens });
      for (const [token, next] of automaton.next(state)) {
        const longer = [...tokens, token];
        if (at < free.length)
          push({ state: next, at: at + 1, cost: cost + differing(token, free[at]), tokens: longer });
        push({ state: next, at, cost: cost + differing(token, undefined), tokens: longer });
      }
    }
  return undefined;
}
