import { isMap, isScalar, isSeq, type Node } from 'yaml';
import type { YamlFile, YamlPath, YamlPosition } from './yaml-file.ts';

interface Place {
  readonly node: unknown;
  readonly key: unknown;
}

/** The way from paths in a document's values back to the places of its text. */
export function placesIn(
  root: Node | null,
  targets: ReadonlyMap<Node, Node>,
  position: (offset: number) => YamlPosition,
): Pick<YamlFile, 'at' | 'inFlow'> {
  const known = new WeakMap<object, ReadonlyMap<string, Place>>();
  const childrenOf = (node: unknown): ReadonlyMap<string, Place> => {
    if (!isMap(node) && !isSeq(node)) return NONE;
    let children = known.get(node);
    if (children === undefined) {
      children = new Map(
        isMap(node)
          ? node.items.map(({ key, value }) => [isScalar(key) ? String(key.value) : '', { key, node: value }])
          : node.items.map((item, index) => [String(index), { key: undefined, node: item }]),
      );
      known.set(node, children);
    }
    return children;
  };
  const aim = (node: unknown): unknown => (isNode(node) ? (targets.get(node) ?? node) : node);

  return {
    at(path, atKey = false) {
      let node: unknown = root;
      let offset = startOf(root) ?? 0;
      for (const [depth, step] of path.entries()) {
        const place = childrenOf(aim(node)).get(String(step));
        if (place === undefined) break;
        const last = depth === path.length - 1;
        offset = startOf(atKey && last ? (place.key ?? place.node) : place.node) ?? startOf(place.key) ?? offset;
        node = place.node;
      }
      return position(offset);
    },
    inFlow(path: YamlPath) {
      let node: unknown = aim(root);
      for (const step of path.slice(0, -1)) node = aim(childrenOf(node).get(String(step))?.node);
      return (isMap(node) || isSeq(node)) && node.flow === true;
    },
  };
}

const NONE: ReadonlyMap<string, Place> = new Map();

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'range' in value;

const startOf = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined);
