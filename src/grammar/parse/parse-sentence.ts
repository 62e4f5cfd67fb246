import { joinAtoms } from './atoms.ts';
import { bestParses, type Parse } from './best-parses.ts';
import { chartOf } from './chart.ts';
import type { ContextFreeGrammar } from './context-free-grammar.ts';

export type ParseResult =
  | { readonly atoms: readonly string[]; readonly parses: readonly [Parse, ...Parse[]] }
  /** No sentence of the grammar. */
  | {
      readonly atoms: readonly string[];
      readonly parses: readonly [];
      /** How many atoms begin a sentence, and some of what may follow them. */
      readonly understood: number;
      readonly expected: readonly string[];
    };

/** Nobody answers a question in more; a Chinese sentence has a character an atom. */
const MOST_ATOMS = 250;
const MOST_EXPECTED = 12;

/**
 * Parses a sentence: every way to read it, the likeliest by the grammar's weights first.
 *
 * @param atoms - see atoms.ts
 * @param most - parses
 * @throws IvrError GRAMMAR_BUDGET_EXCEEDED
 */
export function parseSentence(grammar: ContextFreeGrammar, atoms: readonly string[], most = 8): ParseResult {
  if (atoms.length > MOST_ATOMS) return { atoms, parses: [], understood: 0, expected: [] };
  const { whole, furthest, expected } = chartOf(
    grammar,
    atoms.map((atom) => grammar.words.get(atom) ?? 0),
  );
  const [first, ...others] = whole === undefined ? [] : bestParses(grammar, whole, most);
  if (first !== undefined) return { atoms, parses: [first, ...others] };
  const names: string[] = [];
  for (const [atom, number] of grammar.words)
    if (expected.has(number) && names.length < MOST_EXPECTED) names.push(atom);
  return { atoms, parses: [], understood: furthest, expected: names };
}

/** The words from…to as they are written. */
export const textOf = (atoms: readonly string[], from: number, to: number): string => joinAtoms(atoms.slice(from, to));
