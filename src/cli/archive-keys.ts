import { wallMs } from '../domain/units.ts';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { escrowRoot, noteBackup, openEscrow, openShares, readBackupNote, shareRoot } from '../archive/keys/backup.ts';
import { readRootKey, rootId, writeRootKey } from '../archive/keys/root-key.ts';
import { archivePlaces } from '../app/archive-places.ts';
import type { Config } from '../config/schema.ts';
import { IvrError, systemCode } from '../domain/error.ts';
import { makeFolder } from '../lib/durable-folder.ts';
import { createFile } from '../lib/place-file.ts';

interface KeyOptions {
  readonly to?: string | undefined;
  readonly shares?: string | undefined;
  readonly 'passphrase-file'?: string | undefined;
  readonly json?: boolean | undefined;
}

/** `tellerline archive keys`: the root key's backups. It needs no server, and disturbs none. @returns the exit status */
export async function archiveKeys(
  config: Config,
  [verb, ...files]: readonly string[],
  options: KeyOptions,
  print: (line: string) => void,
): Promise<number> {
  const folder = archivePlaces(config).keys;
  if (verb === 'backup') return backup(folder, options, print);
  if (verb === 'restore') return restore(folder, files, options, print);
  if (verb === 'status') return status(folder, options, print);
  throw new IvrError('USAGE', 'expected a command: `keys backup`, `keys restore` or `keys status`');
}

async function rootIn(folder: string): Promise<Uint8Array> {
  const root = await readRootKey(folder);
  if (root === undefined)
    throw new IvrError('KEYS_UNREADABLE', `there is no root key in ${folder}; the first start of the server makes it`, {
      path: folder,
    });
  return root;
}

async function backup(folder: string, options: KeyOptions, print: (line: string) => void): Promise<number> {
  const { to, shares } = options;
  if (to === undefined) throw new IvrError('USAGE', 'name a file, or a folder for shares, with --to');
  const root = await rootIn(folder);
  if (shares === undefined) {
    const passphrase = await passphraseOf(options);
    const text = await escrowRoot(root, passphrase);
    await writeNew(to, text);
    // a backup that cannot be opened is useless
    expectSame(await openEscrow(await readFile(to, 'utf8'), passphrase), root);
    print(
      `the root key ${rootId(root)} is in ${to}, under the passphrase; keep both, apart from each other and from this machine`,
    );
  } else {
    const [, threshold = '', count = ''] = /^(\d+)\/(\d+)$/.exec(shares) ?? [];
    const texts = shareRoot(root, Number(threshold), Number(count));
    await makeFolder(to);
    const paths = texts.map((_, i) => join(to, `share-${i + 1}-of-${count}.txt`));
    for (const [i, path] of paths.entries()) await writeNew(path, texts[i] ?? '');
    expectSame(
      openShares(await Promise.all(paths.slice(-Number(threshold)).map((path) => readFile(path, 'utf8')))),
      root,
    );
    print(
      `the root key ${rootId(root)} is in ${count} shares in ${to}, any ${threshold} of which give it; hand them to ${count} people and remove them here`,
    );
  }
  await noteBackup(folder, root, wallMs(Date.now()));
  print(
    `copy ${join(folder, 'epochs')} and ${join(folder, 'secrets')} with your daily backup as well, and let its copies expire within 35 days: what was destroyed lives as long as they do`,
  );
  return 0;
}

async function restore(
  folder: string,
  files: readonly string[],
  options: KeyOptions,
  print: (line: string) => void,
): Promise<number> {
  if (files.length === 0) throw new IvrError('USAGE', 'name the escrow file, or the shares');
  const texts = await Promise.all(files.map(readText));
  const root =
    options['passphrase-file'] === undefined
      ? openShares(texts)
      : await openEscrow(texts[0] ?? '', await passphraseOf(options));
  await makeFolder(folder);
  await writeRootKey(folder, root);
  await noteBackup(folder, root, wallMs(Date.now()));
  print(`the root key ${rootId(root)} is in ${folder}`);
  return 0;
}

async function status(folder: string, { json }: KeyOptions, print: (line: string) => void): Promise<number> {
  const root = await rootIn(folder);
  const note = await readBackupNote(folder);
  const backedUp = note?.root === rootId(root) ? note.at : null;
  if (json === true) print(JSON.stringify({ root: rootId(root), backedUp }));
  else
    print(
      `root key ${rootId(root)}: ${backedUp === null ? 'NO BACKUP; run `tellerline archive keys backup`' : `backed up ${new Date(backedUp).toISOString()}`}`,
    );
  return backedUp === null ? 1 : 0;
}

function expectSame(read: Uint8Array, root: Uint8Array): void {
  if (rootId(read) !== rootId(root))
    throw new IvrError('KEYS_UNREADABLE', 'the backup that was written does not restore the key', {});
}

async function writeNew(path: string, text: string): Promise<void> {
  if (!(await createFile(path, Buffer.from(text))))
    throw new IvrError('USAGE', `${path} already exists; choose another name`);
}

/** The first line of a file: a passphrase on the command line is seen by everybody on the machine. @throws IvrError USAGE */
async function passphraseOf({ 'passphrase-file': file }: KeyOptions): Promise<string> {
  if (file === undefined)
    throw new IvrError(
      'USAGE',
      'name a file that holds the passphrase with --passphrase-file, or ask for --shares 3/5',
    );
  const { mode } = await stat(file).catch(() => ({ mode: 0 }));
  if ((mode & 0o077) !== 0)
    throw new IvrError('USAGE', `other users can read the passphrase in ${file}; run chmod 600 on it`);
  return (await readText(file)).split(/\r?\n/)[0] ?? '';
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    throw new IvrError('USAGE', `${file} cannot be read: ${systemCode(thrown) ?? 'unknown'}`);
  }
}
