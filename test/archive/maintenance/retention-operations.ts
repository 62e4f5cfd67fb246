import type { Knex } from 'knex';
import { storeRecords } from '../../../src/archive/maintenance/retention-store.ts';
import type { RecordingId } from '../../../src/domain/ids.ts';
import { wallMs } from '../../../src/domain/units.ts';
import { DAY, type Kept, policy, TWO } from './kept-retention.ts';

const TABLES: Readonly<Record<string, readonly string[]>> = {
  retention_policy: ['id', 'version'],
  retention_event: ['name', 'subject'],
  retention_basis: ['recording', 'policy', 'policy_version', 'subject'],
  legal_hold: ['id'],
  legal_hold_item: ['recording', 'hold'],
  archive_restriction: ['recording'],
  retention_record: ['seq'],
};
/** @param anew - proposed for destruction (again): a rebuilt index proposes them itself, with a new grace */
export async function stateOf(knex: Knex, anew: readonly RecordingId[]): Promise<Readonly<Record<string, unknown>>> {
  const state: Record<string, unknown> = {};
  for (const [table, order] of Object.entries(TABLES)) state[table] = await knex(table).orderBy([...order]);
  state['destruction'] = await knex('destruction')
    .whereNotIn('recording', [...anew])
    .orderBy('recording')
    .select('recording', 'state', 'approved_by', 'certificate', 'signatures', 'leaf_index', 'destroyed_at');
  const recordings = await knex<{ readonly id: RecordingId; caller: string; caller_hash: string | null }>(
    'archive_recording',
  )
    .orderBy('id')
    .select('id', 'state', 'state_reason', 'holds', 'restricted', 'retain_until', 'caller', 'caller_hash');
  const begun = new Set<RecordingId>(await knex('destruction').where({ state: 'shredding' }).pluck('recording'));
  // once its key is shredded nothing but its row says who called, and the facts do not
  state['recordings'] = recordings.map((row) => (begun.has(row.id) ? { ...row, caller: '', caller_hash: null } : row));
  return state;
}

export const proposedIn = (knex: Knex): Promise<RecordingId[]> =>
  knex('destruction').where({ state: 'proposed' }).pluck('recording');

export const OPERATIONS = [
  'hold',
  'hold-more',
  'release',
  'restrict',
  'lift',
  'event',
  'policy',
  'pass',
  'approve',
  'pass-failing',
  'store',
] as const;
export type Operation = { readonly do: (typeof OPERATIONS)[number]; readonly who: number; readonly days: number };

export async function carryOut(
  { do: what, who, days }: Operation,
  kept: Kept,
  ids: readonly RecordingId[],
): Promise<void> {
  const { retention, reaper, clock, store } = kept;
  clock.at += days * DAY + 1;
  const id = ids[who % ids.length]!;
  const refused = (thrown: unknown): void => {
    if (!/REFUSED|NOT_FOUND|INVALID/.test((thrown as { code: string }).code)) throw thrown;
  };
  if (what === 'hold')
    await retention.placeHold({ caseNumber: `c${who}`, reason: 'r', placedBy: 'x' }, [id]).catch(refused);
  if (what === 'hold-more')
    await retention
      .placeHold({ caseNumber: `m${days}`, reason: 'r', placedBy: 'x' }, ids.slice(who % ids.length))
      .catch(refused);
  if (what === 'release') {
    const [hold] = await retention.holds({ inForce: true });
    if (hold !== undefined) await retention.releaseHold(hold.id, TWO);
  }
  if (what === 'restrict') await retention.restrict({ recording: id, reason: 'PIPL art. 47', restrictedBy: 'p' });
  if (what === 'lift') await retention.liftRestriction(id, 'p');
  if (what === 'event')
    await retention.occurred({
      name: 'account-closed',
      subject: who % 2 === 0 ? 'a' : 'b',
      at: wallMs(clock.at - days * 3),
      reportedBy: 'core',
    });
  if (what === 'policy') {
    const version = (await retention.policies()).filter(({ id: one }) => one === 'calls').length + 1;
    await retention.addPolicy(
      policy({
        version,
        period: { years: 1 + (who % 3), months: days % 12, days: 0 },
        effectiveFrom: wallMs(clock.at),
      }),
    );
    for (const each of ids) if ((await kept.index.find(each))?.state !== 'DESTROYED') await retention.apply(each);
  }
  if (what === 'pass' || what === 'pass-failing') {
    store.fail = what === 'pass' ? undefined : (['delete', 'shred', 'certify'] as const)[who % 3];
    await reaper.pass();
    store.fail = undefined;
  }
  if (what === 'approve') {
    const proposed = await reaper.list({ state: 'proposed', limit: 9 });
    if (proposed.length > 0)
      await reaper.approve(
        proposed.map(({ recording }) => recording),
        TWO,
        'term over',
      );
  }
  if (what === 'store') await storeRecords(kept.parts);
}
