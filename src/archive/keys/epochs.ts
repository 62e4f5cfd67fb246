import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../../domain/error.ts';
import { createFile } from '../../lib/place-file.ts';
import type { KeyEpochId } from './key-store.ts';
import { safely, unreadable } from './secret-log.ts';
import type { CryptoProfile } from '../../lib/crypto-profile.ts';
import { KEY_BYTES } from '../../lib/wrap-key.ts';
import { unwrap, wrap, type WrappingKey } from './wrapping.ts';

/* Key-encryption keys, one a class and month, each a file `<class>.<yyyy-mm>.kek`, wrapped under the root key. */

const EPOCH = /^[a-z0-9][a-z0-9-]{0,63}\.\d{4}-\d{2}$/;

export interface Epochs {
  /** @throws IvrError KEYS_UNREADABLE, DISK_FULL */
  key(id: KeyEpochId, make: boolean): Promise<Uint8Array>;
  /** Those that there are, in order. @throws IvrError KEYS_UNREADABLE */
  list(): Promise<readonly KeyEpochId[]>;
  /** Brings the folder and its copy to the same files. @returns how many were written @throws IvrError KEYS_UNREADABLE, DISK_FULL */
  sync(): Promise<number>;
}

/** @param retentionClass - as configured; what a file's name does not bear becomes `-` */
export function epochOf(retentionClass: string, startedAt: number): KeyEpochId {
  const name = retentionClass
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 64);
  return `${name === '' ? 'class' : name}.${new Date(startedAt).toISOString().slice(0, 7)}`;
}

/** @param copy - a second folder with the same files; undefined: there is none */
export function openEpochs(folder: string, root: Uint8Array, profile: CryptoProfile, copy: string | undefined): Epochs {
  const wrapping: WrappingKey = { key: root, salt: new Uint8Array(0), purpose: 'epoch wrapping' };
  const keys = new Map<KeyEpochId, Uint8Array>();
  const nameOf = (id: KeyEpochId): string => {
    if (!EPOCH.test(id)) throw unreadable(folder, 'a recording names an unknown key epoch');
    return `${id}.kek`;
  };
  const read = async (path: string): Promise<string | undefined> => {
    try {
      return (await readFile(path, 'utf8')).trimEnd();
    } catch (thrown) {
      if (systemCode(thrown) === 'ENOENT') return undefined;
      throw unreadable(path, `it cannot be read (${systemCode(thrown) ?? 'unknown'})`, thrown);
    }
  };
  /** @returns whether it was missing there */
  const bring = async (id: KeyEpochId, from: string, to: string): Promise<boolean> => {
    const [text, there] = [await read(join(from, nameOf(id))), await read(join(to, nameOf(id)))];
    if (text === undefined || text === there) return false;
    if (there !== undefined) throw unreadable(join(to, nameOf(id)), `it is not the file that ${from} has`);
    return safely(to, () => createFile(join(to, nameOf(id)), Buffer.from(text)));
  };
  /** Nothing is sealed under a key that has not been copied. */
  const copied = new Set<KeyEpochId>();
  const ensureCopy = async (id: KeyEpochId): Promise<void> => {
    if (copy === undefined || copied.has(id)) return;
    await bring(id, folder, copy);
    copied.add(id);
  };
  return {
    async key(id, make) {
      const known = keys.get(id);
      if (known !== undefined && make) await ensureCopy(id);
      if (known !== undefined) return known;
      const path = join(folder, nameOf(id));
      let text = await read(path);
      if (text === undefined && copy !== undefined) {
        await bring(id, copy, folder);
        text = await read(path);
      }
      if (text === undefined && make) {
        // whoever comes second reads what the first one made
        await createFile(path, Buffer.from(wrap(wrapping, randomBytes(KEY_BYTES), profile)));
        text = await read(path);
      }
      if (text === undefined) throw unreadable(path, 'it is missing; restore it from a backup of the key folder');
      if (make) await ensureCopy(id);
      const key = unwrap(wrapping, text);
      if (key === undefined) throw unreadable(path, 'it was made under another root key, or was changed');
      keys.set(id, key);
      return key;
    },
    list: () => idsIn(folder),
    async sync() {
      if (copy === undefined) return 0;
      let written = 0;
      for (const [from, to] of [
        [folder, copy],
        [copy, folder],
      ] as const)
        for (const id of await idsIn(from)) written += (await bring(id, from, to)) ? 1 : 0;
      return written;
    },
  };
}

async function idsIn(folder: string): Promise<readonly KeyEpochId[]> {
  const names = await readdir(folder).catch((thrown: unknown) => {
    if (systemCode(thrown) === 'ENOENT') return [];
    throw unreadable(folder, `it cannot be read (${systemCode(thrown) ?? 'unknown'})`, thrown);
  });
  return names
    .filter((name) => name.endsWith('.kek'))
    .map((name) => name.slice(0, -4))
    .filter((id) => EPOCH.test(id))
    .toSorted();
}
