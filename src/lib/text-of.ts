import { readFile } from 'node:fs/promises';
import { IvrError, systemCode } from '../domain/error.ts';

/** What is in a file that the configuration names. @param key - that names it @throws IvrError CONFIG_INVALID */
export async function textOf(file: string, key: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    const code = systemCode(thrown) ?? 'unknown';
    throw new IvrError('CONFIG_INVALID', `cannot read ${file} (${code}); see ${key}`, {}, thrown);
  }
}
