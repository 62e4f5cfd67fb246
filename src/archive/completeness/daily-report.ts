import type { Knex } from 'knex';
import type { Finding, Reconciliation } from './tally-legs.ts';

/* Reconciliations as rows, and the canonical report of a day. */

export interface DailyReport {
  /** ISO date, UTC. */
  readonly day: string;
  /** Canonical JSON. */
  readonly report: string;
  readonly sha256: string;
  readonly leafIndex: number | null;
}

/** One that has the id already stays as it is. */
export async function writeReconciliation(
  knex: Knex,
  {
    kind,
    id,
    runAt,
    sum,
    more,
  }: {
    readonly kind: 'run' | 'daily';
    readonly id: string;
    /** Unix ms. */
    readonly runAt: number;
    readonly sum: Reconciliation;
    readonly more: Readonly<Record<string, string | number | null>>;
  },
): Promise<void> {
  await knex('reconciliation')
    .insert({
      id,
      kind,
      from_at: sum.from,
      to_at: sum.to,
      run_at: runAt,
      expected: sum.expected,
      found: sum.found,
      exempt: sum.exempt,
      missing: sum.missing.length,
      unverified: sum.unverified.length,
      call_ms: sum.callMs,
      audio_ms: sum.audioMs,
      ...more,
    })
    .onConflict('id')
    .ignore();
}

export async function findDailyReport(knex: Knex, day: string): Promise<DailyReport | undefined> {
  const row: { report: string; report_sha256: string; leaf_index: number | null } | undefined = await knex(
    'reconciliation',
  )
    .where({ id: day })
    .first('report', 'report_sha256', 'leaf_index');
  return row === undefined
    ? undefined
    : { day, report: row.report, sha256: row.report_sha256, leafIndex: row.leaf_index };
}

/** What a run found. */
export const formatFindings = ({ missing, unverified }: Reconciliation): string =>
  JSON.stringify({ missing, unverified });

/** Canonical: members in the order of their names, no spaces. */
export function formatReport(day: string, node: string, now: number, sum: Reconciliation): string {
  const finding = ({ contact, detail, reason, recording }: Finding): object => ({ contact, detail, reason, recording });
  return JSON.stringify({
    audio_ms: sum.audioMs,
    call_ms: sum.callMs,
    day,
    exempt: sum.exempt,
    expected: sum.expected,
    format: 'tellerline-completeness-report',
    found: sum.found,
    made_at: new Date(now).toISOString(),
    missing: sum.missing.map(finding),
    node,
    unverified: sum.unverified.map(finding),
    version: 1,
  });
}
