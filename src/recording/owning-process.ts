import { readFile } from 'node:fs/promises';
import type { OpenedRecording } from './opened-recording.ts';

/** The kernel's id of this boot; empty where there is none. */
export const readBoot = async (): Promise<string> =>
  (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim();

/** When a process was started, in clock ticks since boot (proc(5), stat, field 22); empty when there is none such, or it is dead and only not yet reaped. */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const [state = 'X', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return 'ZXx'.includes(state) ? '' : (fields[18] ?? '');
}

export const thisProcess = async (): Promise<OpenedRecording['process']> => ({
  pid: process.pid,
  started: await startOf(process.pid),
});

/** Whether the process that opened a recording lives: its number alone would be wrong after a restart of a container. */
export async function isAlive(opened: OpenedRecording, boot: string): Promise<boolean> {
  if (opened.boot !== boot) return false;
  return opened.process.started !== '' && (await startOf(opened.process.pid)) === opened.process.started;
}
