import type { Knex } from 'knex';
import { IvrError, systemCode } from '../../domain/error.ts';
import type { RecordingId } from '../../domain/ids.ts';
import { type WallMs, wallMs } from '../../domain/units.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Storage } from '../../storage/storage.ts';
import { orStorageFailed } from '../../storage/storage-failure.ts';
import type { IndexedRecording } from '../index/archive-index.ts';
import { fromRow, type RecordingRow, toRow } from '../index/recording-row.ts';
import { certificateHash, formatCertificate } from './destruction-certificate.ts';
import { countDestructions, type DueRow, findRow, readRow, toDestruction, writeDestroyed } from './destruction-rows.ts';
import { obstaclesTo, sayObstacle } from './evaluate.ts';
import { openReaperClock } from './reaper-clock.ts';
import type { Certifier } from '../signing/certifier.ts';
import type { Destroyer, Reaper, ReaperPass, ReaperSettings } from './reaper.ts';
import { noteFact, remainsOf } from './retention-fact.ts';
import { lockRecording, selectBases, standingOf } from './retention-rows.ts';

export interface ReaperParts {
  readonly storage: Storage;
  readonly clock: Pick<Clock, 'wall' | 'shared'>;
  /** The time by a clock that is not ours; undefined: nobody could be asked. */
  readonly reference: () => Promise<WallMs | undefined>;
  readonly destroyer: Destroyer;
  readonly certifier: Certifier;
  readonly software: string;
}

const HOUR = 3_600_000;

