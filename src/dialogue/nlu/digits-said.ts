const DIGITS: Readonly<Record<string, string>> = {
  zero: '0',
  oh: '0',
  one: '1',
  two: '2',
  three: '3',
  four: '4',
  five: '5',
  six: '6',
  seven: '7',
  eight: '8',
  nine: '9',
};
const TIMES: Readonly<Record<string, number>> = { double: 2, triple: 3 };

/** The digits among words: "my number is one double two" is 122. */
export function digitsSaid(words: readonly string[]): string {
  let digits = '';
  let times = 1;
  for (const word of words) {
    if (Object.hasOwn(DIGITS, word)) digits += (DIGITS[word] ?? '').repeat(times);
    times = Object.hasOwn(TIMES, word) ? (TIMES[word] ?? 1) : 1;
  }
  return digits;
}
