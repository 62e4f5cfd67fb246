import type { Knex } from 'knex';
import { IvrError } from '../../domain/error.ts';
import type { RecordingId } from '../../domain/ids.ts';
import type { WallMs } from '../../domain/units.ts';
import { fromRow, type RecordingRow } from '../index/recording-row.ts';
import { readRow } from './destruction-rows.ts';
import { obstaclesTo, sayObstacle } from './evaluate.ts';
import type { ReaperSettings } from './reaper.ts';
import { noteFact, remainsOf } from './retention-fact.ts';
import { lockRecording, selectBases, standingOf } from './retention-rows.ts';

/* What may be destroyed: proposed when its retention ends, approved by two people, judged again when its grace is over. */

const HOUR = 3_600_000;

/** New candidates, oldest term first. What they are judged by is looked at when they are due. @returns how many */
export async function proposeDestructions(knex: Knex, settings: ReaperSettings, now: WallMs): Promise<number> {
  const ids = (await knex('archive_recording')
    .whereNotNull('retain_until')
    .where('retain_until', '<=', now)
    .whereIn('state', ['ARCHIVED', 'VERIFIED'])
    .where('holds', 0)
    .whereNotIn('id', knex('destruction').whereNot('state', 'withdrawn').select('recording'))
    .orderBy('retain_until')
    .limit(settings.batch)
    .pluck('id')) as RecordingId[];
  for (const recording of ids)
    await knex('destruction')
      .insert({
        recording,
        state: settings.approval ? 'proposed' : 'approved',
        reason: null,
        proposed_at: now,
        not_before: now + settings.graceMs,
        approved_by: '[]',
        purpose: 'retention ended',
      })
      .onConflict('recording')
      .merge(['state', 'reason', 'proposed_at', 'not_before', 'approved_by'])
      .where('destruction.state', 'withdrawn'); // what another node has begun meanwhile stays begun
  return ids.length;
}

/**
 * In one transaction with everything that could stand against it: from here on no hold is accepted.
 *
 * @returns 'taken' when another node has begun it, or it is not due
 */
export const beginDestruction = (
  knex: Knex,
  recording: RecordingId,
  now: WallMs,
): Promise<'begun' | 'withdrawn' | 'taken'> =>
  knex.transaction(async (trx) => {
    const standing = await standingOf(trx, await lockRecording(trx, recording), now);
    const against = obstaclesTo(standing, now);
    const due = trx('destruction').where({ recording, state: 'approved' }).where('not_before', '<=', now);
    const [state, reason] =
      against.length === 0
        ? (['shredding', null] as const)
        : (['withdrawn', against.map(sayObstacle).join('; ')] as const);
    const taken = await due.update({ state, reason, begun_at: now });
    if (taken === 0) return 'taken';
    const { proposedAt, notBefore, approvedBy, purpose } = await readRow(trx, recording);
    const order = { recording, proposedAt, notBefore, approvedBy, purpose };
    if (state === 'withdrawn') {
      await noteFact(trx, { kind: 'destruction-withdrawn', reason, ...order }, now);
      return state;
    }
    const remains = remainsOf(
      fromRow((await trx('archive_recording').where({ id: recording }).first()) as RecordingRow),
    );
    const bases = await selectBases(trx, recording);
    await noteFact(trx, { kind: 'destruction-begun', begunAt: now, bases, remains, ...order }, now);
    return 'begun';
  });

/** How many more may be destroyed within this hour. */
export async function destructionAllowance(knex: Knex, settings: ReaperSettings, now: WallMs): Promise<number> {
  const [done, all] = await Promise.all([
    knex('destruction')
      .where('begun_at', '>', now - HOUR)
      .whereIn('state', ['shredding', 'destroyed'])
      .count<{ n: number }[]>({ n: '*' }),
    knex('archive_recording').whereIn('state', ['ARCHIVED', 'VERIFIED']).count<{ n: number }[]>({ n: '*' }),
  ]);
  const most = Math.max(settings.atLeastAnHour, Math.floor(settings.shareAnHour * (all[0]?.n ?? 0)));
  return Math.max(0, most - (done[0]?.n ?? 0));
}

/** All of them or none. @throws IvrError DESTRUCTION_REFUSED, RETENTION_INVALID without two different people */
export async function approveDestructions(
  knex: Knex,
  recordings: readonly RecordingId[],
  approvedBy: readonly string[],
  purpose: string,
  now: WallMs,
): Promise<void> {
  if (new Set(approvedBy.filter((who) => who.trim() !== '')).size < 2 || purpose.trim() === '')
    throw new IvrError('RETENTION_INVALID', 'a destruction needs a purpose and the approval of two different people');
  await knex.transaction(async (trx) => {
    for (const recording of [...new Set(recordings)].toSorted()) {
      const changed = await trx('destruction')
        .where({ recording, state: 'proposed' })
        .update({ state: 'approved', approved_by: JSON.stringify(approvedBy), purpose });
      if (changed > 0) {
        const { proposedAt, notBefore } = await readRow(trx, recording);
        const order = { recording, proposedAt, notBefore, approvedBy, purpose };
        await noteFact(trx, { kind: 'destruction-approved', ...order }, now);
      } else
        throw new IvrError('DESTRUCTION_REFUSED', `recording ${recording} is not proposed for destruction`, {
          recording,
        });
    }
  });
}
