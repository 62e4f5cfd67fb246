import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expectPermit } from '../../domain/destruction-permit.ts';
import { makeFolder } from '../../lib/durable-folder.ts';
import { readBackupNote } from './backup.ts';
import { epochOf, type Epochs, openEpochs } from './epochs.ts';
import type { KeyStore, SyncedKeys, SyncOptions } from './key-store.ts';
import { newRootKey, readRootKey, rootId, writeRootKey } from './root-key.ts';
import { mirroredSecrets, syncSecrets } from './mirrored-secrets.ts';
import { destroyed, openSecretLog, type SecretLog, unreadable } from './secret-log.ts';
import type { CryptoProfile } from '../../lib/crypto-profile.ts';
import { deriveKey, KEY_BYTES } from '../../lib/wrap-key.ts';
import { unwrap, wrap, type WrappingKey } from './wrapping.ts';

/**
 * The key store in a folder: `root.key`, `epochs/`, `secrets/`, all 0600 in 0700. An empty folder becomes a new one; one that has lost its
 * root key is refused, not begun anew.
 *
 * @param profile - how new keys are wrapped; what is wrapped by the other is read, too
 * @param copy - a second folder for `epochs/` and `secrets/`, of no use without the root key
 * @throws IvrError KEYS_UNREADABLE, DISK_FULL
 */
export async function openKeyStore(
  folder: string,
  profile: CryptoProfile = 'international',
  copy?: string,
): Promise<KeyStore> {
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
  const epochs = openEpochs(
    join(folder, 'epochs'),
    held,
    profile,
    copy === undefined ? undefined : join(copy, 'epochs'),
  );
  const own = openSecretLog(join(folder, 'secrets'));
  const other = copy === undefined ? undefined : openSecretLog(join(copy, 'secrets'));
  const secrets = other === undefined ? own : mirroredSecrets(own, other);
  const wrapping = (kek: Uint8Array, secret: Uint8Array, recording: string): WrappingKey => ({
    key: kek,
    salt: secret,
    purpose: `data key ${recording}`,
  });

  const purposes = new Set<string>();
  const derived = (purpose: string): Uint8Array => deriveKey(held, new Uint8Array(0), `purpose ${purpose}`);

  return {
    async createDataKey(recording, retentionClass, startedAt) {
      const epoch = epochOf(retentionClass, startedAt);
      const kek = await epochs.key(epoch, true);
      const secret = await secrets.make(recording);
      const key = new Uint8Array(randomBytes(KEY_BYTES));
      return { key, wrapped: { epoch, wrapped: wrap(wrapping(kek, secret, recording), key, profile) } };
    },
    async openDataKey(recording, { epoch, wrapped }) {
      const secret = await secrets.find(recording);
      if (secret === 'destroyed') throw destroyed(recording);
      if (secret === undefined)
        throw unreadable(
          folder,
          `it has no secret of recording ${recording}: another node recorded it, or the secret was lost and has to come back from a backup of the key folder`,
        );
      const kek = await epochs.key(epoch, false);
      const key = unwrap(wrapping(kek, secret, recording), wrapped);
      if (key === undefined)
        throw unreadable(folder, `the key of recording ${recording} was not wrapped here, or was changed`);
      return key;
    },
    async has(recording) {
      const secret = await secrets.find(recording);
      return secret !== undefined && secret !== 'destroyed';
    },
    isDestroyed: async (recording) => (await secrets.find(recording)) === 'destroyed',
    destroySecret: async (permit) => secrets.destroy(expectPermit(permit)),
    syncCopy: (options) => syncBoth(epochs, own, other, options),
    async keysAbove(recording, epoch) {
      const secret = await secrets.find(recording);
      return [
        { name: 'root key', bytes: Uint8Array.from(held) },
        { name: `key-encryption key ${epoch}`, bytes: Uint8Array.from(await epochs.key(epoch, false)) },
        ...(secret === undefined || secret === 'destroyed'
          ? []
          : [{ name: 'shred secret', bytes: Uint8Array.from(secret) }]),
        ...[...purposes].map((purpose) => ({ name: `key of ${purpose}`, bytes: derived(purpose) })),
      ];
    },
    deriveKey(purpose) {
      purposes.add(purpose);
      return derived(purpose);
    },
    async state() {
      const note = await readBackupNote(folder);
      const backedUp = note !== undefined && note.root === rootId(held) ? note.at : undefined;
      const problems =
        backedUp === undefined
          ? [
              `the root key in ${folder} has no backup: without it every recording is lost with this disk. Run \`tellerline archive keys backup\``,
            ]
          : [];
      return { location: folder, copy, epochs: await epochs.list(), backedUp, problems };
    },
    [Symbol.asyncDispose]() {
      held.fill(0);
      return Promise.resolve();
    },
  };
}

async function syncBoth(
  epochs: Pick<Epochs, 'sync'>,
  own: SecretLog,
  other: SecretLog | undefined,
  options: SyncOptions,
): Promise<SyncedKeys> {
  if (other === undefined) return { changed: 0, undecided: [] };
  const written = await epochs.sync();
  const synced = await syncSecrets(own, other, options);
  return { ...synced, changed: written + synced.changed };
}
