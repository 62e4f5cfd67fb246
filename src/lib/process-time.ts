import { readdirSync, readFileSync } from 'node:fs';

/** What a process has had of the machine. */
export interface ProcessTime {
  /** Milliseconds on a core, all threads together. */
  readonly ran: number;
  /** A thread runs, or would if it were given a core. */
  readonly runnable: boolean;
}

/** @returns undefined where the kernel does not tell (not Linux), or when the process is gone */
export function processTime(pid: number): ProcessTime | undefined {
  let ran = 0;
  let runnable = false;
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const folder = `/proc/${pid}/task/${thread}`;
      ran += Number.parseInt(readFileSync(`${folder}/schedstat`, 'latin1'), 10) / 1e6;
      // the state follows the name, which is in brackets and may hold anything (proc_pid_stat(5))
      runnable ||= /.*\) R /s.test(readFileSync(`${folder}/stat`, 'latin1'));
    }
  } catch {
    return undefined;
  }
  return { ran, runnable };
}
