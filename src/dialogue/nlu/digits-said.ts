import * as english from '../../language/en/spoken-answers.ts';
import * as chinese from '../../language/zh/spoken-answers.ts';

const DIGITS = new Map([...english.DIGITS, ...chinese.DIGITS]);
const TIMES = new Map([...english.TIMES, ...chinese.TIMES]);

/** The digits among words: "my number is one double two" is 122. */
export function digitsSaid(words: readonly string[]): string {
  let digits = '';
  let times = 1;
  for (const word of words) {
    digits += (DIGITS.get(word) ?? '').repeat(times);
    times = TIMES.get(word) ?? 1;
  }
  return digits;
}
