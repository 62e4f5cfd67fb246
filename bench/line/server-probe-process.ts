import { BroadcastChannel, isMainThread, threadId } from 'node:worker_threads';

/* Preloaded into the server under test by `node --import`: collects garbage in every thread and tells what is left. */

export interface ThreadState {
  readonly thread: number;
  readonly heapMb: number;
  readonly externalMb: number;
  /** Timers, sockets, ports… by kind. */
  readonly resources: Readonly<Record<string, number>>;
}

const CHANNEL = 'tellerline-bench';
const WAIT_MS = 1_500;

function look(): ThreadState {
  const gc = (globalThis as { readonly gc?: () => void }).gc;
  for (let i = 0; i < 3; i++) gc?.();
  const { heapUsed, external } = process.memoryUsage();
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  return { thread: threadId, heapMb: heapUsed / 2 ** 20, externalMb: external / 2 ** 20, resources };
}

// children of the server inherit the preload: they have nothing to tell
if (String(process.ppid) === process.env['BENCH_PROCESS']) {
  const channel = new BroadcastChannel(CHANNEL);
  if (isMainThread) {
    let states: ThreadState[] = [];
    channel.onmessage = ({ data }: { readonly data: unknown }) => {
      if (typeof data === 'object') states.push(data as ThreadState);
    };
    process.on('message', () => {
      states = [look()];
      channel.postMessage('look');
      setTimeout(() => process.send?.(states.toSorted((a, b) => a.thread - b.thread)), WAIT_MS).unref();
    });
    process.channel?.unref();
  } else
    channel.onmessage = ({ data }: { readonly data: unknown }) => {
      if (data === 'look') channel.postMessage(look());
    };
  channel.unref();
}
