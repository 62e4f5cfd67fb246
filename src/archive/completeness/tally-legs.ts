import type { WallMs } from '../../domain/units.ts';
import { asError } from '../../domain/error.ts';
import type { RecordingId } from '../../domain/ids.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Storage } from '../../storage/storage.ts';
import type { ArchiveIndex } from '../index/archive-index.ts';
import { type FindingReason, judgeLeg, type ReconciledLeg } from './judge-leg.ts';
import { legsBetween } from './leg-rows.ts';

export interface Finding {
  readonly contact: string;
  readonly recording: string | null;
  readonly reason: FindingReason;
  /** In a sentence. */
  readonly detail: string;
}

/** Over the calls of a time: what should be there, and what is. */
export interface Reconciliation {
  readonly from: WallMs;
  readonly to: WallMs;
  /** Calls that were answered and have ended. */
  readonly expected: number;
  readonly found: number;
  readonly exempt: number;
  readonly missing: readonly Finding[];
  readonly unverified: readonly Finding[];
  readonly callMs: number;
  readonly audioMs: number;
}

export interface TallyParts {
  readonly storage: Pick<Storage, 'knex'>;
  readonly index: Pick<ArchiveIndex, 'advance'>;
  readonly clock: Pick<Clock, 'wall'>;
  readonly logger: Logger;
}

/**
 * Judges every leg that began at or after `from` and before `to` (Unix ms); a recording that should be there and is not
 * becomes MISSING, one of a call that was never answered EXEMPT.
 */
export async function tallyLegs(parts: TallyParts, from: WallMs, to: WallMs): Promise<Reconciliation> {
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
  for await (const legs of legsBetween(parts.storage.knex, from, to))
    for (const leg of legs) {
      const verdict = judgeLeg(leg, parts.clock.wall());
      const finding = ({ reason, detail }: Pick<Finding, 'reason' | 'detail'>): Finding => ({
        contact: leg.contact,
        recording: leg.recording,
        reason,
        detail,
      });
      if (verdict.is === 'under-way') continue;
      if (verdict.is === 'exempt') {
        sum.exempt += 1;
        if (verdict.because === 'not answered') await advance(parts, leg, 'EXEMPT', verdict.because);
        continue;
      }
      sum.expected += 1;
      sum.callMs += Math.max(0, (leg.endedAt ?? 0) - (leg.answeredAt ?? leg.endedAt ?? 0));
      sum.audioMs += leg.durationMs ?? 0;
      if (verdict.is === 'found') sum.found += 1;
      else if (verdict.is === 'unverified') sum.unverified.push(finding(verdict));
      else {
        sum.missing.push(finding(verdict));
        await advance(parts, leg, 'MISSING', verdict.detail);
      }
    }
  return sum;
}

async function advance(
  { index, logger }: TallyParts,
  { recording, state }: ReconciledLeg,
  to: 'MISSING' | 'EXEMPT',
  stateReason: string,
): Promise<void> {
  if (recording === null || state === to || state === null) return;
  try {
    await index.advance(recording as RecordingId, to, { stateReason });
  } catch (thrown) {
    // it has gone on meanwhile: the next run sees where it is
    logger.warn({ recording, to }, 'a recording changed its state during reconciliation', asError(thrown));
  }
}
