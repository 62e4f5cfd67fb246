import type { Knex } from 'knex';
import { IvrError } from '../../domain/error.ts';
import type { RecordingId } from '../../domain/ids.ts';
import { wallMs } from '../../domain/units.ts';
import { DESTRUCTION_STATES, type DestructionRow, type DestructionState } from './reaper.ts';
import type { RetentionFact } from './retention-fact.ts';

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

export async function findRow(knex: Knex, recording: RecordingId): Promise<DestructionRow | undefined> {
  const row = (await knex('destruction').where({ recording }).first()) as DueRow | undefined;
  return row === undefined ? undefined : toDestruction(row);
}

export async function readRow(knex: Knex, recording: RecordingId): Promise<DestructionRow> {
  const row = await findRow(knex, recording);
  if (row === undefined)
    throw new IvrError('NOT_FOUND', `recording ${recording} was not proposed for destruction`, { recording });
  return row;
}

/** @returns false when it was destroyed already */
export async function writeDestroyed(
  trx: Knex,
  {
    recording,
    destroyedAt,
    certificate,
    signatures,
    leafIndex,
  }: Omit<Extract<RetentionFact, { readonly kind: 'destroyed' }>, 'kind' | 'remains'>,
): Promise<boolean> {
  const changed = await trx('destruction')
    .where({ recording })
    .whereNot({ state: 'destroyed' })
    .update({
      state: 'destroyed',
      destroyed_at: destroyedAt,
      certificate,
      signatures: JSON.stringify(signatures),
      leaf_index: leafIndex,
    });
  return changed > 0;
}

export async function countDestructions(knex: Knex): Promise<Readonly<Record<DestructionState, number>>> {
  const rows = await knex('destruction')
    .groupBy('state')
    .select<{ state: DestructionState; n: number | string }[]>('state', knex.raw('count(*) as n'));
  const none = Object.fromEntries(DESTRUCTION_STATES.map((state) => [state, 0])) as Record<DestructionState, number>;
  return { ...none, ...Object.fromEntries(rows.map(({ state, n }) => [state, Number(n)])) };
}
