import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../../domain/error.ts';
import { replaceFile } from '../../lib/place-file.ts';

/**
 * Makes the files of a folder the same in another one, each whole or not at all. In the order of their names: of a log that goes on meanwhile the checkpoint is copied
 * before the entries that it is of.
 *
 * @returns how many were written
 * @throws what the disk throws
 */
export async function copyFolder(from: string, to: string): Promise<number> {
  let written = 0;
  const entries = await readdir(from, { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) written += await copyFolder(source, target);
    else if (entry.isFile()) {
      const content = await readFile(source);
      if ((await readOrNothing(target))?.equals(content) === true) continue;
      await replaceFile(target, content);
      written += 1;
    }
  }
  return written;
}

async function readOrNothing(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}
