import { IvrError, systemCode } from '../../domain/error.ts';
import type { RecordingId } from '../../domain/ids.ts';
import { type WallMs, wallMs } from '../../domain/units.ts';
import type { Clock } from '../../lib/clock.ts';
import { orStorageFailed } from '../../storage/storage-failure.ts';
import { type DestructionParts, destroyRecording } from './destroy-recording.ts';
import {
  approveDestructions,
  beginDestruction,
  destructionAllowance,
  proposeDestructions,
} from './destruction-decisions.ts';
import { countDestructions, type DueRow, findRow, toDestruction } from './destruction-rows.ts';
import { openReaperClock } from './reaper-clock.ts';
import type { Reaper, ReaperPass, ReaperSettings } from './reaper.ts';

export interface ReaperParts extends DestructionParts {
  readonly clock: Pick<Clock, 'wall' | 'shared'>;
  /** The time by an independent clock; undefined: none could be asked. */
  readonly reference: () => Promise<WallMs | undefined>;
}

/** Of the whole store, not of the one recording that was asked for. */
const STORE_FAILS: ReadonlySet<string> = new Set(['BLOBS_UNREACHABLE', 'STORAGE_FAILED', 'DISK_FULL']);

/** @throws IvrError STORAGE_FAILED */
export async function openReaper(parts: ReaperParts, settings: ReaperSettings): Promise<Reaper> {
  const { knex } = parts.storage;
  const clock = await openReaperClock(parts);

  async function pass(signal?: AbortSignal): Promise<ReaperPass> {
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
    /** @returns the code of what failed */
    const finish = async (recording: RecordingId): Promise<string | undefined> => {
      try {
        await destroyRecording(parts, recording, now);
        result.destroyed.push(recording);
        return undefined;
      } catch (thrown) {
        const code = thrown instanceof IvrError ? thrown.code : (systemCode(thrown) ?? 'INTERNAL');
        result.failed.push({ recording, code });
        return code;
      }
    };
    // begun before a crash: the decision stands, nothing was let in between
    for (const { recording } of (await knex('destruction').where({ state: 'shredding' })) as DueRow[]) {
      if (signal?.aborted === true) return result;
      await finish(recording);
    }
    const due = (await knex('destruction')
      .where({ state: 'approved' })
      .where('not_before', '<=', now)
      .orderBy('not_before')) as DueRow[];
    let left = await destructionAllowance(knex, settings, now);
    // one that cannot be finished, whatever is wrong with it, does not hold up the others
    let storeFails = false;
    for (const { recording } of due) {
      // a store that fails is left alone: what was begun there is tried again in the next pass
      if (left === 0 || storeFails || signal?.aborted === true) {
        result.waiting += 1;
        continue;
      }
      const outcome = await beginDestruction(knex, recording, now);
      if (outcome === 'withdrawn') result.withdrawn.push(recording);
      if (outcome !== 'begun') continue;
      left -= 1;
      storeFails = STORE_FAILS.has((await finish(recording)) ?? '');
    }
    if (signal?.aborted !== true) result.proposed = await proposeDestructions(knex, settings, now);
    return result;
  }

  return {
    pass: (signal) => orStorageFailed('destroying recordings', pass(signal)),
    approve: (...given) =>
      orStorageFailed('approving a destruction', approveDestructions(knex, ...given, wallMs(parts.clock.wall()))),
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
