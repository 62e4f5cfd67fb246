import { readFile } from 'node:fs/promises';
import { systemCode } from '../domain/error.ts';

/** The lines of a file, but for empty ones; none when there is no such file. @throws what the disk throws */
export async function readLines(path: string): Promise<readonly string[]> {
  try {
    return (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return [];
    throw thrown;
  }
}
