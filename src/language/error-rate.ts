/**
 * Words (or characters) that were heard wrongly, as a share of those that were said: substitutions, deletions and insertions
 * (Levenshtein). 0 is verbatim; more than 1 when more was heard than said.
 */
export function errorRate(said: readonly string[], heard: readonly string[]): number {
  if (said.length === 0) return heard.length === 0 ? 0 : 1;
  let row = Array.from({ length: heard.length + 1 }, (_, i) => i);
  for (const [place, word] of said.entries()) {
    const next = [place + 1];
    for (const [i, one] of heard.entries())
      next.push(Math.min((row[i + 1] ?? 0) + 1, (next[i] ?? 0) + 1, (row[i] ?? 0) + (one === word ? 0 : 1)));
    row = next;
  }
  return (row.at(-1) ?? 0) / said.length;
}