/** @throws IvrError STORAGE_FAILED */
export async function openReaper(parts: ReaperParts, settings: ReaperSettings): Promise<Reaper> {
  const { storage, destroyer, certifier } = parts;
  const { knex } = storage;
  const clock = await openReaperClock(parts);

  /** New candidates, oldest term first. What they are judged by is looked at when they are due. */
  async function propose(now: WallMs): Promise<number> {
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

  /** In one transaction with everything that could stand against it: from here on no hold is taken. */
  const begin = (recording: RecordingId, now: WallMs): Promise<'begun' | 'withdrawn' | 'taken'> =>
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

  async function finish(id: RecordingId, now: WallMs): Promise<void> {
    const recording = fromRow((await knex('archive_recording').where({ id }).first()) as RecordingRow);
    await destroyer.shred(recording);
    await destroyer.deleteVersions(recording);
    if (!(await destroyer.isGone(recording)))
      throw new IvrError('BLOB_LOCKED', `the store still has recording ${id}`, { recording: id });
    const row = await readRow(knex, id);
    const certificate = formatCertificate({
      recording,
      bases: await selectBases(knex, id),
      approvedBy: row.approvedBy,
      purpose: row.purpose,
      proposedAt: row.proposedAt,
      destroyedAt: now,
      node: storage.node,
      software: parts.software,
    });
    const certified = await certifier.certify(certificate, certificateHash(certificate));
    await knex.transaction(async (trx) => {
      const stored = (await trx('archive_recording').where({ id }).first()) as RecordingRow;
      const remains: IndexedRecording = {
        ...remainsOf(fromRow(stored)),
        state: 'DESTROYED',
        stateSince: wallMs(parts.clock.wall()),
        stateReason: 'its retention ended',
      };
      const destroyed = { recording: id, destroyedAt: now, certificate, ...certified };
      // another node may have finished it meanwhile
      if (!(await writeDestroyed(trx, destroyed))) return;
      await removeContent(trx, storage.dialect, id, stored);
      await trx('archive_recording').where({ id }).update(toRow(remains));
      await noteFact(trx, { kind: 'destroyed', remains, ...destroyed }, now);
    });
  }

  /** How many more this hour takes. */
  async function allowance(now: WallMs): Promise<number> {
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

  async function pass(): Promise<ReaperPass> {
    const stopped = await clock.look();
    const now = clock.trusted();
    const result = {
      proposed: 0,
      destroyed: [] as RecordingId[],
      withdrawn: [] as RecordingId[],
      waiting: 0,
      failed: [] as { recording: RecordingId; code: string }[],
      stopped,
    };
    if (stopped !== undefined) return result;
    const finishOne = async (recording: RecordingId): Promise<void> => {
      try {
        await finish(recording, now);
        result.destroyed.push(recording);
      } catch (thrown) {
        const code = thrown instanceof IvrError ? thrown.code : (systemCode(thrown) ?? 'INTERNAL');
        result.failed.push({ recording, code });
      }
    };
    // begun before a crash: the decision stands, nothing was let in between
    for (const { recording } of (await knex('destruction').where({ state: 'shredding' })) as DueRow[])
      await finishOne(recording);
    const due = (await knex('destruction')
      .where({ state: 'approved' })
      .where('not_before', '<=', now)
      .orderBy('not_before')) as DueRow[];
    let left = await allowance(now);
    for (const { recording } of due) {
      // a store that fails is left alone: what was begun there is tried again in the next pass
      if (left === 0 || result.failed.length > 0) {
        result.waiting += 1;
        continue;
      }
      const outcome = await begin(recording, now);
      if (outcome === 'withdrawn') result.withdrawn.push(recording);
      if (outcome !== 'begun') continue;
      left -= 1;
      await finishOne(recording);
    }
    result.proposed = await propose(now);
    return result;
  }

  async function approve(
    recordings: readonly RecordingId[],
    approvedBy: readonly string[],
    purpose: string,
  ): Promise<void> {
    if (new Set(approvedBy.filter((who) => who.trim() !== '')).size < 2 || purpose.trim() === '')
      throw new IvrError(
        'RETENTION_INVALID',
        'a destruction expects a purpose and two different people who approve it',
      );
    await knex.transaction(async (trx) => {
      for (const recording of [...new Set(recordings)].toSorted()) {
        const changed = await trx('destruction')
          .where({ recording, state: 'proposed' })
          .update({ state: 'approved', approved_by: JSON.stringify(approvedBy), purpose });
        if (changed > 0) {
          const { proposedAt, notBefore } = await readRow(trx, recording);
          const order = { recording, proposedAt, notBefore, approvedBy, purpose };
          await noteFact(trx, { kind: 'destruction-approved', ...order }, wallMs(parts.clock.wall()));
        } else
          throw new IvrError('DESTRUCTION_REFUSED', `recording ${recording} is not proposed for destruction`, {
            recording,
          });
      }
    });
  }

  return {
    pass: () => orStorageFailed('destroying recordings', pass()),
    approve: (...given) => orStorageFailed('approving a destruction', approve(...given)),
    resume: (approvedBy) => orStorageFailed('trusting the clock again', clock.resume(approvedBy)),
    trusted: () => clock.trusted(),
    counts: () => orStorageFailed('counting destructions', countDestructions(knex)),
    find: (recording) => orStorageFailed('reading a destruction', findRow(knex, recording)),
    list: ({ state, limit, before }) => {
      const query = knex('destruction').orderBy('recording', 'desc').limit(limit);
      if (state !== undefined) void query.where({ state });
      if (before !== undefined) void query.where('recording', '<', before);
      return orStorageFailed(
        'listing destructions',
        query.then((rows: DueRow[]) => rows.map(toDestruction)),
      );
    },
  };
}

/** What was said, and whatever it could be found by. */
async function removeContent(
  trx: Knex,
  dialect: Storage['dialect'],
  id: RecordingId,
  row: RecordingRow,
): Promise<void> {
  for (const table of ['archive_segment', 'archive_event', 'archive_span'])
    await trx(table).where({ recording: id }).delete();
  if (dialect === 'sqlite') await trx.raw('delete from archive_words where rowid = ?', [row['ordinal'] ?? 0]);
  else await trx('archive_words').where({ recording: id }).delete();
}
