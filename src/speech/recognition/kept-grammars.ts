import type { GrammarGraph } from '../../domain/grammar-graph.ts';

/** A grammar in a message: whole the first time, then by its key. */
export type GrammarByName = { readonly graph: GrammarGraph } | { readonly kept: string };

const MOST_GRAMMARS = 256;

/** The sender's side: knows what the receiver has. */
export class SentGrammars {
  readonly #keys = new Set<string>();
  readonly #forget: () => void;

  /** @param forget - tells the receiver, by the same port, to forget all grammars */
  constructor(forget: () => void) {
    this.#forget = forget;
  }

  byName(graph: GrammarGraph): GrammarByName {
    if (this.#keys.has(graph.key)) return { kept: graph.key };
    if (this.#keys.size >= MOST_GRAMMARS) {
      this.#keys.clear();
      this.#forget();
    }
    this.#keys.add(graph.key);
    return { graph };
  }
}

/** The receiver's side. */
export class ReceivedGrammars {
  readonly #graphs = new Map<string, GrammarGraph>();

  forget(): void {
    this.#graphs.clear();
  }

  /** Undefined when a grammar is named that never came: the two sides are not of one start. */
  resolve(name: GrammarByName): GrammarGraph | undefined {
    if ('kept' in name) return this.#graphs.get(name.kept);
    this.#graphs.set(name.graph.key, name.graph);
    return name.graph;
  }
}
