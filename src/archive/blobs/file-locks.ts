import { readFile } from 'node:fs/promises';
import { systemCode } from '../../domain/error.ts';
import { replaceFile } from '../../lib/place-file.ts';
import type { BlobLock } from './blobs.ts';

/** Beside each object of a store of files. */
export const LOCK = '.lock';

export interface FileProtection {
  readonly lock: BlobLock;
  readonly legalHold: boolean;
}

export interface FileLocks {
  /** Undefined: it has none. */
  protectionOf(key: string): Promise<FileProtection | undefined>;
  protect(key: string, protection: FileProtection): Promise<void>;
  /** Why it may not be removed now; undefined: it may. */
  protectedNow(key: string): Promise<string | undefined>;
}

/** @param wall - Unix time, ms */
export function openFileLocks(pathOf: (key: string) => string, wall: () => number): FileLocks {
  const protectionOf = async (key: string): Promise<FileProtection | undefined> => {
    const text = await readFile(pathOf(key) + LOCK, 'utf8').catch(undefinedWhenMissing);
    return text === undefined ? undefined : (JSON.parse(text) as FileProtection);
  };
  return {
    protectionOf,
    protect: (key, protection) => replaceFile(pathOf(key) + LOCK, Buffer.from(JSON.stringify(protection))),
    async protectedNow(key) {
      const found = await protectionOf(key);
      if (found?.legalHold === true) return 'is under a legal hold';
      if (found !== undefined && found.lock.until > wall())
        return `is locked until ${new Date(found.lock.until).toISOString()}`;
      return undefined;
    },
  };
}

export function undefinedWhenMissing(thrown: unknown): undefined {
  const code = systemCode(thrown);
  if (code !== 'ENOENT' && code !== 'ENOTDIR') throw thrown;
}
