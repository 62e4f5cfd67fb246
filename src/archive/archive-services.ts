import type { WallMs } from '../domain/units.ts';

/*
 * PORT: what the web server's archive routes ask of the archive, one narrow interface per page. Whoever calls has been
 * authorized and audited already; `scope` and `masked` say what the answer may hold. Times are Unix ms, `…Ms` within a
 * recording are ms from its beginning, hashes SHA-256 hex. All throw IvrError: RECORDING_NOT_FOUND, STORAGE_FAILED…
 */

export type ArchiveState =
  | 'EXPECTED'
  | 'OPEN'
  | 'SEALED'
  | 'ARCHIVED'
  | 'VERIFIED'
  | 'EXEMPT'
  | 'MISSING'
  | 'DESTROYED';
export type Level = 'C1' | 'C2' | 'C3';

export interface RecordingQuery {
  /** As dialled, of either end: matched by keyed hash. */
  readonly number?: string;
  readonly account?: string;
  readonly agent?: string;
  readonly queue?: string;
  readonly intent?: string;
  readonly dialplan?: string;
  readonly outcome?: string;
  /** Words of the masked transcript, Chinese or English; all of them, in order within quotes. */
  readonly words?: string;
  readonly state?: ArchiveState;
  readonly held?: boolean;
  /** Began at or after, and before. */
  readonly since?: number;
  readonly until?: number;
  readonly minDurationMs?: number;
  readonly maxDurationMs?: number;
}

/** See `SearchScope` of the staff service: applied in the query itself. */
export interface QueryScope {
  readonly queues: readonly string[] | null;
  readonly level: Level;
  readonly notBefore: WallMs | null;
  readonly restricted: 'hidden' | 'shown' | 'only';
  readonly sample: number | null;
}

export interface FoundRecording {
  readonly id: string;
  readonly contact: string;
  readonly state: ArchiveState;
  readonly startedAt: WallMs;
  readonly durationMs: number;
  readonly direction: 'inbound' | 'outbound';
  /** Masked. */
  readonly caller: string;
  readonly callee: string;
  readonly agent: string | null;
  readonly queue: string | null;
  readonly intents: readonly string[];
  readonly language: string | null;
  readonly dialplan: string | null;
  readonly outcome: string | null;
  readonly level: Level;
  /** ISO date; null: an event that is not known yet, so it is kept. */
  readonly retainUntil: string | null;
  readonly holds: number;
  readonly restricted: boolean;
  /** Words found, with what stands around them, masked; null without `words`. */
  readonly snippet: string | null;
}

export interface FoundPage {
  readonly recordings: readonly FoundRecording[];
  /** Where the next page begins; null at the end. */
  readonly next: string | null;
  /** How many there are in all; at `countedTo` counting stopped. */
  readonly count: number;
  readonly countedTo: number | null;
}

export interface RecordingSearch {
  /** Newest first. @throws IvrError USAGE with what is wrong in the query */
  search(
    query: RecordingQuery,
    scope: QueryScope,
    page: { readonly limit: number; readonly after: string | null },
  ): Promise<FoundPage>;
}

export interface SavedSearch {
  readonly id: string;
  readonly name: string;
  readonly query: RecordingQuery;
}
export interface SavedSearches {
  /** @param owner - id of the account */
  list(owner: string): Promise<readonly SavedSearch[]>;
  /** A search of that name takes the earlier one's place. */
  save(owner: string, name: string, query: RecordingQuery): Promise<SavedSearch>;
  remove(owner: string, id: string): Promise<void>;
}

/** Who is on a channel of the player: by the track's metadata alone, never by left and right. */
export type PartyRole = 'customer' | 'bot' | 'agent' | 'supervisor' | 'heard';

