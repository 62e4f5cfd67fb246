import type { Knex } from 'knex';
import { asError } from '../domain/error.ts';

/** Small enough that nobody who comes next waits long. */
const MOST = 64;

interface Waiting {
  readonly work: (trx: Knex.Transaction) => Promise<void>;
  readonly done: () => void;
  readonly failed: (error: Error) => void;
}

/**
 * Small writes that come while others are being committed share the next commit, in the order of their coming: a disk that syncs
 * a hundred times a second takes any number of them. Each stands or falls alone, and resolves when it is durable.
 *
 * @returns what does a write in a transaction that it shares. It throws what the write throws, or the commit
 */
export function groupCommit(knex: Knex): (work: (trx: Knex.Transaction) => Promise<void>) => Promise<void> {
  const waiting: Waiting[] = [];
  let running = false;

  async function run(): Promise<void> {
    running = true;
    while (waiting.length > 0) await commit(knex, waiting.splice(0, MOST));
    running = false;
  }
  return (work) =>
    new Promise((done, failed) => {
      waiting.push({ work, done, failed });
      if (!running) void run();
    });
}

async function commit(knex: Knex, group: readonly Waiting[]): Promise<void> {
  const refused = new Map<Waiting, Error>();
  try {
    await knex.transaction(async (trx) => {
      // a savepoint: what one has begun is undone without the others
      for (const one of group)
        await trx.transaction(one.work).catch((thrown: unknown) => void refused.set(one, asError(thrown)));
    });
  } catch (thrown) {
    for (const one of group) one.failed(asError(thrown));
    return;
  }
  for (const one of group) {
    const error = refused.get(one);
    if (error === undefined) one.done();
    else one.failed(error);
  }
}
