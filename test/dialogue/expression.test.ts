import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Kind } from '../../src/dialogue/expression/expression.ts';
import { evaluate, holds } from '../../src/dialogue/expression/evaluate.ts';
import { parseExpression } from '../../src/dialogue/expression/parse-expression.ts';

const KINDS = new Map<string, Kind>([
  ['amount', 'number'],
  ['from', 'text'],
  ['to', 'text'],
  ['day', 'date'],
  ['today', 'date'],
  ['hour', 'time'],
  ['vip', 'truth'],
  ['found', 'any'],
  ['asked', 'any'],
  ['limit', 'any'],
  ['account', 'any'],
]);
const VALUES = {
  amount: '3000.50',
  from: 'savings',
  to: 'current',
  day: '2026-12-31',
  today: '2026-12-29',
  hour: '09:30',
  vip: 'true',
  found: '7',
  asked: '1000',
  limit: 500,
  account: '007',
};

function value(text: string, values: Readonly<Record<string, string | number | boolean>> = VALUES) {
  const expression = parseExpression(text, KINDS);
  if (typeof expression === 'string') throw new Error(expression);
  return evaluate(expression, values);
}

test.each([
  ['amount > 3000 and from != to', true],
  ['amount > 3000.5 or from = to', false],
  ['not (amount > 5000) and not from = to', true],
  ["from == 'savings'", true],
  ['amount + 0.1 * 2', 3000.7],
  ['0.1 + 0.2', 0.3],
  ['2 + 3 * 4 - -1', 15],
  ['day = today + 2', true],
  ['day - 31', '2026-11-30'],
  ['day > today', true],
  ['hour >= hour', true],
  ['found > 6', true],
  ['found * 2 = 14', true],
  ["found = '7'", true],
  ['asked > limit', true],
  ['limit >= asked', false],
  ['asked > found', true],
  ['asked = limit + 500', true],
  ['account = found', false],
  ['vip', true],
  ['vip and not known(found)', false],
])('%s is %s', (text, expected) => {
  expect(value(text)).toBe(expected);
});

test.each(['amount > 1', 'amount < 1', 'amount = 1', 'vip', 'from = to', 'amount + 1 > 0', 'day > today'])(
  'what is not known makes no condition hold: %s',
  (text) => {
    const expression = parseExpression(text, KINDS);
    expect(typeof expression === 'string' ? expression : holds(expression, {})).toBe(false);
  },
);

test.each([
  ['amount > from', 'expected the same on both sides'],
  ['from > to', 'expected numbers, dates or times around >'],
  ['amount and vip', "expected conditions around 'and'"],
  ['from + 1', "expected a number beside '+'"],
  ['amount = 1 = 1', 'expected an operator or the end'],
  ['amount-1 > 2', 'a minus needs spaces around it'],
  ['amount >', "expected a name, a number or a 'text', found 'the end'"],
  ['amount ; 1', 'expected names, numbers'],
  ["'open", 'expected names, numbers'],
  ['', "found 'the end'"],
  [`${'('.repeat(60)}1${')'.repeat(60)}`, 'expected at most 40 brackets'],
  [`${'not '.repeat(100)}vip`, 'expected at most 40 brackets'],
  ['1'.repeat(600), 'expected at most 500 characters'],
])('%s is refused', (text, expected) => {
  expect(parseExpression(text, KINDS)).toContain(expected);
});

test('any text is read or refused, and whatever is read has a value by whatever is known', () => {
  const piece = fc.constantFrom(
    'amount',
    'from',
    'day',
    'found',
    'vip',
    '1',
    "'x'",
    '+',
    '-',
    '*',
    '=',
    '>',
    '(',
    ')',
    'and',
    'or',
    'not',
    'known',
    'true',
  );
  const known = fc.dictionary(fc.constantFrom(...KINDS.keys()), fc.oneof(fc.string(), fc.double(), fc.boolean()));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), known, (pieces, values) => {
      const expression = parseExpression(pieces.join(' '), KINDS);
      if (typeof expression === 'string') return expression.startsWith('expected');
      const found = evaluate(expression, values);
      return found === undefined || !Number.isNaN(found);
    }),
    { numRuns: 2_000 },
  );
});
