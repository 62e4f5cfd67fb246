import type { CallEvent, EndReason } from '../domain/call-event.ts';
import type { ContactId, RecordingId } from '../domain/ids.ts';
import type { ExpectedRecording } from '../domain/recording-intent.ts';

/* PORT to where the journal is kept. Times are Unix milliseconds. */

export interface CallRow {
  readonly contact: ContactId;
  readonly direction: 'inbound' | 'outbound';
  readonly offered_at: number;
  readonly answered_at: number | null;
  readonly ended_at: number | null;
  /** Masked numbers. */
  readonly caller: string;
  readonly callee: string;
  readonly because: EndReason | null;
  readonly duration_ms: number | null;
  readonly recording: RecordingId | null;
  readonly dialplan: string | null;
}

/** RECOVERED is sealed as well, from what a crash left. */
export type RecordingState = 'OPEN' | 'SEALED' | 'RECOVERED' | 'VERIFIED' | 'FAILED';

export interface RecordingRow {
  readonly id: RecordingId;
  readonly contact: ContactId;
  readonly state: RecordingState;
  readonly opened_at: number;
  readonly path: string | null;
  readonly sha256: string | null;
  readonly duration_ms: number | null;
  readonly gaps: number | null;
  readonly recovered: boolean;
  readonly error: string | null;
  readonly policy: string | null;
  readonly policy_version: number | null;
  readonly retention_class: string | null;
  readonly retain_until: string | null;
}

/** What is written in one transaction: events are added, rows take the place of the earlier ones with their key. */
export interface JournalBatch {
  readonly events: readonly CallEvent[];
  readonly calls: readonly CallRow[];
  readonly recordings: readonly RecordingRow[];
  /** Intents to record the calls that these events offer. Absent: none. */
  readonly intents?: readonly ExpectedRecording[];
}

/** What is written ahead of the database: the rows follow from the events. */
export type AheadBatch = Pick<JournalBatch, 'events' | 'intents'>;

export interface CallFilter {
  readonly live?: boolean;
  /** Offered at or after, and before. */
  readonly since?: number;
  readonly until?: number;
  readonly because?: string;
  readonly limit: number;
  /** Only contacts that sort before this one: the last of the page before. */
  readonly before?: string;
}

/** A contact that may still get events: not ended, or with a recording that is not verified. */
export interface UnfinishedContact {
  readonly call: CallRow | undefined;
  readonly contact: ContactId;
  readonly lastSeq: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly recordings: readonly RecordingRow[];
}

export interface JournalStore {
  /** A file of this node alone, beside which the journal keeps what the database refuses. */
  readonly file: string;
  /** Whether batches wait for each other and for others who write: what must be durable at once is written ahead, to a log beside the file. */
  readonly writeAhead: boolean;
  /**
   * Idempotent: an event that is there already, with the same content, is passed over.
   *
   * @returns the events that were refused because another stands in their place
   * @throws IvrError STORAGE_FAILED: nothing of the batch was written
   */
  commit(batch: JournalBatch): Promise<readonly CallEvent[]>;
  /** Newest first. @throws IvrError STORAGE_FAILED */
  calls(filter: CallFilter): Promise<readonly CallRow[]>;
  /** @throws IvrError STORAGE_FAILED */
  call(contact: string): Promise<CallRow | undefined>;
  /** In order. @throws IvrError STORAGE_FAILED */
  events(contact: string): Promise<readonly CallEvent[]>;
  /** @throws IvrError STORAGE_FAILED */
  recordings(contact: string): Promise<readonly RecordingRow[]>;
  /** Of this node, and of nodes that will not come back. @throws IvrError STORAGE_FAILED */
  unfinished(): Promise<readonly UnfinishedContact[]>;
  /** Live calls of other nodes on this database, newest first. @throws IvrError STORAGE_FAILED */
  elsewhere(): Promise<readonly CallRow[]>;
}
