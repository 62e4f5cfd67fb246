import type { CST } from 'yaml';

/**
 * Where collections stand in each other more deeply than `deepest`; undefined: nowhere.
 *
 * @returns the offset of one that does
 */
export function nestedTooDeeply(tokens: readonly CST.Token[], deepest: number): number | undefined {
  const open: { readonly token: CST.Token; readonly depth: number }[] = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token, depth } = next;
    if (token.type === 'document') {
      if (token.value !== undefined) open.push({ token: token.value, depth });
    } else if ('items' in token) {
      if (depth >= deepest) return token.offset;
      for (const { key, value } of token.items) {
        if (key !== null && key !== undefined) open.push({ token: key, depth: depth + 1 });
        if (value !== undefined) open.push({ token: value, depth: depth + 1 });
      }
    }
  }
  return undefined;
}
