import type { TranscriptSegment } from '../archive/index/archive-index.ts';

/** Characters around the word that was found. */
const AROUND = 60;

/** Of a masked transcript, the first utterance that holds one of the words; null: none holds one as it was written. */
export function snippetOf(segments: readonly TranscriptSegment[], words: string): string | null {
  const wanted = words
    .normalize('NFKC')
    .toLowerCase()
    .split(/[\s"“”]+/)
    .filter((word) => word !== '');
  for (const { text } of segments) {
    const plain = text.normalize('NFKC').toLowerCase();
    const at = wanted.map((word) => plain.indexOf(word)).find((place) => place >= 0);
    if (at === undefined) continue;
    const [from, to] = [Math.max(0, at - AROUND), at + AROUND];
    return `${from > 0 ? '… ' : ''}${text.slice(from, to).trim()}${to < text.length ? ' …' : ''}`;
  }
  return null;
}
