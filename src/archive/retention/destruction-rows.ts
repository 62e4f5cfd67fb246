import type { Knex } from 'knex';
import { IvrError } from '../../domain/error.ts';
import type { RecordingId } from '../../domain/ids.ts';
import { wallMs } from '../../domain/units.ts';
import type { DestructionRow, DestructionState } from './reaper.ts';

/** As it is stored. */
export interface DueRow {
  readonly recording: RecordingId;
  readonly state: DestructionState;
  readonly reason: string | null;
  readonly proposed_at: number;
  readonly not_before: number;
  readonly approved_by: string;
  readonly purpose: string;
  readonly destroyed_at: number | null;
  readonly certificate: string | null;
  readonly signatures: string | null;
  readonly leaf_index: number | null;
}

export const toDestruction = (row: DueRow): DestructionRow => ({
  recording: row.recording,
  state: row.state,
  reason: row.reason,
  proposedAt: wallMs(row.proposed_at),
  notBefore: wallMs(row.not_before),
  approvedBy: JSON.parse(row.approved_by) as string[],
  purpose: row.purpose,
  destroyedAt: row.destroyed_at === null ? null : wallMs(row.destroyed_at),
  certificate: row.certificate,
  signatures: JSON.parse(row.signatures ?? '[]') as DestructionRow['signatures'],
  leafIndex: row.leaf_index,
});

export async function readRow(knex: Knex, recording: RecordingId): Promise<DestructionRow> {
  const row = (await knex('destruction').where({ recording }).first()) as DueRow | undefined;
  if (row === undefined)
    throw new IvrError('NOT_FOUND', `nobody proposed to destroy recording ${recording}`, { recording });
  return toDestruction(row);
}
