import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Whatever this process, and every child that it starts from now on, leaves behind when it crashes must not be a copy of its memory, which holds live digits
 * and keys. `prlimit` is part of util-linux, which every Debian has.
 *
 * @returns why core dumps may still be written; undefined: none is
 */
export function refuseCoreDumps(): string | undefined {
  if (process.platform !== 'linux' || coreLimit() === '0') return undefined;
  const { error, stderr } = spawnSync('prlimit', ['--pid', String(process.pid), '--core=0:0'], { encoding: 'utf8' });
  if (coreLimit() === '0') return undefined;
  return error?.message ?? stderr.trim();
}

const coreLimit = (): string | undefined => {
  try {
    return /^Max core file size +(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  } catch {
    return undefined; // without /proc nobody can tell
  }
};
