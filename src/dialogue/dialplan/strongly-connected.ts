/**
 * The strongly connected components of a directed graph (Tarjan 1972), without recursion.
 *
 * @returns the components, each behind those that it leads to
 */
export function stronglyConnected(links: ReadonlyMap<string, readonly string[]>): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const open = new Set<string>();
  const stack: string[] = [];
  const components: string[][] = [];
  const enter = (key: string): { readonly key: string; next: number } => {
    index.set(key, index.size);
    low.set(key, index.size - 1);
    stack.push(key);
    open.add(key);
    return { key, next: 0 };
  };
  for (const root of links.keys()) {
    if (index.has(root)) continue;
    const path = [enter(root)];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const { key } = top;
      const to = links.get(key)?.[top.next++];
      if (to !== undefined) {
        if (!index.has(to)) path.push(enter(to));
        else if (open.has(to)) low.set(key, Math.min(low.get(key) ?? 0, index.get(to) ?? 0));
        continue;
      }
      path.pop();
      const parent = path.at(-1)?.key;
      if (parent !== undefined) low.set(parent, Math.min(low.get(parent) ?? 0, low.get(key) ?? 0));
      if (low.get(key) !== index.get(key)) continue;
      const component = stack.splice(stack.lastIndexOf(key));
      for (const member of component) open.delete(member);
      components.push(component);
    }
  }
  return components;
}
