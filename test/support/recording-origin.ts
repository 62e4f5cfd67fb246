import { mintRecording, type RecordingOrigin } from '../../src/domain/recording-origin.ts';
import { sharedMs, wallMs } from '../../src/domain/units.ts';
import { sharedNow } from '../../src/lib/clock.ts';

/** A recording that began so long ago: audio comes faster in tests than it is spoken. */
export const originAgo = (ms = 0): RecordingOrigin =>
  mintRecording(wallMs(Date.now() - ms), sharedMs(sharedNow() - ms));
