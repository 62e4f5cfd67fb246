import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonRecord } from '../../src/speech/engines/neural-voice/json-record.ts';
import { assertProperty } from '../support/assert-property.ts';

describe('an object of JSON that is looked up but not parsed', () => {
  test('has what JSON.parse finds in the same text, written in one line or in many', async () => {
    await assertProperty(
      fc.asyncProperty(
        fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()),
        fc.constantFrom(undefined, 1, '\t'),
        fc.string(),
        async (value, space, another) => {
          const text = JSON.stringify(value, undefined, space);
          const parsed = JSON.parse(text) as Readonly<Record<string, unknown>>;
          const record = new JsonRecord<unknown>(Buffer.from(text));
          const found = Object.entries(parsed).map(([key]) => [key, record.get(key)]);
          expect(JSON.stringify(found)).toBe(JSON.stringify(Object.entries(parsed)));
          expect(record.get(another)).toEqual(Object.hasOwn(parsed, another) ? parsed[another] : undefined);
        },
      ),
    );
  });

  test('keys may be escaped or not, and the last of two that are the same counts', () => {
    const record = new JsonRecord<number>(Buffer.from('{"caf\\u00e9": 1, "café" : 2, "\\"\\\\": 3, "":4}'));
    expect([record.get('café'), record.get('"\\'), record.get(''), record.get('x')]).toEqual([2, 3, 4, undefined]);
  });

  test('an object in it can be looked up the same way', () => {
    const outer = new JsonRecord(Buffer.from('{"tags":["a","}"],"weights":{"w=the":{"DT":1.5}}}'));
    const inner = new JsonRecord(outer.valueBytes('weights') ?? Buffer.from(''));
    expect(inner.get('w=the')).toEqual({ DT: 1.5 });
    expect(outer.get('tags')).toEqual(['a', '}']);
  });

  test.each(['', '[]', '{"a"}', '{"a":1', '{"a":1 "b":2}', '{a:1}', '{"a'])('%j is refused', (text) => {
    expect(() => new JsonRecord(Buffer.from(text))).toThrow(SyntaxError);
  });
});
