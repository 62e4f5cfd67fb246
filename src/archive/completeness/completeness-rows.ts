import { type WallMs, wallMs } from '../../domain/units.ts';
import type { Knex } from 'knex';
import type { CompletenessCounts } from '../../domain/completeness-counts.ts';
import type { Finding } from './tally-legs.ts';

/* What was found when calls and recordings were compared, as it is kept. Times are Unix ms. */

export interface LastRun {
  readonly at: WallMs;
  readonly missing: readonly Finding[];
  readonly unverified: readonly Finding[];
}

export interface ReportedPeriod extends CompletenessCounts {
  /** Of a report of a day: the ISO date. */
  readonly id: string;
  readonly from: number;
  readonly to: number;
  readonly runAt: number;
  readonly sha256: string;
  readonly leafIndex: number | null;
}

interface Row {
  readonly id: string;
  readonly from_at: number;
  readonly to_at: number;
  readonly run_at: number;
  readonly expected: number;
  readonly found: number;
  readonly exempt: number;
  readonly missing: number;
  readonly unverified: number;
  readonly call_ms: number;
  readonly audio_ms: number;
  readonly report: string | null;
  readonly report_sha256: string | null;
  readonly signatures: string | null;
  readonly leaf_index: number | null;
}

/** Undefined: nothing was ever compared. */
export async function selectLastRun(knex: Knex): Promise<LastRun | undefined> {
  const row: Pick<Row, 'run_at' | 'report'> | undefined = await knex('reconciliation')
    .where({ kind: 'run' })
    .orderBy('run_at', 'desc')
    .first('run_at', 'report');
  if (row === undefined) return undefined;
  const { missing = [], unverified = [] } = JSON.parse(row.report ?? '{}') as Partial<LastRun>;
  return { at: wallMs(row.run_at), missing, unverified };
}

/** Newest first. */
export async function selectReported(
  knex: Knex,
  kind: 'daily' | 'cdr',
  limit: number,
): Promise<readonly ReportedPeriod[]> {
  const rows: Row[] = await knex('reconciliation').where({ kind }).orderBy('to_at', 'desc').limit(limit);
  return rows.map((row) => ({
    id: row.id,
    from: row.from_at,
    to: row.to_at,
    runAt: row.run_at,
    expected: row.expected,
    found: row.found,
    exempt: row.exempt,
    missing: row.missing,
    unverified: row.unverified,
    callMs: row.call_ms,
    audioMs: row.audio_ms,
    sha256: row.report_sha256 ?? '',
    leafIndex: row.leaf_index,
  }));
}

export interface KeptReport {
  readonly report: string;
  readonly sha256: string;
  readonly signatures: readonly { readonly key: string; readonly value: string }[];
  readonly leafIndex: number | null;
}

/** A signed report by its id; undefined: there is none. */
export async function selectReport(knex: Knex, id: string): Promise<KeptReport | undefined> {
  const row: Row | undefined = await knex('reconciliation').where({ id }).whereNotNull('report_sha256').first();
  if (row === undefined || row.report === null || row.report_sha256 === null) return undefined;
  return {
    report: row.report,
    sha256: row.report_sha256,
    signatures: JSON.parse(row.signatures ?? '[]') as KeptReport['signatures'],
    leafIndex: row.leaf_index,
  };
}

export interface LastTestCall {
  readonly at: WallMs;
  readonly ok: boolean;
  readonly reason: string | null;
}

export async function selectLastTestCall(knex: Knex): Promise<LastTestCall | undefined> {
  const row: { at: WallMs; ok: number; reason: string | null } | undefined = await knex('synthetic_call')
    .orderBy('at', 'desc')
    .first('at', 'ok', 'reason');
  return row === undefined ? undefined : { ...row, ok: row.ok === 1 };
}
