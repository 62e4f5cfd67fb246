/*
 * How much of a call may be lost, and the waits that add up to it. A sample waits in the media worker for packets that are late
 * (TAP_HOLD), for a mask that may still reach back to it (MASK_REACH), for its chunk to fill (TAP_CHUNK), for a playout tick
 * (TAP_TICK) and for the message that takes it to the recorder (TAP_FLUSH). In the recorder it waits for the commit of all recordings (COMMIT_AFTER, a look of the recorder, RECORDER_TICK), which is
 * one write (WRITE) and one sync (SYNC_TAKES). None waits for a stream that stalls: what comes later is recorded as a correction.
 * test/recording/loss-limits.test.ts holds the sum.
 */

export const TAP_HOLD_MS = 140;
/** Counts twice: a mask reaches so far back by the time of the audio and by that of its arrival. */
export const MASK_REACH_MS = 100;
/** A record of one track is at most this long. */
export const TAP_CHUNK_MS = 200;
/** One tick may be missed. */
export const TAP_TICK_MS = 40;
/** Chunks of all calls go together. */
export const TAP_FLUSH_MS = 20;
export const COMMIT_AFTER_MS = 200;
export const RECORDER_TICK_MS = 50;
export const WRITE_MS = 50;
/** For the promise to hold; a disk that is slower shows in `tellerline_recording_unsynced_seconds`. */
export const SYNC_TAKES_MS = 100;

/** The promise, and the manifest's `lost_ms`: what a call loses at most when the process is killed or the power fails. */
export const LOST_BY_CRASH_MS = 1_000;

/** Audio that comes later than this is not recorded any more: more is a mistake of clocks. */
export const LATEST_CORRECTION_MS = 10_000;
