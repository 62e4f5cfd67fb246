import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { recordingSample } from '../../src/domain/units.ts';
import { formatAudio, parseAudio } from '../../src/recording/audio-record.ts';
import type { GapReason } from '../../src/recording/tap.ts';

const reason = fc.constantFrom<GapReason>('loss', 'no-rtp', 'masked', 'hold', 'overflow', 'not-sent');
const sample = fc.nat(86_400 * 8_000).map(recordingSample);

test('an audio record is read back as it was written', () => {
  const audio = fc.record({
    track: fc.constantFrom('customer', 'bot', 'agent', 'supervisor-2'),
    codec: fc.constantFrom('PCMU' as const, 'PCMA' as const),
    at: sample,
    gaps: fc.array(fc.record({ at: sample, samples: sample, because: reason }), { maxLength: 5 }),
    payload: fc.uint8Array({ maxLength: 4_000 }),
  });
  fc.assert(
    fc.property(audio, (record) => {
      const { payload, ...rest } = parseAudio(Buffer.concat(formatAudio(record))) ?? { payload: undefined };
      expect({ ...rest, payload: Buffer.from(payload ?? []) }).toEqual({
        ...record,
        payload: Buffer.from(record.payload),
      });
    }),
  );
});

test('whatever bytes come, the parser does not throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      parseAudio(bytes);
    }),
    { numRuns: 1_000 },
  );
});
