import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { BatchReader, MOST_ITEMS, newBatch } from '../../../src/media/vad/silero-wire.ts';

test('batches come out whole, however the pipe cuts them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.nat(0xffffffff), { maxLength: 5 }), { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 30 })),
      (batches, cuts) => {
        const stream = batches.flatMap((values) => {
          const { bytes, items } = newBatch(values.length, 8);
          for (const [n, value] of values.entries()) items.setUint32(n * 8, value, true);
          return [...bytes];
        });
        const heard: number[][] = [];
        const reader = new BatchReader(8, (count, items) => {
          heard.push(Array.from({ length: count }, (_, n) => items.getUint32(n * 8, true)));
        });
        for (let at = 0, n = 0; at < stream.length; n++) {
          const size = cuts[n] ?? 7;
          expect(reader.push(Uint8Array.from(stream.slice(at, at + size)))).toBe(true);
          at += size;
        }
        expect(heard).toEqual(batches);
      },
    ),
  );
});

test('what cannot be a count is not our protocol', () => {
  const reader = new BatchReader(8, () => undefined);
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, MOST_ITEMS + 1, true);
  expect(reader.push(bytes)).toBe(false);
});
