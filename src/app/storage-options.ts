import { readFile } from 'node:fs/promises';
import type { Config } from '../config/schema.ts';
import { IvrError, systemCode } from '../domain/error.ts';
import { parsePostgresqlUrl } from '../lib/postgresql-address.ts';
import type { DatabaseServer, StorageOptions } from '../storage/open-storage.ts';

/** The database that the configuration names. @throws IvrError CONFIG_INVALID when a file of it cannot be read */
export async function storageOptions({ storage }: Config): Promise<Omit<StorageOptions, 'migrations'>> {
  const node = storage.node === '' ? {} : { node: storage.node };
  if (storage.url === '') return { file: storage.file, ...node };
  return { file: storage.file, server: await serverOf(storage), ...node };
}

async function serverOf({ url, password_file, ca_file, connections }: Config['storage']): Promise<DatabaseServer> {
  const address = parsePostgresqlUrl(url);
  if ('problem' in address) throw new IvrError('CONFIG_INVALID', `storage.url ${address.problem}`);
  const password = password_file === '' ? address.password : (await read('password_file', password_file)).trim();
  return {
    address: { ...address, password },
    connections,
    ...(ca_file === '' ? {} : { ca: await read('ca_file', ca_file) }),
  };
}

async function read(key: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    const cause = systemCode(thrown) ?? 'unknown';
    throw new IvrError('CONFIG_INVALID', `storage.${key}: ${file} cannot be read (${cause})`, {}, thrown);
  }
}
