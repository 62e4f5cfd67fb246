import { createHash } from 'node:crypto';
import { open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { IvrError, systemCode } from '../domain/error.ts';
import {
  aesGcmChunks,
  CHUNK_BYTES,
  type ChunkCipher,
  NONCE_PREFIX_BYTES,
  openChunks,
  type RangeSource,
} from '../lib/chunks.ts';
import { readFully } from '../lib/read-fully.ts';
import { deriveKey } from '../lib/wrap-key.ts';
import { DirectFile } from '../lib/direct-files.ts';
import { newWrappedKey, openWrappedKey, type SpoolKeys } from './spool/spool-keys.ts';

/*
 * The folder of a sealed recording. Its audio lies there in the clear or, where it only waits for the archive, encrypted: `<name>.enc`, chunks
 * (`lib/chunks.ts`) under a key of each file's own, which follows from the folder's. That one lies in `key.json`, wrapped under the spool's
 * keys. The manifest is in the clear, and says of each file what it is in the clear.
 */

const KEY_NAME = 'key.json';
const SUFFIX = '.enc';

/** What encrypted folders are opened with. */
export type SealedKeys = SpoolKeys;

/** A file of a sealed recording, where it lies. */
export interface SealedPath {
  readonly path: string;
  /** Undefined: it lies in the clear. */
  readonly key: Uint8Array | undefined;
}

export interface SealedFolder {
  /** @param path - relative to the folder, as its manifest has it */
  at(path: string): SealedPath;
  /** The files that are there, by the paths of the manifest. */
  paths(): Promise<readonly string[]>;
}

/** The folder's key is new, and durable when this resolves; its name is when the folder is synced. @param wrapping - of the spool's keys */
export async function makeEncryptedFolder(folder: string, wrapping: Uint8Array): Promise<SealedFolder> {
  const { key, wrapping: under, wrapped } = newWrappedKey(wrapping);
  using file = new DirectFile(join(folder, KEY_NAME), 0o600);
  file.write(Buffer.from(JSON.stringify({ wrapping: under, key: wrapped })));
  await file.sync();
  return folderUnder(folder, key.export());
}

/** In the clear. */
export const plainFolder = (folder: string): SealedFolder => folderUnder(folder, undefined);

/** As it was sealed. @throws IvrError KEYS_UNREADABLE when none of the keys opens it; what the file system throws */
export async function openSealedFolder(folder: string, keys: SpoolKeys | undefined): Promise<SealedFolder> {
  let text: string;
  try {
    text = await readFile(join(folder, KEY_NAME), 'utf8');
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return plainFolder(folder);
    throw thrown;
  }
  const key = keys === undefined ? undefined : openWrappedKey(parseKey(text), keys);
  if (key === undefined)
    throw new IvrError(
      'KEYS_UNREADABLE',
      keys === undefined
        ? `${folder}: it is encrypted until it is archived; its key is that of the spool (--config)`
        : `${folder}: none of the spool's keys opens it`,
      { path: folder },
    );
  return folderUnder(folder, key.export());
}

/** Its key first: whatever is left of its files on the disk is noise. One that is not there is gone already. */
export async function removeSealedFolder(folder: string): Promise<void> {
  try {
    await using file = await open(join(folder, KEY_NAME), 'r+');
    await file.write(Buffer.alloc((await file.stat()).size), 0);
    await file.datasync();
  } catch (thrown) {
    if (!['ENOENT', 'ENOTDIR'].includes(systemCode(thrown) ?? '')) throw thrown;
  }
  await rm(folder, { recursive: true, force: true });
}

export const isEncrypted = async (folder: string): Promise<boolean> =>
  (await readdir(folder).catch((): string[] => [])).includes(KEY_NAME);

/** @throws IvrError RECORDING_DAMAGED; what the file system throws */
export async function openSealedFile({ path, key }: SealedPath): Promise<RangeSource & AsyncDisposable> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const stored: RangeSource = { bytes: size, read: (from, to) => readFully(file, from, Math.min(to, size)) };
    const damaged = (what: string): IvrError =>
      new IvrError('RECORDING_DAMAGED', `${path} was changed: ${what}`, { path });
    const content = key === undefined ? stored : await openChunks(stored, 0, fileCipher(key), damaged);
    return {
      bytes: content.bytes,
      read: (from, to) => content.read(from, to),
      [Symbol.asyncDispose]: () => file.close(),
    };
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
}

/** SHA-256 of what a file holds, hexadecimal, each block given to `look` on the way. @throws as `openSealedFile` */
export async function hashSealedFile(at: SealedPath, look?: (block: Buffer, at: number) => void): Promise<string> {
  await using file = await openSealedFile(at);
  const hash = createHash('sha256');
  for (let from = 0; from < file.bytes; from += CHUNK_BYTES) {
    const read = await file.read(from, from + CHUNK_BYTES);
    const block = Buffer.from(read.buffer, read.byteOffset, read.byteLength);
    hash.update(block);
    look?.(block, from);
  }
  return hash.digest('hex');
}

/** Each key serves one file, which is written once: the nonces may begin alike. */
export const fileCipher = (key: Uint8Array): ChunkCipher =>
  aesGcmChunks(key, new Uint8Array(NONCE_PREFIX_BYTES), new Uint8Array(0));

const folderUnder = (folder: string, key: Uint8Array | undefined): SealedFolder => ({
  at: (path) =>
    key === undefined
      ? { path: join(folder, path), key }
      : { path: join(folder, path + SUFFIX), key: deriveKey(key, new Uint8Array(0), `sealed file ${path}`) },
  async paths() {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const names = entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length).replace(/^\/+/, ''));
    if (key === undefined) return names;
    return names
      .filter((name) => name !== KEY_NAME)
      .map((name) => (name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : name));
  },
});

function parseKey(text: string): { readonly wrapping: string; readonly key: string } {
  try {
    const { wrapping, key } = JSON.parse(text) as Partial<Record<'wrapping' | 'key', string>>;
    return { wrapping: String(wrapping), key: String(key) };
  } catch {
    return { wrapping: '', key: '' };
  }
}
