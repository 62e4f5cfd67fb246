import { randomUUID } from 'node:crypto';
import { asError } from '../domain/error.ts';
import { ms } from '../domain/units.ts';
import type { Logger } from '../lib/logger.ts';
import { runEvery } from '../lib/run-every.ts';
import { type Standing, standingOf } from './expected-wait.ts';
import type { Floor } from './floor.ts';
import { FloorWriter, type WriterOptions } from './floor-writer.ts';
import type { QueueEvent } from './queue-event.ts';
import type { QueueRow } from './queue-fact.ts';
import type { QueueSet } from './queue-rules.ts';
import type { QueueStore } from './queue-store.ts';

/** Of a node's lease: when it is not renewed, the others take its calls for gone. */
const LEASE_MS = 15_000;
const RENEW_EVERY = ms(5_000);

/** The queues of this node and of all that share its database. */
export interface QueueService extends AsyncDisposable {
  /** This process among those of its node, one after another. */
  readonly incarnation: string;
  readonly node: string;
  /** As this node knows it: what others wrote is there a moment later. */
  readonly floor: Floor;
  readonly rules: QueueSet;
  /** Decisions follow it from now on; nobody is moved. */
  setRules(rules: QueueSet): void;
  /**
   * Journals what follows from an event, durably.
   *
   * @returns the rows that it caused; none: it means nothing any more
   * @throws IvrError STORAGE_FAILED: whether it was written is known when the queues are; CANCELLED: they are closed
   */
  tell(event: QueueEvent): Promise<readonly QueueRow[]>;
  /** Told of every row of every node, in order, when it is durable. Returns the way to stop. */
  subscribe(listener: (row: QueueRow) => void): () => void;
  standing(entry: string): Standing | undefined;
  /** False while the database does not take what happens. */
  readonly healthy: boolean;
}

/**
 * Opening it says that whatever an earlier process of this node had is gone.
 *
 * @throws IvrError STORAGE_FAILED, QUEUE_JOURNAL_DAMAGED
 */
export async function openQueueService(store: QueueStore, options: WriterOptions): Promise<QueueService> {
  const { node, clock, logger } = options;
  const incarnation = randomUUID();
  const listeners = new Set<(row: QueueRow) => void>();
  const writer = new FloorWriter(store, await store.load(), options, (rows) => publish(rows, listeners, logger));
  const stopHearing = store.onWritten(() => writer.hear());
  try {
    await store.lease(incarnation, LEASE_MS);
    await writer.tell({ type: 'node-came-up', incarnation });
  } catch (thrown) {
    stopHearing();
    await writer.close();
    throw thrown;
  }

  async function renew(): Promise<void> {
    await store.lease(incarnation, LEASE_MS);
    writer.hear(); // a notice that got lost is made up for
    for (const gone of await store.silent())
      if (writer.floor.nodes.get(gone.node) === gone.incarnation)
        await writer.tell({ type: 'node-went', ...gone, because: 'silent' });
    // we were taken for gone: our calls are not in the queues any more; those to come are
    if (writer.floor.nodes.get(node) !== incarnation) await writer.tell({ type: 'node-came-up', incarnation });
  }
  const renewing = runEvery(
    { name: 'renewing the lease of the queues', every: RENEW_EVERY, run: renew },
    clock,
    logger,
  );

  return {
    incarnation,
    node,
    get floor() {
      return writer.floor;
    },
    get rules() {
      return writer.rules;
    },
    setRules(rules) {
      writer.rules = rules;
      writer.passTime();
    },
    tell: (event) => writer.tell(event),
    subscribe(listener) {
      const own = (row: QueueRow): void => listener(row);
      listeners.add(own);
      return () => listeners.delete(own);
    },
    standing: (entry) => standingOf(writer.floor, entry, writer.rules, clock.wall()),
    get healthy() {
      return writer.healthy;
    },
    async [Symbol.asyncDispose]() {
      await renewing[Symbol.asyncDispose]();
      stopHearing();
      if (writer.healthy)
        await writer.tell({ type: 'node-went', node, incarnation, because: 'stopped' }).catch(() => undefined);
      await writer.close();
      listeners.clear();
    },
  };
}

function publish(rows: readonly QueueRow[], listeners: ReadonlySet<(row: QueueRow) => void>, logger: Logger): void {
  for (const row of rows)
    for (const listener of listeners)
      try {
        listener(row);
      } catch (thrown) {
        logger.error({ type: row.type }, 'a subscriber of the queues failed', asError(thrown));
      }
}
