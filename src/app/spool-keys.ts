import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { openKeyStore } from '../archive/keys/open-key-store.ts';
import type { Config } from '../config/schema.ts';
import { IvrError } from '../domain/error.ts';
import { diskError } from '../recording/disk-error.ts';
import { readSpoolKey, type SpoolKeys } from '../recording/spool/spool-keys.ts';
import { archivePlaces } from './archive-places.ts';

/**
 * What the keys of the spool are wrapped under: derived from the archive's root key or, without an archive, the key in `spool.key` beside
 * `storage.file`. The other one, where it is there, still opens what an earlier start left before the archive was switched on or off.
 *
 * @throws IvrError KEYS_UNREADABLE, DISK_FULL, RECORDINGS_UNWRITABLE
 */
export async function spoolKeys(config: Config): Promise<SpoolKeys> {
  const folder = archivePlaces(config).keys;
  const file = join(dirname(resolve(config.storage.file)), 'spool.key');
  try {
    if (config.archive.enabled) {
      const former = await readSpoolKey(file, false);
      return { wrapping: await derived(folder), former: former === undefined ? [] : [former] };
    }
    const wrapping = await readSpoolKey(file, true);
    if (wrapping === undefined) throw new IvrError('KEYS_UNREADABLE', `${file}: it was removed`, { path: file });
    const archived = (await stat(join(folder, 'root.key')).catch(() => undefined)) !== undefined;
    return { wrapping, former: archived ? [await derived(folder)] : [] };
  } catch (thrown) {
    if (thrown instanceof IvrError) throw thrown;
    throw diskError('the keys (archive.keys.directory) cannot be opened', { path: folder }, thrown);
  }
}

/**
 * The same for whoever only reads: nothing is made. Undefined: there is no key.
 *
 * @throws IvrError KEYS_UNREADABLE
 */
export async function knownSpoolKeys(config: Config): Promise<SpoolKeys | undefined> {
  const folder = archivePlaces(config).keys;
  const own = await readSpoolKey(join(dirname(resolve(config.storage.file)), 'spool.key'), false);
  const archived = (await stat(join(folder, 'root.key')).catch(() => undefined)) !== undefined;
  const [wrapping, ...former] = [...(archived ? [await derived(folder)] : []), ...(own === undefined ? [] : [own])];
  return wrapping === undefined ? undefined : { wrapping, former };
}

async function derived(folder: string): Promise<Uint8Array> {
  await using keys = await openKeyStore(folder);
  return keys.deriveKey('spool');
}