export interface Word {
  readonly text: string;
  readonly fromMs: number;
  readonly toMs: number;
}
export interface TranscriptTurn {
  readonly role: PartyRole;
  /** Of the player's audio; 0 or 1. */
  readonly channel: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly text: string;
  /** 0…1; null for what we spoke ourselves. */
  readonly confidence: number | null;
  readonly words: readonly Word[];
}
/** `masked`: nothing was recorded; `hidden`: recorded, found afterwards, silent for who hears it masked. */
export interface Span {
  readonly channel: number | null;
  readonly fromMs: number;
  readonly toMs: number;
  readonly kind: 'masked' | 'hidden' | 'gap' | 'hold' | 'pause';
  /** Such as `pin`, `card-number`, `no-rtp`, `agent-pause`. */
  readonly reason: string;
}
export interface TimelineEvent {
  readonly atMs: number;
  /** A call event's type, such as `state-entered`, `digits-keyed`, `transfer-ringing`. */
  readonly type: string;
  /** Redacted facts. */
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
}
export interface RetentionBasis {
  readonly policy: string;
  readonly version: number;
  readonly legalReference: string;
  readonly kind: 'fixed' | 'event';
  readonly event: string | null;
  /** ISO date. */
  readonly until: string | null;
}
export interface RecordingHold {
  readonly id: string;
  readonly caseNo: string;
  readonly placedAt: WallMs;
  readonly by: string;
}
export interface RecordingDetail extends FoundRecording {
  readonly channels: readonly { readonly channel: number; readonly roles: readonly PartyRole[] }[];
  readonly transcript: readonly TranscriptTurn[];
  readonly spans: readonly Span[];
  readonly events: readonly TimelineEvent[];
  readonly bases: readonly RetentionBasis[];
  readonly heldBy: readonly RecordingHold[];
  readonly sha256: string | null;
  readonly manifestSha256: string | null;
  readonly leafIndex: number | null;
  readonly keyEpoch: string | null;
  readonly lockUntil: WallMs | null;
  /** Recovered after a crash, with at most so much lost at the end. */
  readonly recovered: boolean;
  readonly lostMs: number;
}

export interface RecordingReader {
  /** What the rules look at and the row; undefined when there is none. */
  find(id: string): Promise<FoundRecording | undefined>;
  /** @param masked - the text of hidden spans is replaced */
  detail(id: string, masked: boolean): Promise<RecordingDetail>;
  /** Made at seal: `perSecond` pairs of lowest and highest sample a second and channel, -128…127. Hidden spans are flat. */
  peaks(
    id: string,
    masked: boolean,
  ): Promise<{ readonly perSecond: number; readonly channels: readonly (readonly number[])[] }>;
}

