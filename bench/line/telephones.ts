import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startNode } from './child-processes.ts';
import type { OrderName, Orders } from './orders.ts';

export const TELEPHONES_CORE = 1;

export interface Telephones extends AsyncDisposable {
  order<N extends OrderName>(name: N, order: Orders[N]['order']): Promise<Orders[N]['answer']>;
}

/** Starts the process that holds the telephones. One order at a time. */
export async function openTelephones(): Promise<Telephones> {
  const child = startNode([fileURLToPath(new URL('telephones-process.js', import.meta.url))], {
    core: TELEPHONES_CORE,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const gone = once(child, 'exit').then(([code, signal]: unknown[]) => {
    throw new Error(`the telephones' process ended (${String(code ?? signal)})`);
  });
  gone.catch(() => undefined);
  const reply = async (): Promise<unknown> => {
    const [message] = (await Promise.race([once(child, 'message'), gone])) as unknown[];
    const { answer, failed } = message as { readonly answer?: unknown; readonly failed?: string };
    if (failed !== undefined) throw new Error(`the telephones failed: ${failed}`);
    return answer;
  };
  await reply();
  return {
    async order(name, order) {
      const answer = reply();
      child.send({ name, order });
      return (await answer) as Orders[typeof name]['answer'];
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, 'exit');
      child.disconnect();
      await exit;
    },
  };
}
