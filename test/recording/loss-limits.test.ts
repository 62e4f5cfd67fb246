import { expect, test } from 'vitest';
import {
  COMMIT_AFTER_MS,
  LOST_BY_CRASH_MS,
  MASK_REACH_MS,
  RECORDER_TICK_MS,
  SYNC_TAKES_MS,
  TAP_CHUNK_MS,
  TAP_FLUSH_MS,
  TAP_HOLD_MS,
  TAP_TICK_MS,
  WRITE_MS,
} from '../../src/recording/loss-limits.ts';

const IN_THE_MEDIA_WORKER = TAP_HOLD_MS + 2 * MASK_REACH_MS + TAP_CHUNK_MS + TAP_TICK_MS + TAP_FLUSH_MS;
const UNTIL_WRITTEN = COMMIT_AFTER_MS + RECORDER_TICK_MS + WRITE_MS;

test('what is not durable is no more than a crash may lose, be it of the process or of the power', () => {
  expect(IN_THE_MEDIA_WORKER + UNTIL_WRITTEN + SYNC_TAKES_MS).toBeLessThanOrEqual(LOST_BY_CRASH_MS);
});

test('the promise is a second; a record holds at most 200 ms of a track', () => {
  expect([LOST_BY_CRASH_MS, TAP_CHUNK_MS]).toEqual([1_000, 200]);
});
