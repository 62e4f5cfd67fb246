/** Lower-case words without punctuation; numerals stay. */
export const wordsOf = (text: string): readonly string[] =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}' ]+/gu, ' ')
    .split(/\s+/)
    .filter((word) => word !== '');

/**
 * The lowest word-error rate at which `wanted` occurs anywhere within `heard` (approximate substring match: words before
 * and after it cost nothing; Sellers 1980).
 *
 * @returns errors / wanted words; 0 is verbatim, 1 or more is not there
 */
export function wordErrorRate(wanted: readonly string[], heard: readonly string[]): number {
  if (wanted.length === 0) return 0;
  let row = Array.from({ length: wanted.length + 1 }, (_, i) => i);
  let best = wanted.length;
  for (const word of heard) {
    const next = [0];
    for (let i = 1; i <= wanted.length; i++)
      next[i] = Math.min(
        (row[i] ?? 0) + 1,
        (next[i - 1] ?? 0) + 1,
        (row[i - 1] ?? 0) + (wanted[i - 1] === word ? 0 : 1),
      );
    row = next;
    best = Math.min(best, row[wanted.length] ?? best);
  }
  return best / wanted.length;
}
