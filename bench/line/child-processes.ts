import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/* The processes that a bench starts, and what the system says of them (proc(5)). */

const CLOCK_TICK_MS = 10;
const started = new Set<ChildProcess>();

/** Whether server and telephones can have a core each. */
export const canPin = availableParallelism() >= 2 && existsSync('/usr/bin/taskset');

/** Node with these arguments, on one core if that is wanted and possible. Killed at the end of this process, whatever that is. */
export function startNode(
  args: readonly string[],
  options: { readonly core?: number | undefined; readonly stdio: StdioOptions; readonly env?: NodeJS.ProcessEnv },
): ChildProcess {
  const pinned = options.core !== undefined && canPin;
  const child = spawn(
    pinned ? 'taskset' : process.execPath,
    pinned ? ['-c', String(options.core), process.execPath, ...args] : [...args],
    { stdio: options.stdio, env: { ...process.env, ...options.env }, serialization: 'advanced' },
  );
  started.add(child);
  child.once('exit', () => started.delete(child));
  return child;
}

process.on('exit', () => {
  for (const child of started) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

/** The process and all its descendants. */
export function processTree(pid: number): number[] {
  const pids = [pid];
  for (const one of pids) pids.push(...childrenOf(one));
  return pids;
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

/** User and system time so far, of the living. */
export function cpuMs(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK_MS;
  } catch {
    return 0;
  }
}

/** The same of each of its threads, by their number. */
export function threadsMs(pid: number): ReadonlyMap<string, number> {
  const threads = new Map<string, number>();
  try {
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      const fields = readFileSync(`/proc/${pid}/task/${task}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
      threads.set(task, (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK_MS);
    }
  } catch {
    // it has ended meanwhile
  }
  return threads;
}

export function rssMb(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

export function openFiles(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return 0;
  }
}
