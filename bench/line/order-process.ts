import { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { startNode } from './child-processes.ts';

/** Orders that a process takes, one at a time, by name. */
export type OrderBook = object;
type Order<B, N extends keyof B> = B[N] extends { readonly order: infer O } ? O : never;
type Answer<B, N extends keyof B> = B[N] extends { readonly answer: infer A } ? A : never;

export interface OrderProcess<B extends OrderBook> extends AsyncDisposable {
  readonly pid: number;
  order<N extends keyof B>(name: N, order: Order<B, N>): Promise<Answer<B, N>>;
}

/** Starts a process that calls `takeOrders`. */
export async function openOrderProcess<B extends OrderBook>(
  file: string,
  core: number,
  nodeArgs: readonly string[] = [],
): Promise<OrderProcess<B>> {
  const child: ChildProcess = startNode([...nodeArgs, file], { core, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const gone = once(child, 'exit').then(([code, signal]: unknown[]) => {
    throw new Error(`${file} ended (${String(code ?? signal)})`);
  });
  gone.catch(() => undefined);
  const reply = async (): Promise<unknown> => {
    const [message] = (await Promise.race([once(child, 'message'), gone])) as unknown[];
    const { answer, failed } = message as { readonly answer?: unknown; readonly failed?: string };
    if (failed !== undefined) throw new Error(failed);
    return answer;
  };
  await reply();
  return {
    pid: child.pid ?? 0,
    async order(name, order) {
      const answer = reply();
      child.send({ name, order });
      return (await answer) as Answer<B, typeof name>;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, 'exit');
      child.disconnect();
      await exit;
    },
  };
}

/** In that process. */
export function takeOrders<B extends OrderBook>(
  handlers: {
    readonly [N in keyof B]: (order: Order<B, N>) => Promise<Answer<B, N>> | Answer<B, N>;
  },
): void {
  process.on('message', ({ name, order }: { readonly name: keyof B; readonly order: never }) => {
    Promise.resolve()
      .then(() => handlers[name](order))
      .then(
        (answer) => process.send?.({ answer }),
        (thrown: unknown) =>
          process.send?.({ failed: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) }),
      );
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.({ answer: {} });
}
