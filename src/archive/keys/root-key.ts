import { randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { IvrError, systemCode } from '../../domain/error.ts';
import { createFile } from '../../lib/place-file.ts';
import { unreadable } from './secret-log.ts';
import { deriveKey, KEY_BYTES } from '../../lib/wrap-key.ts';

/*
 * root.key: the one key that everything else in the key folder is wrapped under. Epochs' keys and secrets are of no use
 * without it; it is what is backed up.
 */

const FORMAT = 'tellerline-root-key 1';

/** Names a root key without telling anything of it: a backup says which one it is of. */
export const rootId = (root: Uint8Array): string =>
  Buffer.from(deriveKey(root, new Uint8Array(0), 'root key id'))
    .toString('hex')
    .slice(0, 16);

const pathOf = (folder: string): string => join(folder, 'root.key');

/** Undefined: there is none. @throws IvrError KEYS_UNREADABLE: it is not one of our keys, or others may read it */
export async function readRootKey(folder: string): Promise<Uint8Array | undefined> {
  const path = pathOf(folder);
  let text: string;
  try {
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0)
      throw unreadable(path, `others may read it (mode ${(mode & 0o777).toString(8)}); chmod 600 it`);
    text = await readFile(path, 'utf8');
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return undefined;
    if (thrown instanceof IvrError) throw thrown;
    throw unreadable(path, `it cannot be read (${systemCode(thrown) ?? 'unknown'})`, thrown);
  }
  const [format = '', id = '', key = ''] = text.trimEnd().split('\n');
  const root = Buffer.from(key, 'base64');
  if (format !== FORMAT || root.length !== KEY_BYTES || rootId(root) !== id)
    throw unreadable(path, 'it is not a root key, or was changed; restore it from its backup');
  return new Uint8Array(root);
}

/** @throws IvrError KEYS_UNREADABLE: another root key is there already */
export async function writeRootKey(folder: string, root: Uint8Array): Promise<void> {
  const text = `${FORMAT}\n${rootId(root)}\n${Buffer.from(root).toString('base64')}\n`;
  if (await createFile(pathOf(folder), Buffer.from(text))) return;
  const there = await readRootKey(folder);
  if (there === undefined || rootId(there) !== rootId(root))
    throw unreadable(pathOf(folder), 'another root key is there; nothing was changed');
}

export const newRootKey = (): Uint8Array => new Uint8Array(randomBytes(KEY_BYTES));
