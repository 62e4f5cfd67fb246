import type { SealedRecording } from './recorder.ts';

/** PORT to what keeps recordings after the seal. See docs/decisions/recording-format.md. */
export interface SealedRecordingSink {
  /**
   * Told once the folder is verified and its spool is gone. Idempotent by the recording's id. What it throws is logged and
   * not repeated: the folders themselves are the queue of what an archive has still to take.
   */
  take(sealed: SealedRecording): Promise<void>;
}
