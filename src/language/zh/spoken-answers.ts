import { DIGITS as NAMES } from './number-vocabulary.ts';

/** Digits that are read one by one, as in account and telephone numbers: 两 is not said there. */
export const DIGITS: readonly (readonly [word: string, digit: string])[] = [
  ...NAMES.map((name, digit) => [name, String(digit)] as const),
  ['〇', '0'],
  ['幺', '1'],
];

/** Letters that are spelled. */
export const LETTERS: readonly (readonly [word: string, letter: string])[] = Array.from(
  'abcdefghijklmnopqrstuvwxyz',
  (letter) => [letter, letter.toUpperCase()],
);

/** 三个八 is 888. */
export const TIMES: readonly (readonly [word: string, count: number])[] = [
  ['两个', 2],
  ['三个', 3],
  ['四个', 4],
];

export const YES: readonly string[] =
  '是 是的 是啊 对 对的 对啊 没错 正确 好 好的 行 可以 可以的 没问题 确认 同意 当然 当然可以 要 需要 是这样 对没错 是的没错'.split(
    ' ',
  );

/** Without 嗯, which is how people hesitate, too. */
export const NO: readonly string[] =
  '不 不是 不是的 不对 不对的 不行 不可以 不用 不用了 不要 不要了 不需要 没有 错 错了 不正确 不确认 不同意 不好 不了 算了 不是这样'.split(
    ' ',
  );

/** Of two. */
export const FIRST: readonly string[] = ['第一个', '第一', '前一个', '前面的', '前者'];
export const SECOND: readonly string[] = ['第二个', '第二', '后一个', '后面的', '后者'];
