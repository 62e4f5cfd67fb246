import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const hasSipp = spawnSync('sipp', ['-v']).error === undefined;

export interface Sipp extends AsyncDisposable {
  /** 0: every call went as the scenario says. */
  readonly status: Promise<number | null>;
}

/**
 * A SIPp of the test's own, in a directory of its own; killed when the test ends.
 *
 * @param scenario - what `-sf scenario.xml` plays
 */
export async function startSipp(args: readonly string[], scenario?: string): Promise<Sipp> {
  const directory = await mkdtemp(join(tmpdir(), 'sipp-'));
  if (scenario !== undefined) await writeFile(join(directory, 'scenario.xml'), scenario);
  const child = spawn('sipp', [...args, '-nostdin', '-i', '127.0.0.1', '-timeout', '40'], {
    cwd: directory,
    stdio: 'ignore',
  });
  const exited = once(child, 'exit');
  return {
    status: exited.then(([code]: (number | null)[]) => code ?? null),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await exited;
      await rm(directory, { recursive: true });
    },
  };
}
