import type { AutomatonState, TokenAutomaton } from './token-automaton.ts';
import type { Vocabulary } from './vocabulary.ts';

/*
 * A step of the decoder reads all its weights, whatever it is fed: five tokens cost little more than one. So where a grammar leaves
 * no choice ("what is my ba…"), the tokens that follow are fed along unasked, and are kept as far as the recognizer would have written
 * them itself. What is written is the same; only steps are saved.
 */

/** Tokens that are fed along, at most: those that turn out otherwise are paid for in vain. */
const MOST = 6;

/**
 * The tokens that follow what was written freely, where that begins a sentence of the grammar and there is one way to go on.
 *
 * @param written - so far
 */
export function foreseenTokens(
  automaton: TokenAutomaton,
  written: readonly number[],
  vocabulary: Vocabulary,
): readonly number[] {
  let state: AutomatonState | undefined = automaton.start;
  for (const token of written) {
    state = automaton.next(state).get(token);
    if (state === undefined) return [];
  }
  const foreseen: number[] = [];
  while (foreseen.length < MOST) {
    const token = onlyWayOn(automaton, state, vocabulary);
    if (token === undefined) break;
    foreseen.push(token);
    state = automaton.next(state).get(token);
    if (state === undefined) break;
  }
  return foreseen;
}

const SPOKEN = /[\p{L}\p{N}\u0080-\u00ff]/u;

/** The one word that may follow, as it is written within a sentence; a full stop where none may. */
function onlyWayOn(automaton: TokenAutomaton, state: AutomatonState, vocabulary: Vocabulary): number | undefined {
  let only: { readonly folded: string; readonly token: number } | undefined;
  let stop: number | undefined;
  for (const token of automaton.next(state).keys()) {
    const folded = vocabulary.foldedOf(token);
    const plain = vocabulary.bytesOf(token);
    if (!SPOKEN.test(folded)) {
      if (plain === '.') stop = token;
    } else if (only !== undefined && only.folded !== folded) return undefined;
    else if (only === undefined || plain === ` ${folded}` || plain === folded) only = { folded, token };
  }
  return only?.token ?? (state.final ? stop : undefined);
}
