import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/* What Linux tells of a process. */

/** What its file descriptors stand for. */
export async function descriptorsOf(pid: number): Promise<readonly string[]> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder);
  return Promise.all(names.map((name) => readlink(join(folder, name)).catch(() => 'gone')));
}

/** Its child processes whose command lines have these words. */
export async function childrenOf(pid: number, command: string): Promise<readonly number[]> {
  const found: number[] = [];
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    const list = await readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '');
    for (const child of list.split(' ').filter((each) => each !== '')) {
      const line = await readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '');
      if (line.includes(command)) found.push(Number(child));
    }
  }
  return found;
}
