import { readdir, readFile } from 'node:fs/promises';

/** Children of this process, and of those, whose command line has `name` in it (Linux). */
export async function childProcesses(name: string): Promise<number[]> {
  const found: number[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const [command, stat] = await Promise.all(
      ['cmdline', 'stat'].map((file) => readFile(`/proc/${entry}/${file}`, 'utf8').catch(() => '')),
    );
    const [state, parent] = (stat ?? '').slice((stat ?? '').lastIndexOf(')') + 2).split(' ');
    if (command?.includes(name) === true && Number(parent) === process.pid && state !== 'Z') found.push(Number(entry));
  }
  return found;
}
