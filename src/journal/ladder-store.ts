import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import type { Knex } from 'knex';
import type { ContactId } from '../domain/ids.ts';
import type { SipLadder } from '../domain/sip-ladder.ts';
import type { WallMs } from '../domain/units.ts';
import type { Storage } from '../storage/storage.ts';
import { orStorageFailed } from '../storage/storage-failure.ts';

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** Of one call, as text; a ladder holds less. */
const MOST_BYTES = 4_000_000;

export interface LadderStore {
  /** Nothing is written of a call that has been erased. @throws IvrError STORAGE_FAILED */
  put(contact: ContactId, ladder: SipLadder, at: WallMs): Promise<void>;
  /** @throws IvrError STORAGE_FAILED */
  find(contact: string): Promise<SipLadder | undefined>;
  /**
   * @param kept - a query for the contacts whose ladders stay all the same
   * @returns how many went
   * @throws IvrError STORAGE_FAILED
   */
  dropBefore(at: WallMs, kept: Knex.QueryBuilder): Promise<number>;
}

/** The SIP messages of the calls that are over, a row each; erased with the journal of their call. */
export function openLadderStore({ knex }: Pick<Storage, 'knex'>): LadderStore {
  return {
    async put(contact, ladder, at) {
      const deflated = await deflate(JSON.stringify(ladder));
      await orStorageFailed(
        'writing a SIP ladder',
        knex.transaction(async (trx) => {
          if ((await trx('call_erasure').where({ contact }).first('contact')) !== undefined) return;
          await trx('sip_ladder').insert({ contact, at, deflated }).onConflict('contact').merge();
        }),
      );
    },
    async find(contact) {
      const row = await orStorageFailed(
        'reading a SIP ladder',
        knex<{ readonly contact: string; readonly deflated: Uint8Array }>('sip_ladder').where({ contact }).first(),
      );
      if (row === undefined) return undefined;
      const text = await inflate(row.deflated, { maxOutputLength: MOST_BYTES });
      return JSON.parse(text.toString('utf8')) as SipLadder;
    },
    dropBefore: (at, kept) =>
      orStorageFailed(
        'dropping old SIP ladders',
        knex('sip_ladder').where('at', '<', at).whereNotIn('contact', kept).delete(),
      ),
  };
}
