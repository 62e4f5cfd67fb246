import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { DatabaseServer } from '../../src/storage/open-storage.ts';
import type { Question } from './shared-postgresql.ts';

/** Longer than the server takes to start on a busy machine. */
const DEADLINE_MS = 60_000;

async function ask<T>(question: Question): Promise<T> {
  const path = process.env['TELLERLINE_TEST_POSTGRESQL'];
  if (path === undefined) throw new Error('test/support/shared-postgresql.ts is no global set-up of this run');
  const socket = connect({ path, allowHalfOpen: true });
  const timer = setTimeout(() => socket.destroy(new Error('no PostgreSQL in time')), DEADLINE_MS);
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

/** An empty database of the run's PostgreSQL, gone when closed. */
export async function sharedDatabase(): Promise<DatabaseServer & AsyncDisposable> {
  const { address, ...rest } = await ask<DatabaseServer>({ want: 'database' });
  return {
    ...rest,
    address: { ...address, password: undefined },
    [Symbol.asyncDispose]: () => ask({ drop: address.database }),
  };
}
