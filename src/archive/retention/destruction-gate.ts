import type { Knex } from 'knex';
import { type DestructionPermit, issuePermit } from '../../domain/destruction-permit.ts';
import { IvrError } from '../../domain/error.ts';
import type { RecordingId } from '../../domain/ids.ts';
import { findRow } from './destruction-rows.ts';
import { lockRecording, selectHolds } from './retention-rows.ts';

/**
 * The one gate before any destruction, of keys as of objects: only what `beginDestruction` has let through, with everything that could stand against it looked at in
 * the same transaction, and never what is on hold. Whoever destroys shows the permit (`domain/destruction-permit.ts`).
 *
 * @throws IvrError DESTRUCTION_REFUSED, RECORDING_NOT_FOUND
 */
export const permitDestruction = (knex: Knex, recording: RecordingId): Promise<DestructionPermit> =>
  knex.transaction(async (trx) => {
    await lockRecording(trx, recording);
    const state = (await findRow(trx, recording))?.state;
    if (state !== 'shredding' && state !== 'destroyed')
      throw refused(recording, 'its destruction was not decided, or is not due');
    const [hold] = state === 'destroyed' ? [] : await selectHolds(trx, { recording, inForce: true });
    if (hold !== undefined) throw refused(recording, `case ${hold.caseNumber} holds it`);
    return issuePermit(recording);
  });

/** For what was destroyed elsewhere: undefined when nobody decided it here. @throws whatever the database throws */
export async function permitIfDecided(knex: Knex, recording: RecordingId): Promise<DestructionPermit | undefined> {
  try {
    return await permitDestruction(knex, recording);
  } catch (thrown) {
    if (thrown instanceof IvrError && ['DESTRUCTION_REFUSED', 'RECORDING_NOT_FOUND'].includes(thrown.code))
      return undefined;
    throw thrown;
  }
}

const refused = (recording: RecordingId, why: string): IvrError =>
  new IvrError('DESTRUCTION_REFUSED', `recording ${recording} is not destroyed: ${why}`, { recording });
