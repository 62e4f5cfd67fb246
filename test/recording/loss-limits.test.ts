import { expect, test } from 'vitest';
import * as limits from '../../src/recording/loss-limits.ts';

const sum = (...names: readonly (keyof typeof limits)[]): number =>
  names.reduce((total, name) => total + limits[name], 0);
const IN_MEMORY = ['TAP_HOLD_MS', 'MASK_REACH_MS', 'MASK_REACH_MS', 'TAP_CHUNK_MS', 'TAP_TICK_MS', 'WRITE_MS'] as const;

test('what waits in memory is no more than a killed process may lose', () => {
  expect(sum(...IN_MEMORY)).toBeLessThanOrEqual(limits.LOST_BY_CRASH_MS);
});

test('what is not durable is no more than a loss of power may lose', () => {
  expect(sum(...IN_MEMORY, 'SYNC_AFTER_MS', 'RECORDER_TICK_MS', 'SYNC_TAKES_MS')).toBeLessThanOrEqual(
    limits.LOST_BY_POWER_CUT_MS,
  );
});

test('the promise is a second', () => {
  expect([limits.LOST_BY_CRASH_MS, limits.LOST_BY_POWER_CUT_MS]).toEqual([1_000, 1_000]);
});
