import type { GrammarGraph } from '../../domain/grammar-graph.ts';
import { grammarError } from '../model/grammar-error.ts';
import { grammarIn, type GrammarLibrary } from '../model/grammar-library.ts';
import { grammarGraph } from './grammar-network.ts';

/** Where keys lead in a grammar of mode dtmf: 0…9, *, #, A…D. */
export interface KeypadAutomaton {
  readonly start: number;
  /** Undefined: no sentence goes on with that key. */
  readonly next: (state: number, key: string) => number | undefined;
  /** 'complete': whole, and no key could follow; 'whole': it may end here, or go on; 'begun': more must come. */
  readonly stateOf: (state: number) => 'complete' | 'whole' | 'begun';
}

/** @throws IvrError GRAMMAR_INVALID for a grammar of words, or one that keys cannot be held to ($GARBAGE) */
export function keypadAutomaton(library: GrammarLibrary): KeypadAutomaton {
  const { file } = library.start;
  const grammar = grammarIn(library, file);
  const refuse = (expected: string) => grammarError(grammar?.file ?? file, { line: 1, column: 1 }, expected);
  if (grammar?.mode !== 'dtmf') throw refuse("expected 'mode dtmf', found a grammar of mode voice");
  const graph = grammarGraph(library);
  if (graph === undefined) throw refuse('expected keys, found $GARBAGE in a grammar of mode dtmf');
  return automatonOf(graph);
}

function automatonOf({ start, nodes }: GrammarGraph): KeypadAutomaton {
  const next = nodes.map(({ arcs }) => new Map(arcs.map(({ word, to }) => [word, to])));
  return {
    start,
    next: (state, key) => next[state]?.get(key.toLowerCase()),
    stateOf: (state) => {
      const node = nodes[state];
      return node?.final !== true ? 'begun' : node.arcs.length === 0 ? 'complete' : 'whole';
    },
  };
}
