const SEGMENTER = new Intl.Segmenter('zh', { granularity: 'word' });

/** The words of a text in English or Chinese, each with the letter after its last. */
export const spokenWords = (text: string): readonly { readonly word: string; readonly end: number }[] =>
  [...SEGMENTER.segment(text)]
    .filter(({ isWordLike }) => isWordLike === true)
    .map(({ segment, index }) => ({ word: segment, end: index + segment.length }));
