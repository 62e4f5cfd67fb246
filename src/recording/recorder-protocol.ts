import type { MessagePort } from 'node:worker_threads';
import type { ErrorCode } from '../domain/error.ts';
import type { ContactId, RecordingId } from '../domain/ids.ts';
import type { CallTimes } from './call-times.ts';
import type { OpenedRecording } from './opened-recording.ts';
import type { Sealed } from './seal-recording.ts';
import type { SpoolTrouble } from './spool-log.ts';

/* What the main thread says to the recorder's two workers, and they to it. No audio: that comes over the channels of tap.ts. */

type Request<T> = T & { readonly request: number };

export interface RecorderWorkerOptions {
  readonly spoolFolder: string;
  /** Where audio goes that the spool's disk does not take. */
  readonly spillFolder: string | undefined;
  readonly reserveBytes: number;
  readonly memoryBytes: number;
  readonly syncAfterMs: number;
  /** A recording that has not been synced for so long is told of. */
  readonly unsyncedLimitMs: number;
  /** Int32: see STATISTICS. */
  readonly statistics: SharedArrayBuffer;
}

/** Places in the shared statistics. */
export const STATISTICS = { unsyncedMs: 0, overflowMs: 1, strayChunks: 2, refusedChunks: 3 } as const;

/** `resumed`: how many recorders have died under this recording; 0 for a new one. */
export type ToRecorderWorker =
  | Request<{
      readonly type: 'open';
      readonly opened: OpenedRecording;
      readonly openedAt: number;
      readonly resumed: number;
    }>
  | Request<{ readonly type: 'end'; readonly recording: RecordingId; readonly at: number }>
  | {
      readonly type: 'event';
      readonly recording: RecordingId;
      readonly at: number;
      readonly event: string;
      readonly facts: Readonly<Record<string, unknown>>;
    }
  | { readonly type: 'channel'; readonly port: MessagePort }
  | Request<{ readonly type: 'close' }>;

export interface SealWorkerOptions {
  readonly recordingsFolder: string;
  readonly spoolFolder: string;
  readonly spillFolder: string | undefined;
}

export type ToSealWorker =
  | Request<{
      readonly type: 'seal';
      readonly recording: RecordingId;
      readonly recovered: boolean;
      readonly call: CallTimes | undefined;
    }>
  /** `unlessHeard`: what holds audio of the caller stays. */
  | Request<{ readonly type: 'discard'; readonly recording: RecordingId; readonly unlessHeard: boolean }>
  | Request<{ readonly type: 'list' }>
  | Request<{ readonly type: 'close' }>;

export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
}

/** A recording in the spool that nobody writes any more. `contact`: unless its head is damaged. */
export interface LeftBehind {
  readonly recording: RecordingId;
  readonly contact: ContactId | undefined;
}

/** What the requests are answered with. */
export interface Answers {
  readonly open: undefined;
  readonly end: undefined;
  readonly close: undefined;
  /** Whether it was removed. */
  readonly discard: boolean;
  readonly seal: Sealed;
  /** What a crash left in the spool. */
  readonly list: readonly LeftBehind[];
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
