import { newRecordingId, type RecordingId } from './ids.ts';
import type { SharedMs, WallMs } from './units.ts';

/**
 * A recording and its sample 0, by both clocks. Minted once, when the call decides to record; every tap and the recorder
 * are given it, so that all agree where the recording begins.
 */
export interface RecordingOrigin {
  readonly recording: RecordingId;
  readonly wall: WallMs;
  readonly shared: SharedMs;
}

/** @param wall, shared - the same moment: sample 0 */
export const mintRecording = (wall: WallMs, shared: SharedMs): RecordingOrigin => ({
  recording: newRecordingId(wall),
  wall,
  shared,
});
