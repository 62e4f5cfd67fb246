import fc from 'fast-check';
import { expect, test } from 'vitest';
import { spokenText } from '../../src/language/en/spoken-text.ts';

test.each([
  // money
  ['Your balance is $1,234.56.', 'Your balance is one thousand two hundred thirty-four dollars and fifty-six cents.'],
  ['A fee of $3 a month', 'A fee of three dollars a month'],
  ['USD 20 or 15 EUR', 'twenty dollars or fifteen euros'],
  ['£0.50 and €1.01', 'fifty pence and one euro and one cent'],
  ['-$75', 'minus seventy-five dollars'],
  ['up to $1.5 million', 'up to one point five million dollars'],
  ['¥200', 'two hundred yuan'],
  ['$10000', 'ten thousand dollars'],
  // percentages and decimals
  ['2.5% a year', 'two point five percent a year'],
  ['0.05%', 'zero point zero five percent'],
  ['about 3.75 times', 'about three point seven five times'],
  ['-5 degrees', 'minus five degrees'],
  // dates
  ['on 2026-11-21', 'on November twenty-first, twenty twenty-six'],
  ['on 11/21/2026', 'on November twenty-first, twenty twenty-six'],
  ['on 4/3/26', 'on April third, twenty twenty-six'],
  ['by November 21', 'by November twenty-first'],
  ['by Nov. 21, 2026', 'by November twenty-first, twenty twenty-six'],
  ['by the 21st of November', 'by the twenty-first of November'],
  ['21 November 2026', 'the twenty-first of November, twenty twenty-six'],
  ['since March 2020', 'since March twenty twenty'],
  ['in 2005', 'in two thousand five'],
  // times
  ['from 9:00 to 17:30', 'from nine A M to five thirty P M'],
  ['at 5:05 pm', 'at five oh five P M'],
  ['until 6 p.m. Please wait.', 'until six P M. Please wait.'],
  ['at 12:00 a.m.', 'at twelve A M.'],
  ['9am-5pm', 'nine A M-five P M'],
  // digits that are names
  ['account 12345678', 'account one two three four, five six seven eight'],
  ['Your code is 0420.', 'Your code is zero four two zero.'],
  ['the card ending in 1234', 'the card ending in one two three four'],
  ['Call 1-800-555-0100.', 'Call one, eight zero zero, five five five, zero one zero zero.'],
  ['+44 20 7946 0958', 'plus four four, two zero, seven nine four six, zero nine five eight'],
  ['reference LC48290', 'reference LC four eight two, nine zero'],
  ['form W2 or 401k', 'form W two or four zero one k'],
  // counts
  ['1 Market Street', 'one Market Street'],
  ['1,000,000 customers', 'one million customers'],
  ['10000 customers', 'ten thousand customers'],
  ['the 1st, 2nd and 103rd', 'the first, second and one hundred third'],
  ['3-5 days', 'three to five days'],
  ['1/2, 3/4, 24/7, 11/26', 'one half, three quarters, twenty-four seven, eleven slash twenty-six'],
  ['within 15 mins', 'within fifteen minutes'],
  ['½ price', 'one half price'],
  // keys and symbols
  ['Press 1, then #.', 'Press one, then pound.'],
  ['Press * to go back', 'Press star to go back'],
  ['#1 in savings', 'number one in savings'],
  ['R&D', 'R and D'],
  ['info@example.com', 'info at example dot com'],
  ['www.example.com/help', 'W W W dot example dot com slash help'],
  ['save 5 + 5 = 10', 'save five plus five equals ten'],
  // abbreviations
  ['Mr. Smith of St. Louis lives on Main St.', 'Mister Smith of Saint Louis lives on Main Street.'],
  ['Dr Jones, e.g., at Acme Inc. today', 'Doctor Jones, for example, at Acme Incorporated today'],
  ['No. 7', 'number seven'],
  // nothing to word
  ['Please say yes or no.', 'Please say yes or no.'],
  ['I don’t know; that’s all.', "I don't know; that's all."],
  ['', ''],
])('%s: %s', (written, spoken) => expect(spokenText(written, 'en-US')).toBe(spoken));

test('British English writes the day first and calls # hash', () => {
  expect(spokenText('on 4/3/2026, then #', 'en-GB')).toBe('on March fourth, twenty twenty-six, then hash');
  expect(spokenText('on 21/11/2026', 'en-US')).toBe('on November twenty-first, twenty twenty-six');
});

const written = fc.array(
  fc.oneof(
    fc.constantFrom(
      '$',
      '€',
      '%',
      '#',
      '*',
      '-',
      '–',
      '/',
      ':',
      '.',
      ',',
      ' ',
      '  ',
      '(',
      ')',
      '+',
      '&',
      '@',
      '°',
      '½',
    ),
    fc.constantFrom('12:30', 'p.m.', 'Nov', 'May 5', '2026-11-21', '1,234.56', '007', '3rd', 'USD', 'No. ', 'St.', 'k'),
    fc.nat().map(String),
    fc.string({ unit: 'grapheme', maxLength: 6 }),
  ),
  { maxLength: 25 },
);

test('no digit is left, whatever was written, and words stay words', () => {
  fc.assert(
    fc.property(written, (parts) => {
      const spoken = spokenText(parts.join(''), 'en-US');
      expect(spoken).not.toMatch(/\p{Nd}/u);
      expect(spokenText(spoken, 'en-US')).not.toMatch(/\p{Nd}/u);
    }),
    { numRuns: 500 },
  );
});

test.each(['1', '1-', '1,111', '1 2', '(1) ', '$1.', 'St. ', '1/', 'a.', '-1', '12:', 'a@', '1 a.m. '])(
  'the longest text of nothing but "%s" is worded at once',
  (part) => {
    const text = part.repeat(4000 / part.length);
    const began = process.cpuUsage();
    spokenText(text, 'en-US');
    const { user } = process.cpuUsage(began);
    expect(user / 1000).toBeLessThan(1_000); // some 100 ms; what is quadratic takes many seconds
  },
);
