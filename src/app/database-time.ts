import type { Config } from '../config/schema.ts';
import { IvrError } from '../domain/error.ts';
import { type WallMs, wallMs } from '../domain/units.ts';
import { isLoopback, parsePostgresqlUrl } from '../lib/postgresql-address.ts';
import type { Storage } from '../storage/storage.ts';

/** By the clock of a database on another machine; undefined: there is none, and ours is no witness to itself. @throws IvrError STORAGE_FAILED */
export async function databaseTime({ knex }: Storage, { storage }: Config): Promise<WallMs | undefined> {
  const address = storage.url === '' ? undefined : parsePostgresqlUrl(storage.url);
  if (address === undefined || 'problem' in address || isLoopback(address.host)) return undefined;
  const answer: { rows: readonly { at: unknown }[] } = await knex.raw(
    'select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as at',
  );
  const at = Number(answer.rows[0]?.at);
  if (!Number.isFinite(at)) throw new IvrError('STORAGE_FAILED', 'the database does not report its time');
  return wallMs(at);
}
