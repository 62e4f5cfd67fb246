import type { RecordingMs, SharedMs } from '../domain/units.ts';
import type { MessagePort } from 'node:worker_threads';
import type { ErrorCode } from '../domain/error.ts';
import type { ContactId, RecordingId } from '../domain/ids.ts';
import type { CallTimes } from './call-times.ts';
import type { OpenedRecording } from './opened-recording.ts';
import type { Sealed } from './seal-recording.ts';
import type { SegmentOwner } from './spool/segment-head.ts';
import type { SpoolTrouble } from './spool/spool.ts';
import type { FoundSegment } from './spool/spool-catalogue.ts';
import type { SpoolKeys } from './spool/spool-keys.ts';
import type { SpoolPlaces } from './spool/spool-source.ts';

/* What the main thread says to the recorder's two workers, and they to it. No audio: that comes over the channels of tap.ts. */

type Request<T> = T & { readonly request: number };

export interface RecorderWorkerOptions {
  readonly spoolFolder: string;
  /** Where audio goes that the spool's disk does not take. */
  readonly spillDirectory: string | undefined;
  readonly reserveBytes: number;
  readonly memoryBytes: number;
  readonly commitAfterMs: number;
  readonly owner: SegmentOwner;
  /** The keys of segments are wrapped under this one. */
  readonly wrapping: Uint8Array;
  /** A recording that has not been synced for so long is told of. */
  readonly unsyncedMs: number;
  /** Int32: see STATISTICS. */
  readonly statistics: SharedArrayBuffer;
}

/** Places in the shared statistics. */
export const STATISTICS = { oldestUnsyncedMs: 0, overflowMs: 1, strayChunks: 2, refusedChunks: 3 } as const;

/** `resumed`: how many recorders have died under this recording; 0 for a new one. */
export type ToRecorderWorker =
  | Request<{
      readonly type: 'open';
      readonly opened: OpenedRecording;
      readonly openedAt: SharedMs;
      readonly resumed: number;
    }>
  | Request<{ readonly type: 'end'; readonly recording: RecordingId; readonly at: RecordingMs }>
  /** It is sealed, or will not be: the spool needs to keep nothing of it. */
  | Request<{ readonly type: 'release'; readonly recording: RecordingId }>
  /** What an earlier process, or a recorder that died, left in the spool. */
  | Request<{ readonly type: 'adopt'; readonly segments: readonly FoundSegment[] }>
  | {
      readonly type: 'event';
      readonly recording: RecordingId;
      readonly at: RecordingMs;
      readonly event: string;
      readonly facts: Readonly<Record<string, unknown>>;
    }
  | { readonly type: 'channel'; readonly port: MessagePort }
  | Request<{ readonly type: 'close' }>;

export interface SealWorkerOptions {
  readonly recordingsDirectory: string;
  readonly spoolFolder: string;
  readonly spillDirectory: string | undefined;
  readonly keys: SpoolKeys;
  /** What is sealed is encrypted. */
  readonly encrypted: boolean;
}

export type ToSealWorker =
  | Request<{
      readonly type: 'seal';
      readonly recording: RecordingId;
      /** Undefined: it is looked for. */
      readonly places: SpoolPlaces | undefined;
      readonly recovered: boolean;
      readonly call: CallTimes | undefined;
    }>
  /** Whether there is audio of the caller in what was left behind. */
  | Request<{ readonly type: 'heard'; readonly recording: RecordingId }>
  /** Removes what 0.1 left of a recording. */
  | Request<{ readonly type: 'remove-former'; readonly recording: RecordingId }>
  /** `before`: also what recorders of this process left when they died, all but the last `before`. */
  | Request<{ readonly type: 'list'; readonly before: number }>
  | Request<{ readonly type: 'close' }>;

export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
}

/** A recording in the spool that nobody writes any more. `contact`: unless its beginning is damaged; `former`: in the form of 0.1. */
export interface LeftBehind {
  readonly recording: RecordingId;
  readonly contact: ContactId | undefined;
  readonly former: boolean;
}

/** What the requests are answered with. */
export interface Answers {
  readonly open: undefined;
  readonly end: SpoolPlaces;
  readonly release: undefined;
  readonly adopt: undefined;
  readonly close: undefined;
  readonly heard: boolean;
  readonly 'remove-former': undefined;
  readonly seal: Sealed;
  /** What a crash left in the spool. */
  readonly list: {
    readonly recordings: readonly LeftBehind[];
    readonly segments: readonly FoundSegment[];
    /** Files that were set aside. */
    readonly unreadable: readonly string[];
  };
}

/** What the recorder says by itself. */
export type RecorderNotice =
  | { readonly type: 'trouble'; readonly recording: RecordingId; readonly code: SpoolTrouble }
  /** The disk does not take it any more, but the spill does. */
  | { readonly type: 'spilled'; readonly recording: RecordingId }
  /** It has not been synced for longer than may be, or is again. */
  | { readonly type: 'unsynced'; readonly recording: RecordingId; readonly unsynced: boolean }
  /** The recorder closes and neither disk has taken the last `ms` of it. */
  | { readonly type: 'lost'; readonly recording: RecordingId; readonly contact: ContactId; readonly ms: number }
  /** What the disk answers with, tried every few seconds; undefined: it is well. */
  | { readonly type: 'disk'; readonly trouble: string | undefined };

export type FromRecorderWorkers =
  | { readonly type: 'ready' }
  | { readonly type: 'answer'; readonly request: number; readonly answer: Answers[keyof Answers] }
  | { readonly type: 'failure'; readonly request: number; readonly failure: Failure }
  | RecorderNotice;