/** The recording as a stereo 16-bit WAV of known length that is rendered from chunks as it is read. */
export interface VirtualWav extends AsyncDisposable {
  /** Of the whole file, header included. */
  readonly bytes: number;
  /** Of a second of audio. */
  readonly bytesPerSecond: number;
  readonly headerBytes: number;
  /** Bytes `from` up to, not with, `to`. Pulled: what nobody reads is not rendered. */
  read(from: number, to: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
}
export interface Playback {
  /** @param masked - hidden spans are silent */
  open(id: string, masked: boolean): Promise<VirtualWav>;
}

/** One thing that was looked at. */
export interface VerificationStep {
  readonly name:
    | 'stored-bytes'
    | 'decryption'
    | 'manifest-signature'
    | 'audio-hash'
    | 'inclusion-proof'
    | 'checkpoint-signature'
    | 'time-stamp'
    | 'witness'
    | 'call-covered'
    | 'object-lock';
  readonly result: 'proved' | 'failed' | 'not-configured' | 'pending';
  /** Safe facts to show: digest, index, time, name of the key, or what is wrong. */
  readonly facts: Readonly<Record<string, string | number>>;
}
export interface Verification {
  /** No step failed. */
  readonly ok: boolean;
  readonly at: WallMs;
  readonly steps: readonly VerificationStep[];
}
export interface Verifier {
  verify(id: string, signal: AbortSignal): Promise<Verification>;
}

export interface Hold {
  readonly id: string;
  readonly caseNo: string;
  readonly reason: string;
  readonly by: string;
  readonly placedAt: WallMs;
  readonly releasedAt: WallMs | null;
  readonly recordings: number;
}
export interface Holds {
  list(filter: { readonly released: boolean; readonly limit: number }): Promise<readonly Hold[]>;
  recordingsOf(hold: string): Promise<readonly string[]>;
  /** In force when it resolves. */
  place(hold: {
    readonly caseNo: string;
    readonly reason: string;
    readonly by: string;
    readonly recordings: readonly string[];
  }): Promise<Hold>;
  release(
    hold: string,
    by: { readonly requester: string; readonly approver: string; readonly reason: string },
  ): Promise<void>;
}

export interface ExportJob {
  readonly id: string;
  readonly recording: string;
  readonly orderedAt: WallMs;
  /** The bundle can be downloaded until then, or until the server is restarted. */
  readonly keptUntil: WallMs;
  readonly masked: boolean;
  /** Name of the account that ordered it, and may download it. */
  readonly requester: string;
  /** Who agreed. */
  readonly approver: string | null;
  readonly purpose: string;
  readonly ticket: string;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  /** 0…1 */
  readonly progress: number;
  readonly bytes: number | null;
  readonly sha256: string | null;
  /** Code of the error, when it failed. */
  readonly error: string | null;
}
export interface Exports {
  /** Begins to write the bundle and returns at once. */
  start(order: {
    readonly recording: string;
    readonly masked: boolean;
    readonly requester: string;
    readonly approver: string | null;
    readonly purpose: string;
    readonly ticket: string;
  }): Promise<ExportJob>;
  find(job: string): Promise<ExportJob | undefined>;
  /** Those whose bundles are still there, newest first. */
  list(): Promise<readonly ExportJob[]>;
  /** Of a job that is done. @throws IvrError RECORDING_NOT_FOUND when its recording was destroyed meanwhile */
  read(job: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

export interface DestructionCandidate {
  readonly recording: string;
  readonly startedAt: WallMs;
  /** ISO date: its retention ended then. */
  readonly retainedUntil: string;
  /** The end of the grace after which it is destroyed. */
  readonly notBefore: WallMs;
  readonly approved: boolean;
  /** `shredding`: it has begun, and is not finished. */
  readonly state: 'proposed' | 'approved' | 'shredding';
  /** Names of those who agreed. */
  readonly approvers: readonly string[];
}
/** Why a recording was not handed over: somebody proposed nothing of it, or something stands against it. */
export type DestructionRefusal = 'not-proposed' | 'held' | 'retained' | 'locked' | 'state';
export interface DestructionOverview {
  /** Two people have to agree to these. */
  readonly proposed: number;
  /** Their grace runs, or the next pass destroys them. */
  readonly approved: number;
  readonly unfinished: number;
  readonly destroyed: number;
  /** Something came up during the grace. */
  readonly withdrawn: number;
  /** Why nothing is destroyed now, such as `set-forward`, `clock-suspect`: `trustClock` ends it. */
  readonly stopped: string | null;
}
export interface DestructionCertificate {
  readonly id: string;
  readonly recording: string;
  readonly destroyedAt: WallMs;
  readonly basis: string;
  readonly approvers: readonly string[];
  readonly method: string;
  readonly leafIndex: number | null;
}
/** As it was signed: canonical JSON, and the signatures over its bytes (base64) by the hash of the key. */
export interface SignedCertificate extends DestructionCertificate {
  readonly text: string;
  readonly signatures: readonly { readonly key: string; readonly value: string }[];
}
export interface Destruction {
  overview(): Promise<DestructionOverview>;
  /** What has begun, what was agreed to, and what is due, in this order. */
  candidates(limit: number): Promise<readonly DestructionCandidate[]>;
  /**
   * Hands recordings over to the reaper, which looks at holds and bases again before it shreds anything.
   *
   * @returns why some stay, by recording
   */
  approve(
    recordings: readonly string[],
    by: { readonly requester: string; readonly approver: string; readonly purpose: string },
  ): Promise<Readonly<Record<string, DestructionRefusal>>>;
  /** Newest recordings first. @param before - id of the last one of the page before */
  certificates(limit: number, before: string | null): Promise<readonly DestructionCertificate[]>;
  /** Undefined: this recording was not destroyed. */
  certificate(recording: string): Promise<SignedCertificate | undefined>;
  /** Two people say that the clock is right again. */
  trustClock(by: { readonly requester: string; readonly approver: string }): Promise<void>;
}
export interface Restriction {
  /** Stored only: hidden from all but the privacy officer, until lifted. */
  restrict(
    recordings: readonly string[],
    on: boolean,
    by: { readonly requester: string; readonly approver: string; readonly purpose: string },
  ): Promise<void>;
}

export interface RetentionPolicy {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  readonly legalReference: string;
  readonly basis: { readonly kind: 'fixed' } | { readonly kind: 'event'; readonly event: string };
  readonly years: number;
  readonly months: number;
  readonly approvedBy: string;
  readonly since: WallMs;
}
export interface RetentionPolicies {
  /** The newest version of each. */
  list(): Promise<readonly RetentionPolicy[]>;
  /** Newest first. */
  history(policy: string): Promise<readonly RetentionPolicy[]>;
  /** A new version, or a first one. Never shortens what is kept already. */
  put(
    policy: Omit<RetentionPolicy, 'version' | 'since' | 'approvedBy'>,
    by: { readonly requester: string; readonly approver: string },
  ): Promise<RetentionPolicy>;
}

export interface CompletenessDay {
  /** ISO date. */
  readonly day: string;
  readonly expected: number;
  readonly found: number;
  readonly exempt: number;
  readonly missing: number;
  /** There, and not proven to be whole. */
  readonly unverified: number;
  /** Of call legs and of audio. */
  readonly callMs: number;
  readonly audioMs: number;
  readonly reportSha256: string | null;
  readonly leafIndex: number | null;
}
/** A call whose recording is not as it should be. */
export interface CompletenessFinding {
  readonly contact: string;
  /** Null: nobody has promised one. */
  readonly recording: string | null;
  readonly at: WallMs;
  /** `no-intent`, `not-archived`, `still-missing`, `not-verified`, `too-short`. */
  readonly reason: string;
}
/** Call records of the switch before us that were brought and compared with ours. */
export interface CdrComparisonRow {
  readonly id: string;
  readonly at: WallMs;
  readonly from: WallMs;
  readonly to: WallMs;
  readonly compared: number;
  /** Calls of theirs without a recording in the archive. */
  readonly wrong: number;
  /** Calls that differ in length, and those that they have not. */
  readonly differing: number;
  readonly leafIndex: number | null;
}
export interface CompletenessOverview {
  readonly states: Readonly<Partial<Record<ArchiveState, number>>>;
  readonly lastRunAt: WallMs | null;
  readonly lastTestCall: { readonly at: WallMs; readonly ok: boolean } | null;
  readonly days: readonly CompletenessDay[];
  /** Of the last two days, as the last comparison found them; missing ones of any age. */
  readonly missing: readonly CompletenessFinding[];
  readonly unverified: readonly CompletenessFinding[];
  readonly comparisons: readonly CdrComparisonRow[];
}
interface ForeignCall {
  /** In the file, from 1. */
  readonly line: number;
  readonly sipCallId: string;
  readonly startedAt: number;
  readonly durationMs: number | null;
}
export interface CdrComparisonResult {
  readonly compared: number;
  readonly unknownHere: readonly ForeignCall[];
  readonly unknownThere: readonly { readonly contact: string; readonly startedAt: number }[];
  readonly differing: readonly (ForeignCall & { readonly contact: string; readonly ourMs: number })[];
  readonly unrecorded: readonly (ForeignCall & { readonly contact: string; readonly state: string })[];
  readonly sha256: string;
  readonly leafIndex: number | null;
}
export interface SignedReport {
  /** Canonical JSON: the bytes that are signed and whose hash the log has. */
  readonly report: string;
  readonly sha256: string;
  readonly signatures: readonly { readonly key: string; readonly value: string }[];
  readonly leafIndex: number | null;
}
export interface Completeness {
  overview(days: number): Promise<CompletenessOverview>;
  /** @param csv - call records of the switch before us @param by - who brings them @throws IvrError CALL_RECORDS_INVALID */
  compare(csv: string, by: string): Promise<CdrComparisonResult>;
  /** Of a day (its date) or of a comparison (its id); undefined when there is none. */
  report(id: string): Promise<SignedReport | undefined>;
}

/** All that the archive's pages need; the composition root puts it together. Undefined: this server does not have it, and neither has its console. */
export interface ArchiveServices {
  readonly search: RecordingSearch;
  readonly saved: SavedSearches;
  readonly recordings: RecordingReader;
  readonly playback: Playback;
  readonly verifier: Verifier;
  readonly holds: Holds | undefined;
  readonly exports: Exports | undefined;
  readonly destruction: Destruction | undefined;
  readonly restriction: Restriction | undefined;
  readonly policies: RetentionPolicies | undefined;
  readonly completeness: Completeness | undefined;
}
