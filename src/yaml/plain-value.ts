import { isAlias, isMap, isScalar, isSeq, type Node } from 'yaml';

export interface ValueProblem {
  readonly offset: number;
  readonly code: string;
  readonly text: string;
}

export interface PlainValue {
  readonly value: unknown;
  readonly problems: readonly ValueProblem[];
  /** What each alias stands for. */
  readonly targets: ReadonlyMap<Node, Node>;
}

/** A value with what reading it costs: what is repeated by aliases counts each time. */
interface Measured {
  readonly value: unknown;
  readonly size: number;
  readonly depth: number;
}

const NOTHING: Measured = { value: null, size: 1, depth: 0 };

/**
 * The plain values of a parsed document: aliases stand for the same object as their anchor. Limited are the values and
 * the depth that come of them when aliases are written out.
 */
export function plainValue(root: Node | null, most: { readonly values: number; readonly depth: number }): PlainValue {
  const problems: ValueProblem[] = [];
  const targets = new Map<Node, Node>();
  /** By the anchor's name; undefined while the anchored value is being read. */
  const anchors = new Map<string, { readonly node: Node; readonly read: Measured | undefined }>();
  const wrong = (node: Node, code: string, text: string): Measured => {
    problems.push({ offset: node.range?.[0] ?? 0, code, text });
    return NOTHING;
  };

  const limited = (node: Node, parts: readonly Measured[], value: unknown): Measured => {
    const size = parts.reduce((sum, part) => sum + part.size, 1);
    const depth = parts.reduce((deepest, part) => Math.max(deepest, part.depth), 0) + 1;
    // told once, and where it begins: whatever holds it would be too large as well
    if (size > most.values)
      return wrong(node, 'TOO_LARGE', `expected at most ${most.values} values, those repeated by aliases included`);
    if (depth > most.depth)
      return wrong(
        node,
        'TOO_DEEP',
        `expected at most ${most.depth} collections in each other, those in aliases included`,
      );
    return { value, size, depth };
  };

  const alias = (node: Node & { readonly source: string }): Measured => {
    const anchor = anchors.get(node.source);
    if (anchor === undefined)
      return wrong(node, 'BAD_ALIAS', `expected an anchor &${node.source} before the alias *${node.source}`);
    if (anchor.read === undefined)
      return wrong(node, 'BAD_ALIAS', `expected an alias of something else, found *${node.source} inside itself`);
    targets.set(node, anchor.node);
    return anchor.read;
  };

  const read = (node: unknown): Measured => {
    if (isAlias(node)) return alias(node);
    if (!isMap(node) && !isSeq(node) && !isScalar(node)) return NOTHING;
    const { anchor } = node;
    if (anchor !== undefined) anchors.set(anchor, { node, read: undefined });
    const measured = isScalar(node) ? { value: node.value, size: 1, depth: 0 } : collection(node);
    if (anchor !== undefined) anchors.set(anchor, { node, read: measured });
    return measured;
  };

  const collection = (node: Node): Measured => {
    if (isSeq(node)) {
      const items = node.items.map(read);
      return limited(
        node,
        items,
        items.map(({ value }) => value),
      );
    }
    if (!isMap(node)) return NOTHING;
    const values = new Map<string, Measured>();
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : undefined;
      if (name === undefined)
        wrong(
          nodeOf(key) ?? node,
          'BAD_KEY',
          "expected a name as key, found a collection or an alias (a text that begins with [ { or * needs quotes: '{…}')",
        );
      else if (values.has(name))
        wrong(nodeOf(key) ?? node, 'DUPLICATE_KEY', `expected unique keys, found '${name}' a second time`);
      else values.set(name, read(value));
    }
    return limited(
      node,
      [...values.values()],
      Object.fromEntries([...values].map(([name, { value }]) => [name, value])),
    );
  };

  return { value: read(root).value, problems, targets };
}

const nodeOf = (key: unknown): Node | undefined =>
  isAlias(key) || isMap(key) || isSeq(key) || isScalar(key) ? key : undefined;
