import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { eventually, writeConfig } from '../support/server-process.ts';

/* Memory holds live digits and keys: whatever dies of a server leaves no copy of it, also where the machine would write one. */

const MAIN = join(import.meta.dirname, '../../dist/main.js');
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-core-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A program where core dumps are on. */
const dumping = (cwd: string, ...args: readonly string[]) =>
  spawn('/bin/sh', ['-c', 'ulimit -c unlimited && exec "$0" "$@"', ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'inherit'],
  });

const coresIn = async (where: string): Promise<readonly string[]> =>
  (await readdir(where)).filter((name) => name.startsWith('core'));

/** Of a process and all its descendants. */
async function coreLimits(pid: number): Promise<readonly string[]> {
  const limits = await readFile(`/proc/${pid}/limits`, 'utf8');
  const children: string[] = [];
  for (const task of await readdir(`/proc/${pid}/task`))
    children.push(...(await readFile(`/proc/${pid}/task/${task}/children`, 'utf8')).trim().split(' ').filter(Boolean));
  const own = /^Max core file size +(\S+) +(\S+)/m.exec(limits);
  return [`${own?.[1]} ${own?.[2]}`, ...(await Promise.all(children.map((child) => coreLimits(Number(child))))).flat()];
}

test.skipIf(process.platform !== 'linux')(
  'a server that is killed by a signal that dumps memory leaves no core file, though its shell allows them',
  async () => {
    const config = await writeConfig(folder, { 'speech.synthesizer': 'neural-voice' }); // a process of its own
    const server = dumping(folder, process.execPath, MAIN, 'start', '--config', config);
    onTestFinished(() => void server.kill('SIGKILL'));
    const gone = once(server, 'exit');
    for await (const line of createInterface(server.stdout)) if (line.startsWith('Tellerline answers')) break;
    const limits = await coreLimits(server.pid ?? 0);
    expect(limits.length).toBeGreaterThan(1); // the speech processes are its children
    expect(new Set(limits)).toEqual(new Set(['0 0']));
    server.kill('SIGSEGV');
    expect(await gone).toEqual([null, 'SIGSEGV']);
    expect(await coresIn(folder)).toEqual([]);

    // anything else leaves one here, unless the machine sends them elsewhere
    if ((await readFile('/proc/sys/kernel/core_pattern', 'utf8')).startsWith('core')) {
      const other = dumping(folder, 'sleep', '60');
      const over = once(other, 'exit');
      await once(other, 'spawn');
      const comm = (): Promise<string> => readFile(`/proc/${other.pid}/comm`, 'utf8');
      await eventually(comm, (name) => name === 'sleep\n');
      other.kill('SIGSEGV');
      await over;
      expect(await coresIn(folder)).toHaveLength(1);
    }
  },
  120_000,
);
