import { readFile } from 'node:fs/promises';
import type { SegmentOwner } from './spool/segment-head.ts';

/** The kernel's id of this boot; empty where there is none. */
export const readBoot = async (): Promise<string> =>
  (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim();

/** When a process was started, in clock ticks since boot (proc(5), stat, field 22); empty when there is none such, or it is dead and only not yet reaped. */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const [state = 'X', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return 'ZXx'.includes(state) ? '' : (fields[18] ?? '');
}

export const thisProcess = async (): Promise<SegmentOwner['process']> => ({
  pid: process.pid,
  started: await startOf(process.pid),
});

/** Whether a process lives: its number alone would be wrong after a restart of a container. */
export async function isAlive(owner: Partial<Pick<SegmentOwner, 'boot' | 'process'>>, boot: string): Promise<boolean> {
  if (owner.boot !== boot || owner.process === undefined) return false;
  return owner.process.started !== '' && (await startOf(owner.process.pid)) === owner.process.started;
}
