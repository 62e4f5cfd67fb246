export type Edges = ReadonlyMap<string, { readonly text: string; readonly to: readonly string[] }>;
export declare const ABOUT: Readonly<Record<string, readonly string[]>>;
export declare function edgesIn(root: string): Edges;
export declare function testsTouchedBy(
  root: string,
  changed: readonly string[],
  edges?: Edges,
): readonly string[] | undefined;
export declare function testsOfWholeProduct(edges: Edges): readonly string[];
