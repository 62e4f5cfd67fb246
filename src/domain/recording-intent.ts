import type { ContactId, LegId, RecordingId } from './ids.ts';
import type { WallMs } from './units.ts';

/** One leg of the call detail record and the recording that it needs, known before the answer. */
export interface RecordingIntent {
  /** UUIDv7 of the moment `startedAt`: rows are partitioned by it. */
  readonly id: RecordingId;
  readonly contact: ContactId;
  readonly leg: LegId;
  readonly node: string;
  readonly direction: 'inbound' | 'outbound';
  readonly startedAt: WallMs;
  readonly sipCallId: string;
  /** Masked. */
  readonly caller: string;
  readonly callee: string;
  /** Keyed hash of the caller's number (`search/keyed-hash.ts`); null: it was withheld. */
  readonly callerHash: string | null;
  readonly calleeHash: string | null;
  /** Names the retention policies that apply (`retention/`). */
  readonly retentionClass: string;
}

/** An intent as it is announced. */
export interface ExpectedRecording {
  readonly intent: RecordingIntent;
  /** Why a policy exempts the call from being recorded. */
  readonly exempt?: string | undefined;
}
