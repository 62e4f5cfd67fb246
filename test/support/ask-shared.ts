import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Question } from './shared-servers.ts';

/** Longer than a server takes to start on a busy machine. */
const DEADLINE_MS = 110_000;

/** Asks the run's servers. */
export async function askShared<T>(question: Question): Promise<T> {
  const path = process.env['TELLERLINE_TEST_SERVERS'];
  if (path === undefined) throw new Error('test/support/shared-servers.ts is no global set-up of this run');
  const socket = connect({ path, allowHalfOpen: true });
  const timer = setTimeout(() => socket.destroy(new Error('no server in time')), DEADLINE_MS);
  try {
    socket.end(JSON.stringify(question));
    const reply = JSON.parse(await text(socket)) as { readonly value: T } | { readonly failed: string };
    if ('failed' in reply) throw new Error(reply.failed);
    return reply.value;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}
