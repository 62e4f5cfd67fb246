/** 0…9 */
export const DIGITS: readonly string[] = Array.from('零一二三四五六七八九');

/** Ten, hundred, thousand, ten thousand: the power of ten is the index + 1. */
export const SCALES: readonly string[] = Array.from('十百千万');

/** Other characters for digits: 幺 (yāo) is one in numbers that are read digit by digit, 两 is two of something. */
export const OTHER_DIGITS: readonly (readonly [word: string, digit: number])[] = [
  ['〇', 0],
  ['幺', 1],
  ['两', 2],
];
