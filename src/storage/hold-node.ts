import { createHash } from 'node:crypto';
import pg from 'pg';
import { asError, IvrError } from '../domain/error.ts';
import type { Logger } from '../lib/logger.ts';

const SEEN_EVERY_MS = 15_000;
/** How long a start waits for what an earlier process of the same name has left: the server notices its death a little later. */
const WAIT_MS = 10_000;
const TRY_EVERY_MS = 500;

/** Among PostgreSQL's advisory locks: two numbers of 32 bits. */
const LOCK_CLASS = 7_353_212;
const lockOf = (node: string): number => createHash('sha256').update(node).digest().readInt32BE(0);

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Makes this process the only one of its name on a database that several nodes write: a second one would end the first
 * one's calls as crashed. The lock lives in a connection of its own, so it goes when the process dies; a connection that is
 * lost is made anew. Keeps `node.seen_at` fresh meanwhile.
 *
 * @throws IvrError STORAGE_FAILED when a node of this name is up; what pg throws
 */
export async function holdNode(options: pg.ClientConfig, node: string, logger: Logger): Promise<AsyncDisposable> {
  let client: pg.Client | undefined;
  let closed = false;

  async function take(): Promise<boolean> {
    const taking = new pg.Client(options);
    const lost = (): void => {
      if (client === taking) client = undefined;
    };
    taking.on('error', lost);
    taking.on('end', lost);
    try {
      await taking.connect();
      const { rows } = await taking.query<{ taken: boolean }>('select pg_try_advisory_lock($1, $2) as taken', [
        LOCK_CLASS,
        lockOf(node),
      ]);
      if (rows[0]?.taken === true && !closed) {
        client = taking;
        await seen(taking);
        return true;
      }
    } catch (thrown) {
      await taking.end().catch(() => undefined);
      throw thrown;
    }
    await taking.end().catch(() => undefined);
    return false;
  }

  const seen = (by: pg.Client): Promise<unknown> =>
    by.query(
      'insert into node (name, seen_at) values ($1, $2) on conflict (name) do update set seen_at = excluded.seen_at',
      [node, Date.now()],
    );

  async function beat(): Promise<void> {
    try {
      if (client !== undefined) await seen(client);
      else if (!(await take()) && !closed)
        logger.error({ node }, 'another process uses the name of this node in the database; set storage.node');
    } catch (thrown) {
      logger.warn({ node }, 'the database could not be told that this node is up', asError(thrown));
    }
  }

  const until = performance.now() + WAIT_MS;
  while (!(await take())) {
    if (performance.now() > until)
      throw new IvrError(
        'STORAGE_FAILED',
        `another Tellerline named ${node} uses this database; stop it, or set storage.node to a unique name`,
        { node, cause: 'node-in-use' },
      );
    await pause(TRY_EVERY_MS);
  }
  let beating: Promise<void> | undefined;
  const timer = setInterval(() => {
    beating ??= beat().finally(() => (beating = undefined));
  }, SEEN_EVERY_MS);
  return {
    async [Symbol.asyncDispose]() {
      closed = true;
      clearInterval(timer);
      await beating;
      await client?.end().catch(() => undefined);
    },
  };
}
