/** Pieces of words to their numbers, with the marks that a BERT encoder wants around a sentence. */
export interface Tokenizer {
  /** @param words - in spoken form, one blank between them */
  ids(words: string): readonly number[];
}

/** What the encoder was trained with at most. */
const MOST_PIECES = 48;
/** BERT takes longer words for unknown. */
const LONGEST_WORD = 100;

/**
 * WordPiece (as in BERT): each word is cut greedily into the longest pieces that are in the vocabulary.
 *
 * @param vocabulary - one piece a place; a piece that goes on within a word has ## in front
 */
export function wordPieceTokenizer(vocabulary: readonly string[]): Tokenizer {
  const ids = new Map(vocabulary.map((piece, id) => [piece, id]));
  const idOf = (piece: string): number => {
    const id = ids.get(piece);
    if (id === undefined) throw new Error(`the vocabulary has no ${piece}`);
    return id;
  };
  const [begin, end, unknown] = [idOf('[CLS]'), idOf('[SEP]'), idOf('[UNK]')];
  const piecesOf = (word: string): readonly number[] => {
    if (word.length > LONGEST_WORD) return [unknown];
    const pieces: number[] = [];
    for (let from = 0; from < word.length; ) {
      let to = word.length;
      let id: number | undefined;
      while (to > from) {
        id = ids.get(`${from === 0 ? '' : '##'}${word.slice(from, to)}`);
        if (id !== undefined) break;
        to--;
      }
      if (id === undefined) return [unknown];
      pieces.push(id);
      from = to;
    }
    return pieces;
  };
  return {
    ids(words) {
      const pieces: number[] = [];
      for (const [word] of words.matchAll(/[a-z]+|'/g)) {
        pieces.push(...piecesOf(word));
        if (pieces.length >= MOST_PIECES - 2) break;
      }
      return [begin, ...pieces.slice(0, MOST_PIECES - 2), end];
    },
  };
}
