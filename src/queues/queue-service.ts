import { randomUUID } from 'node:crypto';
import { asError } from '../domain/error.ts';
import { ms } from '../domain/units.ts';
import type { CancelTimer, Clock } from '../lib/clock.ts';
import { type Deferred, deferred } from '../lib/deferred.ts';
import type { Logger } from '../lib/logger.ts';
import { type Standing, standingOf } from './expected-wait.ts';
import { EMPTY_FLOOR, type Floor, floorAfter } from './floor.ts';
import type { QueueEvent } from './queue-event.ts';
import type { QueueRow } from './queue-fact.ts';
import type { QueueSet } from './queue-rules.ts';
import type { QueueStore } from './queue-store.ts';
import { step } from './step.ts';
import { nextDue } from './step-time.ts';

/** Of a node's lease: when it is not renewed, the others take its calls for gone. */
const LEASE_MS = 15_000;
const RENEW_MS = 5_000;
const SNAPSHOT_EVERY_ROWS = 20_000;
const TRY_AGAIN_MS = 1_000;

/** The queues of this node and of all that share its database. */
export interface QueueService extends AsyncDisposable {
  /** This process among those of its node, one after another. */
  readonly incarnation: string;
  readonly node: string;
  /** As this node knows it: what others wrote is there a moment later. */
  readonly floor: Floor;
  readonly rules: QueueSet;
  /** Others' decisions follow; nobody is moved. */
  setRules(rules: QueueSet): void;
  /**
   * Journals what follows from an event, durably.
   *
   * @returns the rows that it caused; none: it means nothing any more
   * @throws IvrError STORAGE_FAILED: whether it was written is known when the queues are
   */
  tell(event: QueueEvent): Promise<readonly QueueRow[]>;
  /** Told of every row of every node, in order, when it is durable. Returns the way to stop. */
  subscribe(listener: (row: QueueRow) => void): () => void;
  standing(entry: string): Standing | undefined;
  /** False while the database does not take what happens. */
  readonly healthy: boolean;
}

interface Told {
  readonly event: QueueEvent;
  readonly at: number;
  readonly done: Deferred<readonly QueueRow[]>;
}

