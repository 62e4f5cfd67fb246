import type { ArchiveState } from '../../domain/archive-state.ts';
import type { DataLevel } from '../../domain/data-level.ts';
import type { ContactId, RecordingId } from '../../domain/ids.ts';
import type { RecordingIntent } from '../../domain/recording-intent.ts';
import type { RecordingMs, WallMs } from '../../domain/units.ts';

/* PORT to the index of the archive: what is known of each recording, but its audio. SQLite or PostgreSQL stand behind it. */

/** Known at the seal. */
export interface SealedFacts {
  readonly endedAt: WallMs | null;
  readonly durationMs: number | null;
  /** As received: PCMU, PCMA… */
  readonly codec: string | null;
  readonly recovered: boolean;
  readonly lostMs: number;
  /** Marked gaps, all together. */
  readonly gaps: number;
}

/** Known once it is in its store. */
export interface ArchivedFacts {
  /** Key of the container in the blob store, and the version that was written (null: the store has none). */
  readonly location: string | null;
  readonly versionId: string | null;
  readonly bytes: number | null;
  /** Of the container, and of the archived manifest. SHA-256, hex. */
  readonly sha256: string | null;
  readonly manifestSha256: string | null;
  readonly keyEpoch: string | null;
  /** The data key, wrapped; base64. */
  readonly wrappedKey: string | null;
  readonly lockMode: 'governance' | 'compliance' | null;
  readonly lockUntil: WallMs | null;
  readonly leafIndex: number | null;
  /** What keeps it from being VERIFIED; empty: nothing. */
  readonly problems: readonly string[];
}

/** What people look for. Known when the call has ended; nothing here is in clear that is not masked. */
export interface CallDescription {
  readonly accountHashes: readonly string[];
  readonly agents: readonly string[];
  readonly queues: readonly string[];
  readonly intents: readonly string[];
  readonly language: string | null;
  /** EndReason of the journal. */
  readonly outcome: string | null;
  readonly dialplan: string | null;
  readonly dialplanVersion: number | null;
  readonly level: DataLevel;
  /** Disclosures, by the id of the dialplan, that were not played to their end. */
  readonly unheardNotices: readonly string[];
}

export interface IndexedRecording extends RecordingIntent, SealedFacts, ArchivedFacts, CallDescription {
  readonly state: ArchiveState;
  /** Why it is EXEMPT, MISSING or DESTROYED. */
  readonly stateReason: string | null;
  readonly stateSince: WallMs;
  /** Legal holds in force on it. */
  readonly holds: number;
  /** PIPL art. 47, GDPR art. 18: kept for a duty, hidden from everybody else. */
  readonly restricted: boolean;
  /** From when on it may be destroyed; null: an event that decides it has not happened, so it is kept. */
  readonly retainUntil: WallMs | null;
}

/** What a step makes known. Each may also bring facts of an earlier step: a rebuilt index has them all at once. */
export type StepFacts = Partial<SealedFacts & ArchivedFacts & { readonly stateReason: string | null }>;

/** A moment of the call, ms since the recording's sample 0. */
export interface RecordingEvent {
  readonly atMs: RecordingMs;
  readonly type: string;
  readonly facts: Readonly<Record<string, string | number | boolean>>;
}

/** A stretch that is masked, silent, missing or on hold. */
export interface RecordingSpan {
  readonly track: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly kind: 'masked' | 'gap' | 'hold' | 'secure';
  readonly level: DataLevel;
  /** Who found it: secure-state, dtmf, agent-pause, card-number, identity-number… */
  readonly source: string;
}

export interface TranscriptWord {
  readonly text: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** One utterance, masked. */
export interface TranscriptSegment {
  readonly track: string;
  /** The party: customer, bot, agent… */
  readonly speaker: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly text: string;
  /** 0…1; null: it was not recognized but spoken by us, or nobody knows. */
  readonly confidence: number | null;
  /** Empty where the recognizer gave none. */
  readonly words: readonly TranscriptWord[];
  /** What made it: the recognizer's model, or 'prompt'. */
  readonly source: string;
}

export interface RecordingContent {
  readonly events: readonly RecordingEvent[];
  readonly spans: readonly RecordingSpan[];
  readonly segments: readonly TranscriptSegment[];
}

export interface RecordingFilter {
  readonly states?: readonly ArchiveState[];
  /** In its state since before this. */
  readonly stateBefore?: WallMs;
  readonly startedFrom?: WallMs;
  readonly startedBefore?: WallMs;
  readonly contact?: ContactId;
  /** Only ids that sort before: the last of the page before. */
  readonly before?: RecordingId;
  readonly limit: number;
}

export interface ArchiveIndex {
  /**
   * The leg of the call detail record and the intent to record it, in one transaction. Idempotent by the id. (Those of a call that is
   * offered are written by `intent-rows.ts` in the journal's transaction.)
   *
   * @param exempt - why this call is not recorded: it is EXEMPT from the beginning
   * @throws IvrError STORAGE_FAILED: neither was written
   */
  expect(intent: RecordingIntent, exempt?: string): Promise<void>;
  /** Those that were EXPECTED, or MISSING, are OPEN; whatever has gone on already stays. @throws IvrError STORAGE_FAILED */
  begin(ids: readonly RecordingId[]): Promise<void>;
  /**
   * Takes a recording to `to` (never to DESTROYED: that is the reaper's alone) and adds what is known now. Idempotent: in `to` already, only the facts are added.
   *
   * @throws IvrError RECORDING_NOT_FOUND; ARCHIVE_STATE_REFUSED when `to` may not follow its state; STORAGE_FAILED
   */
  advance(id: RecordingId, to: Exclude<ArchiveState, 'EXPECTED' | 'DESTROYED'>, facts?: StepFacts): Promise<void>;
  /**
   * @param content - as `setContent`, in the same transaction
   * @throws IvrError RECORDING_NOT_FOUND; as `setContent`; STORAGE_FAILED
   */
  describe(id: RecordingId, description: Partial<CallDescription>, content?: Partial<RecordingContent>): Promise<void>;
  /**
   * Takes the place of what was there, and of the words that search finds.
   *
   * @throws IvrError RECORDING_NOT_FOUND; ARCHIVE_STATE_REFUSED when it was destroyed; STORAGE_FAILED
   */
  setContent(id: RecordingId, content: Partial<RecordingContent>): Promise<void>;
  /**
   * All at once, for a rebuild from the store. Takes the place of a row that is there, but for its holds, restriction and term.
   *
   * @throws IvrError ARCHIVE_STATE_REFUSED when it was destroyed; STORAGE_FAILED
   */
  put(recording: IndexedRecording, content: RecordingContent): Promise<void>;
  /** @throws IvrError STORAGE_FAILED */
  find(id: RecordingId): Promise<IndexedRecording | undefined>;
  /** In order of time. @throws IvrError STORAGE_FAILED */
  content(id: RecordingId): Promise<RecordingContent>;
  /** Newest first. @throws IvrError STORAGE_FAILED */
  list(filter: RecordingFilter): Promise<readonly IndexedRecording[]>;
  /** How many are in each state. @throws IvrError STORAGE_FAILED */
  counts(): Promise<Readonly<Record<ArchiveState, number>>>;
}
