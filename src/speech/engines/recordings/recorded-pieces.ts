/* What is recorded of a language, and how a text is put together from it. */

const MARKS = /[^\p{L}\p{N}' ]+/u;

/** As it is looked up: marks at its ends are pauses, those in it commas; spaces stand between words of Latin letters alone. */
export const keyOf = (clause: string): string =>
  clause
    .replaceAll(/\s+(?=[\p{Script=Han}])|(?<=[\p{Script=Han}])\s+/gu, '')
    .split(MARKS)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join('，');

/**
 * The fewest pieces that make up a text.
 *
 * @param text - as `keyOf` gives it
 * @param has - whether a piece is recorded, or is spoken otherwise
 * @returns undefined: there are none
 */
export function compose(text: string, has: (piece: string) => boolean): readonly string[] | undefined {
  const signs = Array.from(text);
  /** Of the first n signs: the last piece, where it begins, and how many pieces there are. */
  const best: ({ readonly piece: string; readonly from: number; readonly count: number } | undefined)[] = [];
  for (let end = 1; end <= signs.length; end++) {
    if (signs[end - 1] === '，') {
      best[end] =
        end === 1 || best[end - 1] !== undefined
          ? { piece: '', from: end - 1, count: best[end - 1]?.count ?? 0 }
          : undefined;
      continue;
    }
    for (let from = 0; from < end; from++) {
      const before = from === 0 ? 0 : best[from]?.count;
      const piece = signs.slice(from, end).join('');
      if (before === undefined || !has(piece)) continue;
      if (before + 1 < (best[end]?.count ?? Infinity)) best[end] = { piece, from, count: before + 1 };
    }
  }
  const pieces: string[] = [];
  for (let at = signs.length; at > 0; ) {
    const last = best[at];
    if (last === undefined) return undefined;
    pieces.unshift(last.piece);
    at = last.from;
  }
  return pieces;
}
