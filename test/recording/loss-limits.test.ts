import { expect, test } from 'vitest';
import {
  LOST_BY_CRASH_MS,
  LOST_BY_POWER_CUT_MS,
  MASK_REACH_MS,
  RECORDER_TICK_MS,
  SYNC_AFTER_MS,
  SYNC_TAKES_MS,
  TAP_CHUNK_MS,
  TAP_HOLD_MS,
  TAP_TICK_MS,
  WRITE_MS,
} from '../../src/recording/loss-limits.ts';

const IN_MEMORY = TAP_HOLD_MS + 2 * MASK_REACH_MS + TAP_CHUNK_MS + TAP_TICK_MS + WRITE_MS;

test('what waits in memory is no more than a killed process may lose', () => {
  expect(IN_MEMORY).toBeLessThanOrEqual(LOST_BY_CRASH_MS);
});

test('what is not durable is no more than a loss of power may lose', () => {
  expect(IN_MEMORY + SYNC_AFTER_MS + RECORDER_TICK_MS + SYNC_TAKES_MS).toBeLessThanOrEqual(LOST_BY_POWER_CUT_MS);
});

test('the promise is a second, and one and a half with the power', () => {
  expect([LOST_BY_CRASH_MS, LOST_BY_POWER_CUT_MS]).toEqual([1_000, 1_500]);
});
