import { randomBytes } from 'node:crypto';
import { constants, type Dirent } from 'node:fs';
import { copyFile, link, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { IvrError, systemCode } from '../../domain/error.ts';
import { wallMs } from '../../domain/units.ts';
import { makeFolder, syncFolder } from '../../lib/durable-folder.ts';
import { placeFile } from '../../lib/place-file.ts';
import { readFully } from '../../lib/read-fully.ts';
import type { BlobContent, BlobLock, BlobRef, BlobState, Blobs, StoredBlob } from './blobs.ts';
import { conflict, covers, digestOf, expectKey, expectRemovable, locked, missing, partsOf } from './content.ts';
import { type FileLocks, type FileProtection, LOCK, openFileLocks, undefinedWhenMissing } from './file-locks.ts';

/*
 * Objects as files below a folder, their locks beside them (`<key>.lock`). The locks keep every part of Tellerline from destroying what
 * is under retention; they do not bind whoever is root on the machine, as those of an S3 store do.
 */

const VERSION = '1';

/**
 * @param wall - Unix time, ms
 * @throws IvrError RECORDINGS_UNWRITABLE, DISK_FULL
 */
export async function openFileBlobs(folder: string, wall: () => number): Promise<Blobs> {
  const incoming = join(folder, '.new');
  await safely(folder, () => makeFolder(incoming));
  // what a crash left half written; a worker thread opens the store beside the main thread, which may be writing
  if (isMainThread) for (const name of await readdir(incoming)) await rm(join(incoming, name), { force: true });
  const pathOf = (key: string): string => {
    expectKey(key);
    return join(folder, key);
  };
  const locks = openFileLocks(pathOf, wall);
  const sizeOf = async (key: string): Promise<number | undefined> =>
    (await stat(pathOf(key)).catch(undefinedWhenMissing))?.size;
  const expectThere = async (key: string): Promise<FileProtection> => {
    if ((await sizeOf(key)) === undefined) throw missing(key);
    return (await locks.protectionOf(key)) ?? { lock: { mode: 'GOVERNANCE', until: wallMs(0) }, legalHold: false };
  };
  const write = fileWriter(incoming, pathOf, locks);
  const self: Blobs = {
    kind: 'files',
    location: folder,
    get copies() {
      return [self];
    },
    put: (key, content, lock) => write(key, content, lock, placeFile),
    rewrite: (key, content, lock) =>
      write(key, content, lock, async (beside, path) => {
        await rename(beside, path);
        await syncFolder(dirname(path));
      }),
    read: ({ key }, from, to) =>
      safely(key, async () => {
        await using file = await open(pathOf(key), 'r').catch(undefinedWhenMissing);
        if (file === undefined) throw missing(key);
        return await readFully(file, from, Math.min(to, (await file.stat()).size));
      }),
    find: (key) => safely(key, async () => ((await sizeOf(key)) === undefined ? undefined : { key, version: VERSION })),
    state: ({ key }) =>
      safely(key, async (): Promise<BlobState> => {
        const bytes = await sizeOf(key);
        if (bytes === undefined) throw missing(key);
        const found = await locks.protectionOf(key);
        return { key, version: VERSION, bytes, lock: found?.lock, legalHold: found?.legalHold ?? false };
      }),
    async *list(prefix) {
      for await (const key of keysBelow(folder, prefix)) {
        const bytes = await sizeOf(key);
        if (bytes !== undefined) yield { key, version: VERSION, bytes } satisfies BlobRef & { bytes: number };
      }
    },
    lock: ({ key }, lock) =>
      safely(key, async () => {
        const { lock: known, legalHold } = await expectThere(key);
        if (!covers(lock, known)) throw locked(key, 'would be locked for less than it is');
        await locks.protect(key, { lock, legalHold });
      }),
    setLegalHold: ({ key }, on) =>
      safely(key, async () => locks.protect(key, { lock: (await expectThere(key)).lock, legalHold: on })),
    remove: (key, permit) =>
      safely(key, async () => {
        expectRemovable(key, permit);
        const path = pathOf(key);
        const why = await locks.protectedNow(key);
        if (why !== undefined) throw locked(key, why);
        await unlink(path).catch(undefinedWhenMissing);
        await unlink(path + LOCK).catch(undefinedWhenMissing);
        await syncFolder(dirname(path)).catch(undefinedWhenMissing);
        if ((await sizeOf(key)) !== undefined) throw locked(key, 'is there again after it was removed');
      }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return self;
}

type Place = (beside: string, path: string) => Promise<unknown>;

/** @returns what writes an object; `place` gives what lies beside its name */
function fileWriter(incoming: string, pathOf: (key: string) => string, locks: FileLocks) {
  return (key: string, content: BlobContent, lock: BlobLock, place: Place): Promise<StoredBlob> =>
    safely(key, async () => {
      const path = pathOf(key);
      const wanted = await digestOf(partsOf(content));
      const known = await locks.protectionOf(key);
      // locked before it is there: at no time is it there unlocked
      await makeFolder(dirname(path));
      if (!covers(known?.lock, lock)) await locks.protect(key, { lock, legalHold: known?.legalHold ?? false });
      const beside = join(incoming, randomBytes(8).toString('hex'));
      try {
        await bring(content, beside);
        await place(beside, path);
      } finally {
        await rm(beside, { force: true });
      }
      const stored = await digestOf(partsOf({ file: path }));
      if (stored.sha256 !== wanted.sha256) throw conflict(key);
      return { key, version: VERSION, bytes: stored.bytes, sha256: stored.sha256 };
    });
}

/** A file on the same disk is not copied: both names are of the one content. */
async function bring(content: BlobContent, to: string): Promise<void> {
  if (content instanceof Uint8Array) {
    await using file = await open(to, 'wx', 0o600);
    await file.writeFile(content);
    return file.sync();
  }
  try {
    await link(content.file, to);
  } catch (thrown) {
    if (systemCode(thrown) !== 'EXDEV' && systemCode(thrown) !== 'EPERM') throw thrown;
    await copyFile(content.file, to, constants.COPYFILE_EXCL);
  }
  await using file = await open(to, 'r');
  await file.sync();
}

async function* keysBelow(folder: string, prefix: string, inner = ''): AsyncGenerator<string, void, void> {
  const entries = await readdir(join(folder, inner), { withFileTypes: true }).catch(undefinedWhenMissing);
  // in the order of the keys: a folder's are its name and a slash
  const nameOf = (entry: Dirent): string => (entry.isDirectory() ? `${entry.name}/` : entry.name);
  for (const entry of (entries ?? []).toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))) {
    const key = inner === '' ? entry.name : `${inner}/${entry.name}`;
    if (entry.name.startsWith('.') || entry.name.endsWith(LOCK)) continue;
    if (entry.isDirectory()) {
      if (prefix.startsWith(`${key}/`) || `${key}/`.startsWith(prefix)) yield* keysBelow(folder, prefix, key);
    } else if (key.startsWith(prefix) && !entry.name.endsWith('.new')) yield key;
  }
}

async function safely<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof IvrError) throw thrown;
    const cause = systemCode(thrown) ?? 'unknown';
    const full = cause === 'ENOSPC' || cause === 'EDQUOT';
    throw new IvrError(full ? 'DISK_FULL' : 'BLOBS_UNREACHABLE', `${what}: ${cause}`, { what, cause }, thrown);
  }
}
