import { type WallMs, wallMs } from '../../domain/units.ts';
import { createHash } from 'node:crypto';
import { uuidV7 } from '../../domain/ids.ts';
import type { Storage } from '../../storage/storage.ts';
import { orStorageFailed } from '../../storage/storage-failure.ts';
import type { Certifier } from '../signing/certifier.ts';
import { ARCHIVED_WITHIN_MS } from './judge-leg.ts';
import {
  type DailyReport,
  findDailyReport,
  formatFindings,
  formatReport,
  writeReconciliation,
} from './daily-report.ts';
import { settleLegs } from './leg-rows.ts';
import { type Finding, type Reconciliation, type TallyParts, tallyLegs } from './tally-legs.ts';

export interface Reconciler {
  /** Every few minutes: what should be there and is not becomes MISSING. @throws IvrError STORAGE_FAILED */
  run(): Promise<Reconciliation>;
  /** Of one day (UTC), signed and in the log; once: a second call returns what was written. @throws IvrError STORAGE_FAILED */
  daily(day: string): Promise<DailyReport>;
  /** The reports of all days that are over and have none, oldest first; a day is over when its last call should be archived. @throws IvrError STORAGE_FAILED */
  dailyReports(): Promise<readonly DailyReport[]>;
}

export interface ReconcilerParts extends TallyParts {
  readonly storage: Storage;
  readonly signer: Certifier;
  /** For each finding that is new. */
  readonly onAlarm: (kind: 'missing' | 'unverified', finding: Finding) => void;
}

const DAY = 86_400_000;
/** How far back each run looks: calls last longer, and servers are down for longer, than the time between two runs. */
const LOOK_BACK_MS = 2 * DAY;
/** Days without a report are looked for so far back: a server that was down for longer reports what it still can. */
const REPORTED_DAYS = 31;

export function openReconciler(parts: ReconcilerParts): Reconciler {
  const { storage, signer, clock, onAlarm } = parts;
  const { knex } = storage;
  const told = new Set<string>();

  function alarm(kind: 'missing' | 'unverified', findings: readonly Finding[]): void {
    for (const finding of findings) {
      const key = `${kind} ${finding.contact} ${finding.recording ?? ''}`;
      if (told.has(key)) continue;
      told.add(key);
      onAlarm(kind, finding);
    }
  }

  async function run(): Promise<Reconciliation> {
    const now = clock.wall();
    await settleLegs(knex, now - LOOK_BACK_MS);
    const sum = await tallyLegs(parts, wallMs(now - LOOK_BACK_MS), now);
    alarm('missing', sum.missing);
    alarm('unverified', sum.unverified);
    await writeReconciliation(knex, {
      kind: 'run',
      id: uuidV7(now),
      runAt: now,
      sum,
      more: { report: formatFindings(sum) },
    });
    // the last week of runs is enough to see that they run; what counts is in the daily reports
    await knex('reconciliation')
      .where({ kind: 'run' })
      .where('run_at', '<', now - 7 * DAY)
      .delete();
    return sum;
  }

  async function daily(day: string): Promise<DailyReport> {
    const before = await findDailyReport(knex, day);
    if (before !== undefined) return before;
    const from = startOf(day);
    await settleLegs(knex, from);
    const sum = await tallyLegs(parts, wallMs(from), wallMs(from + DAY));
    const runAt = clock.wall();
    const report = formatReport(day, storage.node, runAt, sum);
    const sha256 = createHash('sha256').update(report).digest('hex');
    const { signatures, leafIndex } = await signer.certify(report);
    const more = { report, report_sha256: sha256, signatures: JSON.stringify(signatures), leaf_index: leafIndex };
    await writeReconciliation(knex, { kind: 'daily', id: day, runAt, sum, more });
    // where two nodes report at once, the first one's counts
    return (await findDailyReport(knex, day)) ?? { day, report, sha256, leafIndex };
  }

  async function dailyReports(): Promise<readonly DailyReport[]> {
    const over = clock.wall() - ARCHIVED_WITHIN_MS;
    const oldest: { offered_at: number } | undefined = await knex('archive_leg')
      .orderBy('offered_at')
      .first('offered_at');
    const begin = Math.max(over - REPORTED_DAYS * DAY, oldest?.offered_at ?? over);
    const there = new Set<string>(await knex('reconciliation').where({ kind: 'daily' }).pluck('id'));
    const reports: DailyReport[] = [];
    for (let from = startOf(dayOf(wallMs(begin))); from + DAY <= over; from += DAY)
      if (!there.has(dayOf(wallMs(from)))) reports.push(await daily(dayOf(wallMs(from))));
    return reports;
  }

  return {
    run: () => orStorageFailed('reconciling', run()),
    daily: (day) => orStorageFailed('reporting completeness', daily(day)),
    dailyReports: () => orStorageFailed('reporting completeness', dailyReports()),
  };
}

const dayOf = (at: WallMs): string => new Date(at).toISOString().slice(0, 10);
const startOf = (day: string): number => Date.parse(`${day}T00:00:00Z`);
