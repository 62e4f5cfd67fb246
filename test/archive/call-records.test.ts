import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readForeignCalls } from '../../src/archive/completeness/compare-cdr.ts';
import { parseCsv } from '../../src/archive/completeness/parse-csv.ts';

test('call records in any usual form; a file that cannot be compared is refused with the line', () => {
  expect(readForeignCalls('﻿call_id,start,duration\na,2026-11-29 12:00:00+08:00,1.5\n\nb,1700000000,\n')).toEqual([
    { line: 2, sipCallId: 'a', startedAt: Date.UTC(2026, 10, 29, 4), durationMs: 1_500 },
    { line: 3, sipCallId: 'b', startedAt: 1_700_000_000_000, durationMs: null },
  ]);
  expect(() => readForeignCalls('start\n1')).toThrow(/line 1: expected a column with the SIP Call-ID/);
  expect(() => readForeignCalls('call_id,start\na,2026-11-29 12:00:00')).toThrow(/line 2: .*a time with its zone/);
  expect(() => readForeignCalls('call_id,start,duration\na,1700000000,1:30')).toThrow(
    /line 2: expected a duration in seconds/,
  );
  expect(() => readForeignCalls('call_id,start\n,1700000000')).toThrow(/line 2: expected a SIP Call-ID/);
});

test('whatever fields a file has, they are read as they were written', () => {
  const field = fc.string({ unit: fc.constantFrom('a', '"', ',', ';', '\n', '\r', ' ', '余') });
  const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  fc.assert(
    fc.property(fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 }), (rows) => {
      const text = ['h,h,h', ...rows.map((row) => row.map(quote).join(','))].join('\r\n');
      expect(parseCsv(text).slice(1)).toEqual(rows);
    }),
  );
});
