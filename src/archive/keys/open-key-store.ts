import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../lib/durable-folder.ts';
import { readBackupNote } from './backup.ts';
import { epochOf, openEpochs } from './epochs.ts';
import type { KeyStore } from './key-store.ts';
import { newRootKey, readRootKey, rootId, writeRootKey } from './root-key.ts';
import { destroyed, openSecretLog, unreadable } from './secret-log.ts';
import { deriveKey, KEY_BYTES, unwrapKey, wrapKey } from '../../lib/wrap-key.ts';

/**
 * The key store in a folder: `root.key`, `epochs/`, `secrets/`, all 0600 in 0700. An empty folder becomes a new one; one that has lost its
 * root key is refused, not begun anew.
 *
 * @throws IvrError KEYS_UNREADABLE, DISK_FULL
 */
export async function openKeyStore(folder: string): Promise<KeyStore> {
  await makeFolder(folder);
  let root = await readRootKey(folder);
  if (root === undefined) {
    const left = (await readdir(folder)).filter((name) => name === 'epochs' || name === 'secrets');
    if (left.length > 0)
      throw unreadable(
        join(folder, 'root.key'),
        'it is missing, and recordings were sealed under it: `tellerline archive keys restore` with its backup',
      );
    await writeRootKey(folder, newRootKey());
    root = await readRootKey(folder);
  }
  if (root === undefined) throw unreadable(folder, 'the root key that was just written is not there');
  const held = root;
  const epochs = openEpochs(join(folder, 'epochs'), held);
  const secrets = openSecretLog(join(folder, 'secrets'));
  const wrapping = (kek: Uint8Array, secret: Uint8Array, recording: string): Uint8Array =>
    deriveKey(kek, secret, `data key ${recording}`);

  return {
    async createDataKey(recording, retentionClass, startedAt) {
      const epoch = epochOf(retentionClass, startedAt);
      const kek = await epochs.key(epoch, true);
      const secret = await secrets.make(recording);
      const key = new Uint8Array(randomBytes(KEY_BYTES));
      const wrapped = wrapKey(wrapping(kek, secret, recording), key);
      return { key, wrapped: { epoch, wrapped: Buffer.from(wrapped).toString('base64') } };
    },
    async openDataKey(recording, { epoch, wrapped }) {
      const secret = await secrets.find(recording);
      if (secret === 'destroyed') throw destroyed(recording);
      if (secret === undefined)
        throw unreadable(
          folder,
          `the secret of recording ${recording} is missing; restore it from a backup of the key folder`,
        );
      const kek = await epochs.key(epoch, false);
      const key = unwrapKey(wrapping(kek, secret, recording), Buffer.from(wrapped, 'base64'));
      if (key === undefined)
        throw unreadable(folder, `the key of recording ${recording} was not wrapped here, or was changed`);
      return key;
    },
    async has(recording) {
      const secret = await secrets.find(recording);
      return secret !== undefined && secret !== 'destroyed';
    },
    isDestroyed: async (recording) => (await secrets.find(recording)) === 'destroyed',
    destroySecret: (recording) => secrets.destroy(recording),
    destroyEpoch: (epoch) => epochs.destroy(epoch),
    deriveKey: (purpose) => deriveKey(held, new Uint8Array(0), `purpose ${purpose}`),
    async state() {
      const note = await readBackupNote(folder);
      const backedUp = note !== undefined && note.root === rootId(held) ? note.at : undefined;
      const problems =
        backedUp === undefined
          ? [
              `the root key in ${folder} has no backup: without it every recording is lost with this disk. Run \`tellerline archive keys backup\``,
            ]
          : [];
      return { location: folder, epochs: await epochs.list(), backedUp, problems };
    },
    [Symbol.asyncDispose]() {
      held.fill(0);
      return Promise.resolve();
    },
  };
}
