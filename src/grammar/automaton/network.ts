import { foldWord } from '../../domain/fold-word.ts';

/** What a tag does to the meaning: `{key=value}` sets, `{key+=value}` appends. */
export interface Tag {
  readonly key: string;
  readonly append: boolean;
  readonly value: string;
}

/** A grammar with its references followed: an automaton of words and tags. Arcs without a word cost nothing to pass. */
export interface Network {
  readonly start: number;
  readonly end: number;
  /** By node, in the order of the grammar's text: the first way through is the first meaning. */
  readonly arcs: readonly (readonly Arc[])[];
}

export interface Arc {
  readonly to: number;
  /** Folded: what is said is compared with it. */
  readonly word?: string;
  /** How the author spelled it, where that differs; of an arc that was joined with others, all spellings. */
  readonly written?: readonly string[];
  readonly tag?: Tag;
}

export class NetworkBuilder {
  readonly #arcs: Arc[][] = [];

  node(): number {
    return this.#arcs.push([]) - 1;
  }

  arc(from: number, arc: Arc): number {
    this.#arcs[from]?.push(arc);
    return arc.to;
  }

  /** A new node behind `from`. @param written - as the author spelled it */
  word(from: number, written: string, tag?: Tag): number {
    const middle = tag === undefined ? from : this.arc(from, { to: this.node(), tag });
    return this.spoken(middle, this.node(), written);
  }

  /** @param written - as the author spelled it */
  spoken(from: number, to: number, written: string): number {
    const word = foldWord(written);
    return this.arc(from, { to, word, ...(word === written ? {} : { written: [written] }) });
  }

  skip(from: number, to: number): void {
    this.arc(from, { to });
  }

  get size(): number {
    return this.#arcs.length;
  }

  finish(start: number, end: number): Network {
    return { start, end, arcs: this.#arcs };
  }
}

/** What any of the networks accepts, the earlier ones first. */
export function anyOf(networks: readonly Network[]): Network {
  const builder = new NetworkBuilder();
  const start = builder.node();
  const end = builder.node();
  for (const network of networks) {
    const base = builder.size;
    for (let i = 0; i < network.arcs.length; i++) builder.node();
    for (const [from, arcs] of network.arcs.entries())
      for (const arc of arcs) builder.arc(base + from, { ...arc, to: base + arc.to });
    builder.skip(start, base + network.start);
    builder.skip(base + network.end, end);
  }
  return builder.finish(start, end);
}
