import { createHash } from 'node:crypto';
import { asError } from '../../domain/error.ts';
import { type RecordingId, uuidV7 } from '../../domain/ids.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Storage } from '../../storage/storage.ts';
import { orStorageFailed } from '../../storage/storage-failure.ts';
import type { ArchiveIndex } from '../index/archive-index.ts';
import type { Certifier } from '../signing/certifier.ts';
import { judgeLeg, type ReconciledLeg } from './judge-leg.ts';
import { legsBetween } from './leg-rows.ts';

export interface Finding {
  readonly contact: string;
  readonly recording: string | null;
  readonly reason: string;
}

export interface Reconciliation {
  readonly from: number;
  readonly to: number;
  /** Calls that were answered and have ended. */
  readonly expected: number;
  readonly found: number;
  readonly exempt: number;
  readonly missing: readonly Finding[];
  readonly unverified: readonly Finding[];
  readonly callMs: number;
  readonly audioMs: number;
}

export interface Reconciler {
  /** Every few minutes: what should be there and is not becomes MISSING. @throws IvrError STORAGE_FAILED */
  run(): Promise<Reconciliation>;
  /** Of one day (UTC), signed and in the log; once: a second call returns what was written. @throws IvrError STORAGE_FAILED */
  daily(day: string): Promise<{ readonly report: string; readonly sha256: string; readonly leafIndex: number | null }>;
}

export interface ReconcilerParts {
  readonly storage: Storage;
  readonly index: Pick<ArchiveIndex, 'advance'>;
  readonly signer: Certifier;
  readonly clock: Pick<Clock, 'wall'>;
  /** For each finding that is new. */
  readonly onAlarm: (kind: 'missing' | 'unverified', finding: Finding) => void;
  readonly logger: Logger;
}

const DAY = 86_400_000;
/** So far back each run looks: calls are longer, and servers down for longer, than a run is apart from the next. */
const LOOK_BACK_MS = 2 * DAY;

export function openReconciler({ storage, index, signer, clock, onAlarm, logger }: ReconcilerParts): Reconciler {
  const { knex } = storage;
  const told = new Set<string>();

  async function reconcile(from: number, to: number): Promise<Reconciliation> {
    const sum = {
      from,
      to,
      expected: 0,
      found: 0,
      exempt: 0,
      missing: [] as Finding[],
      unverified: [] as Finding[],
      callMs: 0,
      audioMs: 0,
    };
    for await (const legs of legsBetween(knex, from, to))
      for (const leg of legs) {
        const verdict = judgeLeg(leg, clock.wall());
        const finding = (reason: string): Finding => ({ contact: leg.contact, recording: leg.recording, reason });
        if (verdict.is === 'under-way') continue;
        if (verdict.is === 'exempt') {
          sum.exempt += 1;
          if (verdict.because === 'not answered') await settle(leg, 'EXEMPT', verdict.because);
          continue;
        }
        sum.expected += 1;
        sum.callMs += Math.max(0, (leg.endedAt ?? 0) - (leg.answeredAt ?? leg.endedAt ?? 0));
        sum.audioMs += leg.durationMs ?? 0;
        if (verdict.is === 'found') sum.found += 1;
        else if (verdict.is === 'unverified') sum.unverified.push(finding(verdict.reason));
        else {
          sum.missing.push(finding(verdict.reason));
          await settle(leg, 'MISSING', verdict.reason);
        }
      }
    return sum;
  }

  async function settle(
    { recording, state }: ReconciledLeg,
    to: 'MISSING' | 'EXEMPT',
    stateReason: string,
  ): Promise<void> {
    if (recording === null || state === to || state === null) return;
    try {
      await index.advance(recording as RecordingId, to, { stateReason });
    } catch (thrown) {
      // it has gone on meanwhile: the next run sees where it is
      logger.warn({ recording, to }, 'a recording went on while it was looked for', asError(thrown));
    }
  }

  function alarm(kind: 'missing' | 'unverified', findings: readonly Finding[]): void {
    for (const finding of findings) {
      const key = `${kind} ${finding.contact} ${finding.recording ?? ''}`;
      if (told.has(key)) continue;
      told.add(key);
      onAlarm(kind, finding);
    }
  }

  async function write(
    kind: 'run' | 'daily',
    id: string,
    sum: Reconciliation,
    more: Readonly<Record<string, string | number | null>> = {},
  ): Promise<void> {
    await knex('reconciliation')
      .insert({
        id,
        kind,
        from_at: sum.from,
        to_at: sum.to,
        run_at: clock.wall(),
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

  async function run(): Promise<Reconciliation> {
    const now = clock.wall();
    const sum = await reconcile(now - LOOK_BACK_MS, now);
    alarm('missing', sum.missing);
    alarm('unverified', sum.unverified);
    await write('run', uuidV7(now), sum);
    // the last week of runs is enough to see that they run; what counts is in the daily reports
    await knex('reconciliation')
      .where({ kind: 'run' })
      .where('run_at', '<', now - 7 * DAY)
      .delete();
    return sum;
  }

  async function daily(day: string): ReturnType<Reconciler['daily']> {
    const from = Date.parse(`${day}T00:00:00Z`);
    const written: { report: string; report_sha256: string; leaf_index: number | null } | undefined = await knex(
      'reconciliation',
    )
      .where({ id: day })
      .first('report', 'report_sha256', 'leaf_index');
    if (written !== undefined)
      return { report: written.report, sha256: written.report_sha256, leafIndex: written.leaf_index };
    const sum = await reconcile(from, from + DAY);
    const report = formatReport(day, storage.node, clock.wall(), sum);
    const sha256 = createHash('sha256').update(report).digest('hex');
    const { signatures, leafIndex } = await signer.certify(report, sha256);
    await write('daily', day, sum, {
      report,
      report_sha256: sha256,
      signatures: JSON.stringify(signatures),
      leaf_index: leafIndex,
    });
    return { report, sha256, leafIndex };
  }

  return {
    run: () => orStorageFailed('reconciling', run()),
    daily: (day) => orStorageFailed('reporting completeness', daily(day)),
  };
}

/** Canonical: members in the order of their names, no spaces. */
function formatReport(day: string, node: string, now: number, sum: Reconciliation): string {
  const finding = ({ contact, reason, recording }: Finding): object => ({ contact, reason, recording });
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
