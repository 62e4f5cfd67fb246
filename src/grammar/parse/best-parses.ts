import type { ChartItem, Constituent } from './chart.ts';
import type { ContextFreeGrammar, SaidRule } from './context-free-grammar.ts';

/** A rule as it was said, with what it is made of in temporal order. */
export interface SaidNode {
  readonly rule: SaidRule;
  /** Words from…to. */
  readonly from: number;
  readonly to: number;
  readonly parts: readonly SaidPart[];
}
export type SaidPart =
  | { readonly kind: 'word'; readonly at: number }
  /** Of the grammar's `tags`. */
  | { readonly kind: 'tag'; readonly tag: number }
  | { readonly kind: 'rule'; readonly node: SaidNode };

export interface Parse {
  readonly tree: SaidNode;
  /** Negative log-likelihood by the weights, at least 0. */
  readonly cost: number;
}

/** A way to derive an item or a constituent. Two with the same signature mean the same. */
interface Derivation {
  readonly cost: number;
  readonly signature: string;
  readonly item: ChartItem;
  readonly left: Derivation | undefined;
  readonly right: Derivation | undefined;
}

/**
 * The likeliest parses that mean different things, the likeliest first; of equally likely ones, in the order of the grammar's
 * text. What differs in nothing but how it was derived is one parse.
 */
export function bestParses(grammar: ContextFreeGrammar, whole: Constituent, most: number): readonly Parse[] {
  const search = new Search(grammar, most);
  return search.constituent(whole).flatMap((derivation) => {
    const [part] = search.parts(whole, derivation);
    return part?.kind === 'rule' ? [{ tree: part.node, cost: derivation.cost }] : [];
  });
}

class Search {
  readonly #grammar: ContextFreeGrammar;
  readonly #most: number;
  readonly #ofItem = new Map<ChartItem, readonly Derivation[]>();
  readonly #ofConstituent = new Map<Constituent, readonly Derivation[]>();

  constructor(grammar: ContextFreeGrammar, most: number) {
    this.#grammar = grammar;
    this.#most = most;
  }

  constituent(found: Constituent): readonly Derivation[] {
    const known = this.#ofConstituent.get(found);
    if (known !== undefined) return known;
    const rule = this.#grammar.rules[found.nonterminal];
    const items =
      found.items.length === 1 ? found.items : found.items.toSorted((a, b) => a.production.id - b.production.id);
    const all: Derivation[] = [];
    for (const item of items)
      for (const derivation of this.#item(item)) {
        const inner = rule?.builtin === true ? '' : derivation.signature;
        all.push(
          rule === undefined
            ? derivation
            : { ...derivation, signature: `(${found.nonterminal}@${found.from}-${found.to}${inner})` },
        );
      }
    const best = this.#best(all);
    this.#ofConstituent.set(found, best);
    return best;
  }

  #item(item: ChartItem): readonly Derivation[] {
    const known = this.#ofItem.get(item);
    if (known !== undefined) return known;
    const tags = this.#tagsAt(item);
    const all: Derivation[] = [];
    if (item.dot === 0)
      all.push({ cost: item.production.cost, signature: tags, item, left: undefined, right: undefined });
    // of several divisions, first the one whose left side is longest
    const edges = item.edges.length < 2 ? item.edges : item.edges.toSorted((a, b) => b.left.to - a.left.to);
    for (const { left, right } of edges) {
      const rights = right === undefined ? [undefined] : this.constituent(right);
      for (const [l, before] of this.#item(left).entries())
        for (const [r, after] of rights.entries()) {
          if ((l + 1) * (r + 1) > this.#most) break;
          const signature = before.signature + (after?.signature ?? '') + tags;
          all.push({ cost: before.cost + (after?.cost ?? 0), signature, item, left: before, right: after });
        }
    }
    const best = this.#best(all);
    this.#ofItem.set(item, best);
    return best;
  }

  #best(all: readonly Derivation[]): readonly Derivation[] {
    if (all.length < 2) return all;
    const distinct = new Map<string, Derivation>();
    for (const derivation of all.toSorted((a, b) => a.cost - b.cost)) {
      if (!distinct.has(derivation.signature)) distinct.set(derivation.signature, derivation);
      if (distinct.size === this.#most) break;
    }
    return [...distinct.values()];
  }

  /** A tag means something by what was said before it: its place belongs to it. */
  #tagsAt({ production, dot, to }: ChartItem): string {
    const tags = production.tags[dot];
    return tags === undefined || tags.length === 0 ? '' : `${tags.join(';')}@${to};`;
  }

  /** Of a constituent; of a rule one part, the rule. */
  parts(
    { nonterminal, from, to }: Pick<Constituent, 'nonterminal' | 'from' | 'to'>,
    derivation: Derivation,
  ): SaidPart[] {
    const parts: SaidPart[] = [];
    const steps: Derivation[] = [];
    for (let step: Derivation | undefined = derivation; step !== undefined; step = step.left) steps.push(step);
    for (const { item, right } of steps.toReversed()) {
      const { production, dot } = item;
      if (dot > 0) {
        const symbol = production.rhs[dot - 1] ?? 0;
        if (symbol < 0) parts.push({ kind: 'word', at: item.to - 1 });
        else if (right !== undefined)
          for (const part of this.parts({ nonterminal: symbol, from: right.item.from, to: right.item.to }, right))
            parts.push(part);
      }
      for (const tag of production.tags[dot] ?? []) parts.push({ kind: 'tag', tag });
    }
    const rule = this.#grammar.rules[nonterminal];
    return rule === undefined ? parts : [{ kind: 'rule', node: { rule, from, to, parts } }];
  }
}
