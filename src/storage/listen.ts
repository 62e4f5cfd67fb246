import type pg from 'pg';
import type { Storage } from './storage.ts';

const TRY_AGAIN_MS = 1_000;

/**
 * Hears what others say on a channel of the database server (LISTEN), by a connection of its own; one that is lost is made anew, and the
 * listener told with an empty text, since something may have been missed. SQLite has nobody to listen to.
 *
 * @throws what pg throws when it cannot listen at first
 */
export async function listenTo(
  { knex, dialect }: Pick<Storage, 'knex' | 'dialect'>,
  channel: string,
  hear: (payload: string) => void,
): Promise<AsyncDisposable> {
  if (dialect === 'sqlite') return { [Symbol.asyncDispose]: () => Promise.resolve() };
  let closed = false;
  let again: NodeJS.Timeout | undefined;
  let connection: pg.Client | undefined;
  let connecting: Promise<void> = Promise.resolve();

  async function listen(): Promise<void> {
    const opened = (await knex.client.acquireRawConnection()) as pg.Client;
    opened.on('notification', ({ payload }) => hear(payload ?? ''));
    opened.on('error', () => lost(opened));
    opened.on('end', () => lost(opened));
    try {
      await opened.query(`listen "${channel}"`);
    } catch (thrown) {
      await opened.end().catch(() => undefined);
      throw thrown;
    }
    // its loss concerns us from now on: until here the query has told of it
    if (closed) await opened.end();
    else connection = opened;
  }

  function lost(which: pg.Client): void {
    if (connection !== which || closed) return;
    connection = undefined;
    tryAgain();
  }

  function tryAgain(): void {
    again = setTimeout(() => {
      connecting = listen().then(
        () => void (closed || hear('')),
        () => void (closed || tryAgain()),
      );
    }, TRY_AGAIN_MS);
  }

  await listen();
  return {
    async [Symbol.asyncDispose]() {
      closed = true;
      clearTimeout(again);
      await connecting;
      await connection?.end().catch(() => undefined);
    },
  };
}
