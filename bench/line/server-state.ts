import { fileURLToPath } from 'node:url';
import { round } from './part.ts';
import { openServer, type Server } from './server.ts';
import type { ThreadState } from './server-probe-process.ts';

/** What a server holds, when garbage was collected in every thread. */
export interface State {
  readonly rssMb: number;
  readonly childrenRssMb: number;
  readonly heapMb: number;
  readonly externalMb: number;
  readonly openFiles: number;
  readonly timers: number;
  readonly handles: number;
  readonly threads: readonly ThreadState[];
}

/** A server of which `look` tells. */
export const openProbedServer = (): Promise<Server> =>
  openServer({
    dialplan: 'holding',
    vad: true,
    recognizer: 'none',
    pinned: false,
    ipc: true,
    nodeArgs: ['--expose-gc', '--import', fileURLToPath(new URL('server-probe-process.js', import.meta.url))],
  });

/** @param server - of `openProbedServer` */
export async function look(server: Server): Promise<State> {
  const threads = (await server.ask()) as readonly ThreadState[];
  const usage = server.usage();
  const sum = (of: (thread: ThreadState) => number): number => threads.reduce((total, one) => total + of(one), 0);
  const timers = sum(({ resources }) => resources['Timeout'] ?? 0);
  return {
    rssMb: usage.rssMb,
    childrenRssMb: usage.childrenRssMb,
    heapMb: sum(({ heapMb }) => heapMb),
    externalMb: sum(({ externalMb }) => externalMb),
    openFiles: usage.openFiles,
    timers,
    handles: sum(({ resources }) => Object.values(resources).reduce((a, b) => a + b, 0)) - timers,
    threads,
  };
}

export const row = (name: string, state: State): Record<string, string | number> => ({
  '': name,
  'RSS MB': Math.round(state.rssMb),
  'of it children': Math.round(state.childrenRssMb),
  'heaps MB': round(state.heapMb),
  'external MB': round(state.externalMb),
  'open files': state.openFiles,
  timers: state.timers,
  'other handles': state.handles,
  threads: state.threads.length,
});
