/** The fewest insertions, deletions and replacements that make one sequence of the other (Levenshtein). */
export function editDistance(from: readonly string[], to: readonly string[]): number {
  let above = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (const [row, item] of from.entries()) {
    const below = [row + 1];
    for (const [at, other] of to.entries()) {
      const replaced = (above[at] ?? 0) + (item === other ? 0 : 1);
      below.push(Math.min(replaced, (above[at + 1] ?? 0) + 1, (below[at] ?? 0) + 1));
    }
    above = below;
  }
  return above[to.length] ?? 0;
}
