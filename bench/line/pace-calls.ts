import { setTimeout as sleep } from 'node:timers/promises';

/** Starts `calls` runs of `run`, evenly, and waits for all. */
export async function pace(calls: number, callsPerSecond: number, run: () => Promise<void>): Promise<void> {
  const began = performance.now();
  const running: Promise<void>[] = [];
  while (running.length < calls) {
    const due = Math.min(calls, Math.floor(((performance.now() - began) * callsPerSecond) / 1000) + 1);
    while (running.length < due) running.push(run());
    await sleep(2);
  }
  await Promise.all(running);
}
