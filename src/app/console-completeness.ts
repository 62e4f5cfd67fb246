import type { CdrComparisonRow, Completeness, CompletenessDay, CompletenessFinding } from '../archive/completeness.ts';
import {
  type ReportedPeriod,
  selectLastRun,
  selectLastTestCall,
  selectReport,
  selectReported,
} from '../archive/completeness/completeness-rows.ts';
import { importCdr } from '../archive/completeness/import-cdr.ts';
import type { Finding } from '../archive/completeness/tally-legs.ts';
import type { ArchiveIndex } from '../archive/index/archive-index.ts';
import type { Certifier } from '../archive/signing/certifier.ts';
import { timeOfUuid } from '../domain/ids.ts';
import { wallMs } from '../domain/units.ts';
import type { Clock } from '../lib/clock.ts';
import type { Storage } from '../storage/storage.ts';
import { orStorageFailed } from '../storage/storage-failure.ts';

const COMPARISONS = 20;
const MOST_MISSING = 200;

/** What was found when calls and recordings were compared, as the console shows it. */
export function consoleCompleteness(parts: {
  readonly storage: Storage;
  readonly index: Pick<ArchiveIndex, 'counts' | 'list'>;
  readonly signer: Certifier;
  readonly clock: Pick<Clock, 'wall'>;
}): Completeness {
  const { storage, index } = parts;
  const { knex } = storage;
  const read = async (days: number) => {
    const [states, run, test, daily, comparisons, missing] = [
      await index.counts(),
      await selectLastRun(knex),
      await selectLastTestCall(knex),
      await selectReported(knex, 'daily', days),
      await selectReported(knex, 'cdr', COMPARISONS),
      await index.list({ states: ['MISSING'], limit: MOST_MISSING }),
    ];
    const found = (run?.missing ?? []).map(shownFinding);
    const known = new Set(found.map(({ contact }) => contact));
    const older = missing
      .filter(({ contact }) => !known.has(contact))
      .map(
        ({ contact, id, startedAt }): CompletenessFinding => ({
          contact,
          recording: id,
          at: startedAt,
          reason: 'still-missing',
        }),
      );
    return {
      states,
      lastRunAt: run === undefined ? null : wallMs(run.at),
      lastTestCall: test === undefined ? null : { at: wallMs(test.at), ok: test.ok },
      days: daily.map(shownDay),
      missing: [...found, ...older],
      unverified: (run?.unverified ?? []).map(shownFinding),
      comparisons: comparisons.map(shownComparison),
    };
  };
  return {
    overview: (days) => orStorageFailed('reading what was compared', read(days)),
    compare: (csv, by) => importCdr(parts, csv, by),
    report: (id) => orStorageFailed('reading a report', selectReport(knex, id)),
  };
}

const shownFinding = ({ contact, recording, reason }: Finding): CompletenessFinding => ({
  contact,
  recording,
  at: wallMs(timeOfUuid(contact)),
  reason,
});

const shownDay = (period: ReportedPeriod): CompletenessDay => ({
  day: period.id,
  expected: period.expected,
  found: period.found,
  exempt: period.exempt,
  missing: period.missing,
  unverified: period.unverified,
  callMs: period.callMs,
  audioMs: period.audioMs,
  reportSha256: period.sha256,
  leafIndex: period.leafIndex,
});

const shownComparison = (period: ReportedPeriod): CdrComparisonRow => ({
  id: period.id,
  at: wallMs(period.runAt),
  from: wallMs(period.from),
  to: wallMs(period.to),
  compared: period.expected,
  wrong: period.missing,
  differing: period.unverified,
  leafIndex: period.leafIndex,
});
