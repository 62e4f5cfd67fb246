import type { Knex } from 'knex';
import { type DestructionPermit, expectPermit } from '../domain/destruction-permit.ts';
import type { ContactId } from '../domain/ids.ts';
import type { WallMs } from '../domain/units.ts';
import { erasedFacts } from './erased-facts.ts';

const ROWS_A_STATEMENT = 200;

/**
 * Takes out of the journal whatever is personal of a call whose recording is destroyed: what was said and keyed, numbers, names of SIP. Its times, states, counts
 * and outcomes stay: what the hotline counts, it goes on counting. Idempotent. That it was done stands in `call_erasure`, without which the database refuses it.
 *
 * @param trx - of the destruction: the call is erased with its recording or not at all
 * @param permit - of the call's last recording
 * @throws IvrError DESTRUCTION_REFUSED
 */
export async function eraseCall(trx: Knex, contact: ContactId, now: WallMs, permit: DestructionPermit): Promise<void> {
  expectPermit(permit);
  await trx('call_erasure').insert({ contact, at: now }).onConflict('contact').ignore();
  for (let after = 0; ; ) {
    const rows: { readonly seq: number; readonly data: string }[] = await trx('call_event')
      .where({ contact })
      .where('seq', '>', after)
      .orderBy('seq')
      .limit(ROWS_A_STATEMENT)
      .select('seq', 'data');
    for (const { seq, data } of rows) {
      const erased = JSON.stringify(erasedFacts(JSON.parse(data) as Record<string, unknown>));
      if (erased !== data) await trx('call_event').where({ contact, seq }).update({ data: erased });
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < ROWS_A_STATEMENT) break;
    after = last.seq;
  }
  await trx('call').where({ contact }).update({ caller: '', callee: '' });
  await trx('sip_ladder').where({ contact }).delete();
  await trx('recording').where({ contact }).update({ path: null });
}
