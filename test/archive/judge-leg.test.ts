import fc from 'fast-check';
import { expect, test } from 'vitest';
import { judgeLeg, type ReconciledLeg } from '../../src/archive/completeness/judge-leg.ts';
import { ARCHIVE_STATES } from '../../src/domain/archive-state.ts';
import { MINUTE } from './completeness-calls.ts';

test('the judgement: whatever the state, an answered call that ended long ago is found, exempt, unverified or missing', () => {
  const time = fc.option(fc.integer({ min: 0, max: 10 * MINUTE }), { nil: null });
  fc.assert(
    fc.property(
      fc.option(fc.constantFrom(...ARCHIVE_STATES), { nil: null }),
      time,
      time,
      time,
      (state, answeredAt, endedAt, durationMs) => {
        const leg: ReconciledLeg = {
          contact: 'c',
          recording: state === null ? null : 'r',
          answeredAt,
          endedAt,
          state,
          durationMs,
          problems: [],
        };
        const { is } = judgeLeg(leg, 60 * MINUTE);
        if (endedAt !== null) expect(is).not.toBe('under-way');
        if (state === 'EXPECTED' && answeredAt !== null && endedAt !== null) expect(is).toBe('missing');
        if (is === 'found' && state !== 'DESTROYED' && answeredAt !== null && endedAt !== null && endedAt > answeredAt)
          expect(durationMs ?? 0).toBeGreaterThanOrEqual((endedAt - answeredAt) * 0.99 - 1_000);
      },
    ),
  );
});
