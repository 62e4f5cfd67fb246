import { createCipheriv, createDecipheriv, createHash, randomBytes, scrypt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { IvrError, systemCode } from '../../domain/error.ts';
import { type WallMs, wallMs } from '../../domain/units.ts';
import { replaceFile } from '../../lib/place-file.ts';
import { rootId } from './root-key.ts';
import { joinShares, splitSecret } from './shamir.ts';
import { KEY_BYTES } from '../../lib/wrap-key.ts';

/* Backups of the root key: one text wrapped under a passphrase (escrow), or shares for several people, some of whom suffice (Shamir). */

const ESCROW = 'tellerline-root-escrow 1';
const SHARE = 'tellerline-root-share 1';
/** 128 MB and about half a second a guess. */
const COST = { N: 2 ** 17, r: 8, p: 1, maxmem: 2 ** 28 };
const SHORTEST_PASSPHRASE = 12;

const unfit = (what: string): IvrError => new IvrError('KEYS_UNREADABLE', what, {});
const stretch = promisify<string, Uint8Array, number, typeof COST, Buffer>(scrypt);

/** @throws IvrError USAGE: the passphrase is too short */
export async function escrowRoot(root: Uint8Array, passphrase: string): Promise<string> {
  if (passphrase.length < SHORTEST_PASSPHRASE)
    throw new IvrError('USAGE', `a passphrase of ${SHORTEST_PASSPHRASE} characters or more is needed`);
  const [salt, nonce] = [randomBytes(16), randomBytes(12)];
  const cipher = createCipheriv(
    'aes-256-gcm',
    await stretch(passphrase.normalize('NFC'), salt, KEY_BYTES, COST),
    nonce,
  );
  cipher.setAAD(Buffer.from(ESCROW));
  const sealed = Buffer.concat([cipher.update(root), cipher.final(), cipher.getAuthTag()]);
  return `${[ESCROW, `root ${rootId(root)}`, Buffer.concat([salt, nonce, sealed]).toString('base64')].join('\n')}\n`;
}

/** @throws IvrError KEYS_UNREADABLE when it is not an escrow, was changed, or the passphrase is wrong */
export async function openEscrow(text: string, passphrase: string): Promise<Uint8Array> {
  const [format, , body = ''] = text.trim().split(/\r?\n/);
  const bytes = Buffer.from(body, 'base64');
  if (format !== ESCROW || bytes.length !== 16 + 12 + KEY_BYTES + 16)
    throw unfit('this is not an escrow of a root key');
  const key = await stretch(passphrase.normalize('NFC'), bytes.subarray(0, 16), KEY_BYTES, COST);
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(16, 28));
  decipher.setAAD(Buffer.from(ESCROW));
  decipher.setAuthTag(bytes.subarray(-16));
  try {
    return new Uint8Array(Buffer.concat([decipher.update(bytes.subarray(28, -16)), decipher.final()]));
  } catch {
    throw unfit('the passphrase is another, or the escrow was changed');
  }
}

const sumOf = (line: string): string => createHash('sha256').update(line).digest('hex').slice(0, 8);

/** A text for each of `count` people; any `threshold` of them have the key together. @throws IvrError USAGE */
export function shareRoot(root: Uint8Array, threshold: number, count: number): readonly string[] {
  if (!(Number.isInteger(threshold) && Number.isInteger(count) && threshold >= 2 && threshold <= count && count <= 255))
    throw new IvrError(
      'USAGE',
      '--shares expects a form such as 3/5: any three of five people can restore the key; at least two',
    );
  return splitSecret(root, threshold, count).map(({ x, y }) => {
    const line = `${rootId(root)} ${threshold}/${count} ${x} ${Buffer.from(y).toString('hex')}`;
    return `${SHARE}\n${line} ${sumOf(line)}\n`;
  });
}

/** @throws IvrError KEYS_UNREADABLE naming what is wrong with which share */
export function openShares(texts: readonly string[]): Uint8Array {
  const shares = texts.map((text, i) => {
    const [format, line = ''] = text.trim().split(/\r?\n/);
    const [, content = '', sum] = /^(.*) ([0-9a-f]{8})$/.exec(line) ?? [];
    const [, root = '', threshold, x, y = ''] = /^([0-9a-f]{16}) (\d+)\/\d+ (\d+) ([0-9a-f]{64})$/.exec(content) ?? [];
    if (format !== SHARE || root === '' || sumOf(content) !== sum)
      throw unfit(`share ${i + 1} is none, or was mistyped`);
    return { root, threshold: Number(threshold), x: Number(x), y: new Uint8Array(Buffer.from(y, 'hex')) };
  });
  const [first] = shares;
  if (first === undefined) throw unfit('no shares were given');
  const different = [...new Map(shares.map((share) => [share.x, share])).values()];
  if (shares.some(({ root }) => root !== first.root)) throw unfit('the shares are of different root keys');
  if (different.length < first.threshold)
    throw unfit(`${first.threshold} different shares are needed, there are ${different.length}`);
  const root = joinShares(different.slice(0, first.threshold));
  if (rootId(root) !== first.root) throw unfit('the shares do not give the key they are of');
  return root;
}

export interface BackupNote {
  readonly root: string;
  readonly at: WallMs;
}
const noteOf = (folder: string): string => join(folder, 'backed-up.json');

/** That the root key was backed up, and when. Not where: that is for people to know. */
export const noteBackup = (folder: string, root: Uint8Array, at: WallMs): Promise<void> =>
  replaceFile(noteOf(folder), Buffer.from(`${JSON.stringify({ root: rootId(root), at })}\n`));

/** Undefined: never. @throws IvrError KEYS_UNREADABLE */
export async function readBackupNote(folder: string): Promise<BackupNote | undefined> {
  try {
    const note: unknown = JSON.parse(await readFile(noteOf(folder), 'utf8'));
    if (typeof note === 'object' && note !== null && 'root' in note && 'at' in note)
      return { root: String(note.root), at: wallMs(Number(note.at)) };
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return undefined;
  }
  throw unfit(`${noteOf(folder)} cannot be read; remove it and back the key up again`);
}
