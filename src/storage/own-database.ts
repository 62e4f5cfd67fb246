import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import createKnex from 'knex';
import { IvrError, systemCode } from '../domain/error.ts';

/**
 * Makes this process the only Tellerline on a database: a second one would end the first one's live calls as crashed and
 * number its events anew. Others may read. The lock is SQLite's own, on a file beside the database; the kernel gives
 * it back when the process dies, however it dies.
 *
 * @throws IvrError STORAGE_FAILED when another process has it
 */
export async function ownDatabase(
  file: string,
  {
    name = 'the database',
    setting = 'storage.file',
    makeFolder = false,
  }: { readonly name?: string; readonly setting?: string; readonly makeFolder?: boolean } = {},
): Promise<AsyncDisposable> {
  if (makeFolder) await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const knex = createKnex({
    client: 'sqlite3',
    connection: { filename: `${file}.lock` },
    useNullAsDefault: true,
    pool: { min: 1, max: 1 }, // the transaction lives in the one connection
    log: { warn: () => undefined, error: () => undefined, debug: () => undefined, deprecate: () => undefined },
  });
  try {
    await knex.raw('BEGIN EXCLUSIVE');
  } catch (thrown) {
    await knex.destroy();
    if (systemCode(thrown) !== 'SQLITE_BUSY') throw thrown;
    throw new IvrError(
      'STORAGE_FAILED',
      `${name} ${file} is in use by another Tellerline; stop it, or set another ${setting}`,
      { path: file, cause: 'SQLITE_BUSY' },
      thrown,
    );
  }
  return { [Symbol.asyncDispose]: () => knex.destroy() };
}
