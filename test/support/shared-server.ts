import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { DatabaseServer } from '../../src/storage/open-storage.ts';
import { type S3Server, s3ServerAt } from './s3-server.ts';
import type { Question } from './shared-servers.ts';

/** Longer than the slowest of them takes to start. */
const DEADLINE_MS = 150_000;

async function ask<T>(question: Question): Promise<T> {
  const path = process.env['TELLERLINE_TEST_SERVERS'];
  if (path === undefined) throw new Error('test/support/shared-servers.ts is no global set-up of this run');
  const socket = connect({ path, allowHalfOpen: true });
  const timer = setTimeout(() => socket.destroy(new Error('no shared server in time')), DEADLINE_MS);
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

/** The run's S3 server with Object Lock; each bucket is new. */
export const sharedS3Server = async (): Promise<Omit<S3Server, keyof AsyncDisposable>> =>
  s3ServerAt(await ask({ want: 's3' }));
