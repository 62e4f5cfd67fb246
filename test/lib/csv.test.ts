import { expect, test } from 'vitest';
import { csvField, csvRow } from '../../src/lib/csv.ts';

test('a field is quoted where it must be, and none is a formula', () => {
  for (const value of ['=1+1', '+86*****1', '-2', '@SUM(A1)', '\t=1', ' =1', '＝1', '\r=1', '|calc', '%1'])
    expect(csvField(value), value).toMatch(/^"?'/);
  expect(csvField('a"b,c')).toBe('"a""b,c"');
  expect(csvField('plain')).toBe('plain');
  expect(csvField(null)).toBe('');
  expect(csvRow(['a', 1, true, null, '=cmd()'])).toBe('a,1,true,,"\'=cmd()"\r\n');
});
