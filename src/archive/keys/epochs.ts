import { randomBytes } from 'node:crypto';
import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { IvrError, systemCode } from '../../domain/error.ts';
import { createFile, replaceFile } from '../../lib/place-file.ts';
import type { KeyEpoch, KeyEpochId } from './key-store.ts';
import { unreadable } from './secret-log.ts';
import type { CryptoProfile } from '../../lib/crypto-profile.ts';
import { KEY_BYTES } from '../../lib/wrap-key.ts';
import { unwrap, wrap, type WrappingKey } from './wrapping.ts';

/* Key-encryption keys, one a class and month, each a file `<class>.<yyyy-mm>.kek`, wrapped under the root key. */

const EPOCH = /^[a-z0-9][a-z0-9-]{0,63}\.\d{4}-\d{2}$/;
const DESTROYED = 'destroyed';

export interface Epochs {
  /** @throws IvrError KEY_DESTROYED, KEYS_UNREADABLE */
  key(id: KeyEpochId, make: boolean): Promise<Uint8Array>;
  list(): Promise<readonly KeyEpoch[]>;
  /** Overwrites the wrapped key in its place, then says so in its file. Idempotent. */
  destroy(id: KeyEpochId): Promise<void>;
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

export function openEpochs(folder: string, root: Uint8Array, profile: CryptoProfile): Epochs {
  const wrapping: WrappingKey = { key: root, salt: new Uint8Array(0), purpose: 'epoch wrapping' };
  const keys = new Map<KeyEpochId, Uint8Array>();
  const pathOf = (id: KeyEpochId): string => {
    if (!EPOCH.test(id)) throw unreadable(folder, 'a recording names an unknown key epoch');
    return join(folder, `${id}.kek`);
  };
  const read = async (path: string): Promise<string | undefined> => {
    try {
      return (await readFile(path, 'utf8')).trimEnd();
    } catch (thrown) {
      if (systemCode(thrown) === 'ENOENT') return undefined;
      throw unreadable(path, `it cannot be read (${systemCode(thrown) ?? 'unknown'})`, thrown);
    }
  };
  return {
    async key(id, make) {
      const known = keys.get(id);
      if (known !== undefined) return known;
      const path = pathOf(id);
      let text = await read(path);
      if (text === undefined && make) {
        // whoever comes second reads what the first one made
        await createFile(path, Buffer.from(wrap(wrapping, randomBytes(KEY_BYTES), profile)));
        text = await read(path);
      }
      if (text === undefined) throw unreadable(path, 'it is missing; restore it from a backup of the key folder');
      if (text === DESTROYED) throw new IvrError('KEY_DESTROYED', `the keys of ${id} were destroyed`, { epoch: id });
      const key = unwrap(wrapping, text);
      if (key === undefined) throw unreadable(path, 'it was made under another root key, or was changed');
      keys.set(id, key);
      return key;
    },
    async list() {
      const names = await readdir(folder).catch((thrown: unknown) => {
        if (systemCode(thrown) === 'ENOENT') return [];
        throw unreadable(folder, `it cannot be read (${systemCode(thrown) ?? 'unknown'})`, thrown);
      });
      const ids = names.filter((name) => name.endsWith('.kek')).map((name) => name.slice(0, -4));
      return Promise.all(
        ids
          .filter((id) => EPOCH.test(id))
          .toSorted()
          .map(async (id) => ({
            id,
            state: (await read(pathOf(id))) === DESTROYED ? ('destroyed' as const) : ('active' as const),
          })),
      );
    },
    async destroy(id) {
      const path = pathOf(id);
      keys.delete(id);
      const text = await read(path);
      if (text === undefined || text === DESTROYED) return;
      await using file = await open(path, 'r+');
      await file.write(Buffer.alloc(text.length), 0, text.length, 0);
      await file.sync();
      await replaceFile(path, Buffer.from(DESTROYED));
    },
  };
}