export interface QueueServiceOptions {
  readonly node: string;
  readonly rules: QueueSet;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Steps the machine of all queues under the lock that the nodes share. Events that come while one transaction is written go into the next one
 * together. Opening it says that whatever an earlier process of this node had is gone.
 *
 * @throws IvrError STORAGE_FAILED, QUEUE_JOURNAL_DAMAGED
 */
export async function openQueueService(
  store: QueueStore,
  { node, rules: initial, clock, logger }: QueueServiceOptions,
): Promise<QueueService> {
  const incarnation = randomUUID();
  const listeners = new Set<(row: QueueRow) => void>();
  let rules = initial;
  let floor: Floor = EMPTY_FLOOR;
  let snapshotAt = 0;
  let waiting: Told[] = [];
  let passing = false;
  let writing: Promise<void> | undefined;
  let healthy = true;
  let closed = false;
  let alarm: CancelTimer | undefined;

  const loaded = await store.load();
  snapshotAt = loaded.floor.seq;
  floor = floorAfter(loaded.floor, loaded.rows);

  function publish(rows: readonly QueueRow[]): void {
    for (const row of rows)
      for (const listener of listeners)
        try {
          listener(row);
        } catch (thrown) {
          logger.error({ type: row.type }, 'a subscriber of the queues failed', asError(thrown));
        }
  }

  /** One transaction with all that waits. */
  async function write(): Promise<void> {
    const batch = waiting;
    waiting = [];
    passing = false;
    let after = floor;
    let seen: readonly QueueRow[] = [];
    let written: (readonly QueueRow[])[] = [];
    let own: QueueRow[] = [];
    const decide = (others: readonly QueueRow[]): readonly QueueRow[] => {
      seen = others;
      after = floorAfter(floor, others);
      written = [];
      own = [];
      const happens = (event: QueueEvent, at: number): readonly QueueRow[] => {
        const [next, ...rows] = step(after, event, { at, by: node }, rules);
        after = next;
        own.push(...rows);
        return rows;
      };
      for (const { event, at } of batch) {
        // time first: what is due by then is over, whatever is said of it; but nobody is late for what was due while no server ran
        if (event.type !== 'node-came-up') happens({ type: 'time-passed' }, at);
        written.push(happens(event, at));
      }
      happens({ type: 'time-passed' }, clock.wall());
      return own;
    };
    try {
      // nobody waits for time: whoever has the lock lets it pass too
      const took = await store.append(floor.seq, decide, batch.length > 0);
      healthy = true;
      if (!took) return;
      floor = after;
      publish([...seen, ...own]);
      for (const [n, { done }] of batch.entries()) done.resolve(written[n] ?? []);
      await snapshot();
    } catch (thrown) {
      healthy = false;
      for (const { done } of batch) done.reject(asError(thrown));
      if (batch.length === 0) logger.error({}, 'the queues could not be written and are tried again', asError(thrown));
    }
  }

  async function snapshot(): Promise<void> {
    if (floor.seq - snapshotAt < SNAPSHOT_EVERY_ROWS) return;
    snapshotAt = floor.seq;
    await store
      .keepSnapshot(floor)
      .catch((thrown: unknown) => logger.warn({}, 'the state of the queues could not be kept', asError(thrown)));
  }

  function go(): void {
    writing ??= (async () => {
      while (waiting.length > 0 || passing) await write();
    })().finally(() => {
      writing = undefined;
      if (waiting.length > 0 || passing) return go();
      setAlarm();
    });
  }

  function setAlarm(): void {
    alarm?.();
    alarm = undefined;
    if (closed) return;
    const now = clock.wall();
    const due = healthy ? nextDue(floor, rules, now) : now + TRY_AGAIN_MS;
    if (due !== undefined) alarm = clock.after(ms(due - now), passTime);
  }

  function passTime(): void {
    passing = true;
    go();
  }

  function tell(event: QueueEvent): Promise<readonly QueueRow[]> {
    const done = deferred<readonly QueueRow[]>();
    waiting.push({ event, at: clock.wall(), done });
    go();
    return done.promise;
  }

  const stopHearing = store.onWritten(passTime);
  await store.lease(incarnation, LEASE_MS);
  await tell({ type: 'node-came-up', incarnation });
  const watch = watchNodes();

  /** Renews the lease, and says of nodes that did not renew theirs that they are gone. */
  function watchNodes(): () => void {
    let cancel: CancelTimer | undefined;
    const look = async (): Promise<void> => {
      await store.lease(incarnation, LEASE_MS);
      for (const gone of await store.silent())
        if (floor.nodes.get(gone.node) === gone.incarnation)
          await tell({ type: 'node-went', ...gone, because: 'silent' });
      // we were taken for gone: our calls are not in the queues any more; those to come are
      if (floor.nodes.get(node) !== incarnation) await tell({ type: 'node-came-up', incarnation });
    };
    const again = (): void => {
      if (closed) return;
      cancel = clock.after(ms(RENEW_MS), () => {
        look()
          .catch((thrown: unknown) => logger.warn({ node }, 'the lease of the queues was not renewed', asError(thrown)))
          .finally(again);
      });
    };
    again();
    return () => cancel?.();
  }

  return {
    incarnation,
    node,
    get floor() {
      return floor;
    },
    get rules() {
      return rules;
    },
    setRules(next) {
      rules = next;
      passTime();
    },
    tell,
    subscribe(listener) {
      const own = (row: QueueRow): void => listener(row);
      listeners.add(own);
      return () => listeners.delete(own);
    },
    standing: (entry) => standingOf(floor, entry, rules, clock.wall()),
    get healthy() {
      return healthy;
    },
    async [Symbol.asyncDispose]() {
      watch();
      stopHearing();
      if (healthy) await tell({ type: 'node-went', node, incarnation, because: 'stopped' }).catch(() => undefined);
      closed = true;
      alarm?.();
      await writing;
      listeners.clear();
    },
  };
}
