import type { ChildProcess } from 'node:child_process';

/** Asks a process to end, and makes it end when it does not hear. @param exited - settles at its end */
export async function ended(child: ChildProcess, exited: Promise<unknown>, patienceMs = 5_000): Promise<void> {
  child.kill('SIGTERM');
  const impatient = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  await exited;
  clearTimeout(impatient);
}

/** What has to succeed after a process was spawned, before anybody can dispose of it: where it fails, the process is ended first. */
export async function orEnded<T>(child: ChildProcess, exited: Promise<unknown>, follows: () => Promise<T>): Promise<T> {
  try {
    return await follows();
  } catch (thrown) {
    await ended(child, exited);
    throw thrown;
  }
}
