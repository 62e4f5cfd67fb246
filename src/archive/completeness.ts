import type { ArchiveState } from '../domain/archive-state.ts';
import type { CompletenessCounts } from '../domain/completeness-counts.ts';
import type { WallMs } from '../domain/units.ts';

export interface CompletenessDay extends CompletenessCounts {
  /** ISO date. */
  readonly day: string;
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

/** Call records of the switch before us that were brought and compared with ours. */
export interface CdrComparisonRow {
  readonly id: string;
  readonly at: WallMs;
  readonly from: WallMs;
  readonly to: WallMs;
  readonly compared: number;
  /** Their calls without a recording in the archive. */
  readonly wrong: number;
  /** Calls that differ in length, and those that they have not. */
  readonly differing: number;
  readonly leafIndex: number | null;
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
