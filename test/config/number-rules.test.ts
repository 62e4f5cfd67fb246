import { expect, test } from 'vitest';
import { badNumberRules, badNumbers, numberRules, ruleFor } from '../../src/config/number-rules.ts';
import { fitsNumber } from '../../src/lib/number-pattern.ts';

const POLICIES = ['refuse', 'alarm', 'continue'] as const;

test('the longest number that fits decides; none decides nothing', () => {
  const rules = numberRules('95588=refuse, 955*=alarm, *=continue', POLICIES);
  expect(['95588', '95577', '12345'].map((called) => ruleFor(rules, called, '86'))).toEqual([
    'refuse',
    'alarm',
    'continue',
  ]);
  expect(ruleFor(numberRules('95588=refuse', POLICIES), '955881', '86')).toBeUndefined();
  expect([fitsNumber('4008*', '4008001234', '86'), fitsNumber('4008*', '400', '86')]).toEqual([true, false]);
});

test('what is no rule is named', () => {
  expect(badNumberRules('95588=refuse, 955=never, =alarm, 9*5=alarm, 1', POLICIES)).toEqual([
    '955=never',
    '=alarm',
    '9*5=alarm',
    '1',
  ]);
  expect(badNumbers('95588, 4008*, 9*5, a b')).toEqual(['9*5', 'a b']);
});
