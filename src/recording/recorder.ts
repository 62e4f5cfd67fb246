import type { MessagePort } from 'node:worker_threads';
import type { CodecName } from '../domain/codec.ts';
import type { ContactId, RecordingId } from '../domain/ids.ts';
import type { RecordingOrigin } from '../domain/recording-origin.ts';
import type { Milliseconds } from '../domain/units.ts';

/* PORT to the recorder, as the call sees it: it opens a recording, notes who is on the line, and seals it. Audio comes over the tap. */

export interface RetentionTag {
  readonly class: string;
  readonly policy: string;
  readonly policy_version: number;
  /** ISO 8601 date-time. */
  readonly retain_until: string;
}

export interface RecordingOptions extends RecordingOrigin {
  readonly contact: ContactId;
  /** Masked numbers. */
  readonly from: string;
  readonly to: string;
  readonly direction: 'inbound' | 'outbound';
  readonly sipCallId: string;
  readonly codec: CodecName;
}

export interface SealedRecording {
  readonly recording: RecordingId;
  readonly contact: ContactId;
  /** The stereo WAV (left: customer, right: all that the customer heard) and, beside it, the tracks and manifest. */
  readonly path: string;
  readonly manifestPath: string;
  readonly sha256: string;
  readonly duration: Milliseconds;
  readonly gaps: number;
  readonly recovered: boolean;
  /** Verified by re-reading from disk; empty when all is well. */
  readonly problems: readonly string[];
}

export interface Recording {
  readonly id: RecordingId;
  /** Its sample 0, for the taps. */
  readonly origin: RecordingOrigin;
  /** From the first record on. */
  readonly retention: RetentionTag;
  /** Timed participants of the tracks: who is behind 'agent' from when to when. */
  joined(track: string, who: string): void;
  left(track: string): void;
  /** Written into the record log and the manifest, at the present time: hold, secure entry, transfer. */
  note(type: string, facts: Readonly<Record<string, string | number | boolean>>): void;
  /**
   * Waits for the taps to end (at most 2 s), renders, writes the manifest, verifies by re-reading.
   *
   * @throws IvrError DISK_FULL, RECORDING_DAMAGED; the spool then stays, and it is tried again (see `onSealedLate`)
   */
  seal(): Promise<SealedRecording>;
  /**
   * In place of `seal`, for what never became a call: waits for the taps to end, then removes all of it.
   *
   * @throws IvrError RECORDINGS_UNWRITABLE; the spool then stays for the next start's recovery
   */
  discard(): Promise<void>;
}

/** Audio of a recording's end that is on no disk as far as is known. */
export interface LostAudio {
  readonly recording: RecordingId;
  readonly contact: ContactId;
  readonly ms: number;
}

export interface Recorder extends AsyncDisposable {
  /** The record log exists on disk before this resolves. @throws IvrError RECORDINGS_UNWRITABLE, DISK_FULL */
  open(options: RecordingOptions): Promise<Recording>;
  /** Seals what a crash left behind. Called once, before the line opens. */
  recover(): Promise<readonly SealedRecording[]>;
  /** Told when the disk fails under a live recording. */
  onTrouble(listener: (recording: RecordingId, code: string) => void): void;
  /** Told when a live recording has not been synced for longer than may be, and when it is again. */
  onUnsynced(listener: (recording: RecordingId, unsynced: boolean) => void): void;
  /** Told, when the recorder closes, of audio that no disk has taken. */
  onLost(listener: (lost: LostAudio) => void): void;
  /** Told of recordings whose seal, or whose recovery, had failed and that are sealed now. */
  onSealedLate(listener: (sealed: SealedRecording) => void): void;
  /** What the disk answers with when something is tried on it (EIO, ENOSPC; ETIMEDOUT: it hangs); undefined: it is well. */
  diskTrouble(): string | undefined;
  /** `unsealed`: those whose seal failed and is tried again. */
  backlog(): {
    readonly open: number;
    readonly sealing: number;
    readonly unsealed: number;
    readonly oldestUnsyncedMs: number;
  };
  /** Told when lines are dead because the recorder was replaced: each media worker needs another. */
  onChannelNeeded(listener: () => void): void;
  /** A media worker's channel (see tap.ts). */
  openChannel(): MessagePort;
}
