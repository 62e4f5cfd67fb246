/** Lower-case words without punctuation; numerals stay. */
export const wordsOf = (text: string): readonly string[] =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}' ]+/gu, ' ')
    .split(/\s+/)
    .filter((word) => word !== '');

export interface Match {
  /** Errors / wanted words: 0 is verbatim, 1 or more is not there. */
  readonly rate: number;
  /** How many of the heard words end with the match. */
  readonly end: number;
}

/**
 * Where `wanted` occurs best within `heard`, and at which word-error rate (approximate substring match: words before
 * and after it cost nothing; Sellers 1980).
 */
export function findWords(wanted: readonly string[], heard: readonly string[]): Match {
  if (wanted.length === 0) return { rate: 0, end: 0 };
  let row = Array.from({ length: wanted.length + 1 }, (_, i) => i);
  let best = wanted.length;
  let end = 0;
  for (const [place, word] of heard.entries()) {
    const next = [0];
    for (let i = 1; i <= wanted.length; i++)
      next[i] = Math.min(
        (row[i] ?? 0) + 1,
        (next[i - 1] ?? 0) + 1,
        (row[i - 1] ?? 0) + (wanted[i - 1] === word ? 0 : 1),
      );
    row = next;
    const errors = row[wanted.length] ?? best;
    if (errors < best) {
      best = errors;
      end = place + 1;
    }
  }
  return { rate: best / wanted.length, end };
}
