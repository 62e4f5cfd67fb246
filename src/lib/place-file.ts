import { randomBytes } from 'node:crypto';
import { link, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from '../domain/error.ts';
import { makeFolder, syncFolder } from './durable-folder.ts';

/** Writes all of it to a new file beside `path`, durably. @returns its path */
async function writeBeside(path: string, content: Uint8Array, mode: number): Promise<string> {
  await makeFolder(dirname(path));
  const beside = `${path}.${randomBytes(6).toString('hex')}.new`;
  const file = await open(beside, 'wx', mode);
  try {
    await file.writeFile(content);
    await file.sync();
  } catch (thrown) {
    await rm(beside, { force: true });
    throw thrown;
  } finally {
    await file.close();
  }
  return beside;
}

/** Gives a durable file its name; whatever has that name already stays as it is. False: something had it. */
export async function placeFile(from: string, path: string): Promise<boolean> {
  try {
    await link(from, path);
  } catch (thrown) {
    if (systemCode(thrown) !== 'EEXIST') throw thrown;
    return false;
  }
  await syncFolder(dirname(path));
  return true;
}

/** A new file, whole and durable or not there at all. False: there is one of that name, which was left as it is. */
export async function createFile(path: string, content: Uint8Array, mode = 0o600): Promise<boolean> {
  const beside = await writeBeside(path, content, mode);
  try {
    return await placeFile(beside, path);
  } finally {
    await rm(beside, { force: true });
  }
}

/** A file's content, old or new but never anything between, durable when it resolves. */
export async function replaceFile(path: string, content: Uint8Array, mode = 0o600): Promise<void> {
  const beside = await writeBeside(path, content, mode);
  await rename(beside, path);
  await syncFolder(dirname(path));
}
