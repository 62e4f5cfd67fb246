import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { IvrError, systemCode } from '../../domain/error.ts';
import { createFile } from '../../lib/place-file.ts';
import { deriveKey, KEY_BYTES, unwrapKey, wrapKey } from '../../lib/wrap-key.ts';

/* The keys that the keys of segments, and of sealed folders that wait for the archive, are wrapped under. */

/** 32 bytes each. */
export interface SpoolKeys {
  /** New segments are wrapped under this one. */
  readonly wrapping: Uint8Array;
  /** Segments of an earlier start may be under these: of before the archive was switched on or off. */
  readonly former: readonly Uint8Array[];
}

export interface WrappedRandomKey {
  readonly key: KeyObject;
  /** Kept beside what it encrypts. */
  readonly wrapping: string;
  readonly wrapped: string;
}

/** Of keys that were asked for: to derive one takes longer than all else that is done with a head. */
const keyIds = new WeakMap<Uint8Array, string>();

/** Names a key without telling anything of it. */
function keyId(key: Uint8Array): string {
  const known = keyIds.get(key);
  if (known !== undefined) return known;
  const id = Buffer.from(deriveKey(key, new Uint8Array(0), 'spool key id'))
    .toString('hex')
    .slice(0, 16);
  keyIds.set(key, id);
  return id;
}

/** A new random key for one segment or folder. */
export function newWrappedKey(wrapping: Uint8Array): WrappedRandomKey {
  const key = randomBytes(KEY_BYTES);
  const wrapped = Buffer.from(wrapKey(wrapping, key)).toString('base64');
  const made = { key: createSecretKey(key), wrapping: keyId(wrapping), wrapped };
  key.fill(0);
  return made;
}

/** Undefined: none of the keys opens it. */
export function openWrappedKey(
  head: { readonly wrapping: string; readonly key: string },
  { wrapping, former }: SpoolKeys,
): KeyObject | undefined {
  for (const each of [wrapping, ...former]) {
    if (keyId(each) !== head.wrapping) continue;
    const key = unwrapKey(each, Buffer.from(head.key, 'base64'));
    if (key?.length === KEY_BYTES) return createSecretKey(key);
  }
  return undefined;
}

const FORMAT = 'tellerline-spool-key 1';

/** The key in a file, 0600, which is made when it is missing and `make` says so. @throws IvrError KEYS_UNREADABLE */
export async function readSpoolKey(path: string, make: boolean): Promise<Uint8Array | undefined> {
  const known = await readKey(path);
  if (known !== undefined || !make) return known;
  // whoever comes second reads what the first one made
  const text = `${FORMAT}\n${randomBytes(KEY_BYTES).toString('base64')}\n`;
  await createFile(path, Buffer.from(text)).catch((thrown: unknown) => {
    throw unreadable(path, `it cannot be made (${systemCode(thrown) ?? 'unknown'})`, thrown);
  });
  return readKey(path);
}

async function readKey(path: string): Promise<Uint8Array | undefined> {
  try {
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0)
      throw unreadable(path, `others may read it (mode ${(mode & 0o777).toString(8)}); chmod 600 it`);
    const [format = '', key = ''] = (await readFile(path, 'utf8')).trimEnd().split('\n');
    const bytes = Buffer.from(key, 'base64');
    if (format !== FORMAT || bytes.length !== KEY_BYTES)
      throw unreadable(
        path,
        'it is not a key of the spool, or was changed; restore it, or move it away with the spool',
      );
    return new Uint8Array(bytes);
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return undefined;
    if (thrown instanceof IvrError) throw thrown;
    throw unreadable(path, `it cannot be read (${systemCode(thrown) ?? 'unknown'})`, thrown);
  }
}

const unreadable = (path: string, what: string, cause?: unknown): IvrError =>
  new IvrError('KEYS_UNREADABLE', `${path}: ${what}`, { path }, cause);
