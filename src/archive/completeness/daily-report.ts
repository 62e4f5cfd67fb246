import type { Knex } from 'knex';
import { canonicalJson } from '../../lib/canonical-json.ts';
import { selectReport } from './completeness-rows.ts';
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
  const kept = await selectReport(knex, day);
  return kept === undefined ? undefined : { day, report: kept.report, sha256: kept.sha256, leafIndex: kept.leafIndex };
}

/** What a run found. */
export const formatFindings = ({ missing, unverified }: Reconciliation): string =>
  JSON.stringify({ missing, unverified });

/** Canonical JSON. */
export function formatReport(day: string, node: string, now: number, sum: Reconciliation): string {
  const finding = ({ contact, detail, reason, recording }: Finding) => ({ contact, detail, reason, recording });
  return canonicalJson({
    format: 'tellerline-completeness-report',
    version: 1,
    day,
    node,
    made_at: new Date(now).toISOString(),
    expected: sum.expected,
    found: sum.found,
    exempt: sum.exempt,
    missing: sum.missing.map(finding),
    unverified: sum.unverified.map(finding),
    call_ms: sum.callMs,
    audio_ms: sum.audioMs,
  });
}
