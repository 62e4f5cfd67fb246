import type { Hold, Holds } from '../archive/holds.ts';
import { countHeld, selectHeld } from '../archive/retention/held-recordings.ts';
import type { LegalHold, Retention } from '../archive/retention/retention.ts';
import { IvrError } from '../domain/error.ts';
import { isUuid, type RecordingId } from '../domain/ids.ts';
import type { Storage } from '../storage/storage.ts';

/** Legal holds as the console shows and places them. */
export function consoleHolds(
  retention: Pick<Retention, 'holds' | 'placeHold' | 'releaseHold'>,
  { knex }: Storage,
): Holds {
  const shown = async (holds: readonly LegalHold[]): Promise<readonly Hold[]> => {
    const counts = await countHeld(
      knex,
      holds.map(({ id }) => id),
    );
    return holds.map(({ id, caseNumber, reason, placedBy, placedAt, releasedAt }) => ({
      id,
      caseNo: caseNumber,
      reason,
      by: placedBy,
      placedAt,
      releasedAt,
      recordings: counts.get(id) ?? 0,
    }));
  };
  return {
    list: async ({ released, limit }) => shown((await retention.holds({ inForce: !released })).slice(0, limit)),
    recordingsOf: (hold) => selectHeld(knex, hold),
    async place({ caseNo, reason, by, recordings }) {
      const ids = recordings.map((id) => {
        if (!isUuid(id)) throw new IvrError('RECORDING_NOT_FOUND', `there is no recording ${id}`);
        return id as RecordingId;
      });
      const id = await retention.placeHold({ caseNumber: caseNo, reason, placedBy: by }, ids);
      const placed = (await retention.holds({ caseNumber: caseNo })).filter((hold) => hold.id === id);
      const [hold] = await shown(placed);
      if (hold === undefined) throw new IvrError('STORAGE_FAILED', 'the hold was placed but could not be read back');
      return hold;
    },
    release: (hold, { requester, approver }) => retention.releaseHold(hold, [requester, approver]),
  };
}
