/**
 * A grammar as the recognizer sees it: an acyclic-or-looping graph of words, without meaning. What the words mean is
 * found afterwards by the grammar that made the graph. Plain data: it crosses threads and processes.
 *
 * Words are folded (fold-word.ts), as spoken ('one', not '1'); the recognizer knows how its engine writes them.
 */
export interface GrammarGraph {
  /** Content hash; recognizers keep what they compiled from it under this key. */
  readonly key: string;
  readonly start: number;
  readonly nodes: readonly GrammarNode[];
  /** How the grammar's author spelled words whose folded form differs: atm → ATM. */
  readonly spellings?: Readonly<Record<string, readonly string[]>>;
}

export interface GrammarNode {
  readonly arcs: readonly { readonly word: string; readonly to: number }[];
  readonly final: boolean;
}
