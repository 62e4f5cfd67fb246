import { type WallMs, wallMs } from '../../domain/units.ts';
import type { Knex } from 'knex';
import { timeOfUuid } from '../../domain/ids.ts';
import { isSqlite } from '../../storage/migrations.ts';
import { PARTED } from './index-migrations.ts';

/* PostgreSQL's tables by month. A UUIDv7 begins with its time: a range of ids is a range of time, and an id names its partition. */

/** The lowest id of that time. */
export function firstIdAt(at: WallMs): string {
  const hex = Math.max(0, Math.floor(at)).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

const monthOf = (at: WallMs): string => new Date(at).toISOString().slice(0, 7);
const startOf = (month: string): WallMs => wallMs(Date.parse(`${month}-01T00:00:00Z`));
export function monthAfter(at: WallMs, months: number): WallMs {
  const date = new Date(startOf(monthOf(at)));
  return wallMs(date.setUTCMonth(date.getUTCMonth() + months));
}

export interface Partitions {
  /** Makes those that these ids need and that are not there. */
  ensure(ids: readonly string[]): Promise<void>;
}

/** Among PostgreSQL's advisory locks: two nodes must not make the same one at the same time. */
const PARTITION_LOCK = 7_353_213;

export function openPartitions(knex: Knex): Partitions {
  /** Those that are there, or being made: the first calls of a month come together. */
  const made = new Map<string, Promise<void>>();
  async function make(month: string): Promise<void> {
    const [from, to] = [firstIdAt(startOf(month)), firstIdAt(monthAfter(startOf(month), 1))];
    await knex.transaction(async (trx) => {
      await trx.raw('select pg_advisory_xact_lock(?)', [PARTITION_LOCK]);
      const suffix = month.replace('-', '_');
      for (const table of Object.keys(PARTED))
        await trx.raw(
          `create table if not exists ${table}_${suffix} partition of ${table} for values from ('${from}') to ('${to}')`,
        );
      // what is known of frequent tokens makes plans slow, and the index is used in any case
      await trx.raw(`alter table archive_words_${suffix} alter column tokens set statistics 0`);
    });
  }
  return {
    async ensure(ids) {
      if (isSqlite(knex)) return;
      for (const month of new Set(ids.map((id) => monthOf(wallMs(timeOfUuid(id)))))) {
        const making = made.get(month) ?? make(month);
        made.set(month, making);
        await making.catch((thrown: unknown) => {
          made.delete(month);
          throw thrown;
        });
      }
    },
  };
}
