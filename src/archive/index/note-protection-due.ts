import type { Knex } from 'knex';
import type { RecordingId } from '../../domain/ids.ts';
import type { WallMs } from '../../domain/units.ts';

const BATCH = 200;

/**
 * The store's locks and legal holds have to follow a change: of what keeps the recordings, or of what they are. Within the transaction of the change;
 * `retention/protection-rows.ts` has what becomes of it.
 */
export async function noteProtectionDue(trx: Knex, recordings: readonly RecordingId[], now: WallMs): Promise<void> {
  for (let from = 0; from < recordings.length; from += BATCH)
    await trx('archive_protection')
      .insert(
        recordings.slice(from, from + BATCH).map((recording) => ({ recording, change: 1, due_at: now, legal_hold: 0 })),
      )
      .onConflict('recording')
      .merge({ change: trx.raw('archive_protection.change + 1'), due_at: now });
}
