/*
 * How much of a call may be lost, and the waits that add up to it. A sample waits in the media worker for packets that are late
 * (TAP_HOLD), for a mask that may still reach back to it (MASK_REACH), for its chunk to fill (TAP_CHUNK) and for a playout tick
 * (TAP_TICK). It is written when it arrives (WRITE), and durable after SYNC_AFTER, a look of the recorder (RECORDER_TICK) and the
 * sync itself (SYNC_TAKES). None waits for a stream that stalls: what comes later is recorded as a correction.
 * test/recording/loss-limits.test.ts holds the sums.
 */

export const TAP_HOLD_MS = 140;
/** Counts twice: a mask reaches so far back by the time of the audio and by that of its arrival. */
export const MASK_REACH_MS = 100;
export const TAP_CHUNK_MS = 320;
/** One tick may be missed. */
export const TAP_TICK_MS = 40;
export const WRITE_MS = 50;
/** A sync of each recording is what costs: with 150 calls a disk is kept busy by shorter times, and nothing is durable sooner. */
export const SYNC_AFTER_MS = 640;
export const RECORDER_TICK_MS = 50;
/** For the promise to hold; a disk that is slower shows in `tellerline_recording_unsynced_seconds`. */
export const SYNC_TAKES_MS = 60;

/** The promise, and the manifest's `lost_ms`: what a process that is killed loses of a call at most, and a loss of power. */
export const LOST_BY_CRASH_MS = 1_000;
export const LOST_BY_POWER_CUT_MS = 1_500;

/** Audio that comes later than this is not recorded any more: more is a mistake of clocks. */
export const LATEST_CORRECTION_MS = 10_000;

/** A disk that has not answered for so long is stalled: nothing more is asked of it until it does. */
export const STALLED_AFTER_MS = 5_000;
