import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RecordingId } from '../../src/domain/ids.ts';
import { recordingSample } from '../../src/domain/units.ts';
import type { GapReason, TapChunk } from '../../src/recording/tap.ts';
import { packChunks, unpackChunks } from '../../src/recording/tap-batch.ts';

const reason = fc.constantFrom<GapReason>('loss', 'no-rtp', 'masked', 'hold', 'overflow', 'not-sent');
const sample = fc.nat(86_400 * 8_000).map(recordingSample);
const chunk: fc.Arbitrary<TapChunk> = fc.record({
  recording: fc.uuid().map((id) => id as RecordingId),
  track: fc.constantFrom('customer', 'bot', 'agent', 'supervisor-2'),
  codec: fc.constantFrom('PCMU' as const, 'PCMA' as const),
  at: sample,
  gaps: fc.array(fc.record({ at: sample, samples: sample, because: reason }), { maxLength: 3 }),
  payload: fc.uint8Array({ maxLength: 1_700 }),
});

const plain = (chunks: readonly TapChunk[]): unknown => chunks.map((one) => ({ ...one, payload: [...one.payload] }));

test('chunks come out of a batch as they went in', () => {
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 12 }), (chunks) => {
      const { chunks: out, refused } = unpackChunks(packChunks(chunks));
      expect(plain(out)).toEqual(plain(chunks));
      expect(refused).toBe(0);
    }),
  );
});

test('a chunk that is none is counted, and those beside it are taken', () => {
  fc.assert(
    fc.property(chunk, chunk, (before, after) => {
      const { chunks, refused } = unpackChunks(packChunks([before, { ...after, track: '../x' }, after]));
      expect(plain(chunks)).toEqual(plain([before, after]));
      expect(refused).toBe(1);
    }),
    { numRuns: 20 },
  );
});

test('of a batch that is cut off what is whole is taken, and the rest is counted', () => {
  fc.assert(
    fc.property(fc.array(chunk, { minLength: 1, maxLength: 4 }), fc.nat(), (chunks, cut) => {
      const whole = packChunks(chunks);
      const { chunks: out, refused } = unpackChunks(whole.subarray(0, cut % whole.length));
      expect(plain(out)).toEqual(plain(chunks.slice(0, out.length)));
      expect(refused).toBe(cut % whole.length === packChunks(chunks.slice(0, out.length)).length ? 0 : 1);
    }),
  );
});

test('whatever bytes come, nothing is thrown', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      unpackChunks(bytes);
    }),
    { numRuns: 1_000 },
  );
});
