import { array, assert, constantFrom, nat, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import { KnownStretches } from '../../src/media/engine/known-stretches.ts';

test('whatever is put where, each sample is known as it would be if each were kept by itself', () => {
  const put = record({
    what: constantFrom('put', 'put', 'putUnknown'),
    from: nat(300),
    count: nat(60),
    known: constantFrom('heard', 'heard', 'masked', undefined),
  });
  assert(
    property(array(put, { maxLength: 60 }), (puts) => {
      const stretches = new KnownStretches<string>();
      const samples = Array.from({ length: 400 }, (): string | undefined => undefined);
      for (const { what, from, count, known } of puts) {
        const to = from + count;
        if (what === 'put' || known === undefined) {
          stretches.put(from, to, known);
          samples.fill(known, from, to);
        } else {
          stretches.putUnknown(from, to, known);
          for (let n = from; n < to; n++) samples[n] ??= known;
        }
      }
      const told: (string | undefined)[] = [];
      for (const { from, to, known } of stretches.between(0, 400)) {
        expect(from).toBe(told.length);
        for (let n = from; n < to; n++) told.push(known);
      }
      expect(told).toEqual(samples);
    }),
  );
});

test('a stream that goes on is one stretch', () => {
  const stretches = new KnownStretches<string>();
  for (let at = 0; at < 1600; at += 160) stretches.put(at, at + 160, 'heard');
  expect(stretches.between(0, 1600)).toEqual([{ from: 0, to: 1600, known: 'heard' }]);
});
