import { type QueuesTable, readQueues } from '../config/queues-file.ts';
import type { Config } from '../config/schema.ts';
import { systemClock } from '../lib/clock.ts';
import { followFiles } from '../lib/follow-files.ts';
import type { Logger } from '../lib/logger.ts';
import type { Scope } from '../lib/scope.ts';
import { openQueueService, type QueueService } from '../queues/queue-service.ts';
import { openQueueStore, type OpenQueueStore } from '../queues/store/open-queue-store.ts';
import type { OpeningHours } from '../routing/opening-hours.ts';
import type { Storage } from '../storage/storage.ts';
import { gaugesOf, type Part } from './part.ts';

/** The queues of this server, while it runs. */
export interface RunningQueues {
  readonly service: QueueService;
  readonly store: OpenQueueStore;
  /** As it was last read. */
  readonly table: () => QueuesTable;
  readonly part: Part;
}

/**
 * Opens the queues on the server's database, and reads queues.file again when it changes: nobody is moved by that.
 *
 * @param hours - those of routing.file
 * @returns undefined: the configuration has no queues
 * @throws IvrError CONFIG_INVALID, STORAGE_FAILED, QUEUE_JOURNAL_DAMAGED
 */
export async function openQueues(
  { queues: { file } }: Pick<Config, 'queues'>,
  hours: OpeningHours | undefined,
  storage: Storage,
  scope: Scope,
  logger: Logger,
): Promise<RunningQueues | undefined> {
  if (file === '') return undefined;
  let table = await readQueues(file, hours);
  const store = scope.use(await openQueueStore(storage));
  const service = scope.use(
    await openQueueService(store, { node: storage.node, rules: table.set, clock: systemClock, logger }),
  );
  scope.use(
    followFiles(
      [file],
      () => readQueues(file, hours),
      (now) => {
        table = now;
        service.setRules(now.set);
        logger.info({ queues: now.set.queues.size, agents: now.set.agents.size }, 'the queues were reloaded');
      },
      (error) => logger.error({}, 'the file of the queues cannot be used; the previous queues stay in force', error),
    ),
  );
  return { service, store, table: () => table, part: queuesPart(service) };
}

const queuesPart = (service: QueueService): Part => ({
  name: 'queues',
  checks: () => [
    {
      name: 'queues',
      state: service.healthy ? 'ok' : 'the database does not take what happens in the queues; see the log',
      stops: 'nothing', // callers hear that nobody is there, and the dialplan goes on
    },
  ],
  gauges: gaugesOf(
    {
      queue_waiting: 'Callers who wait in the queues',
      queue_callbacks: 'Customers who are to be called back',
      queue_longest_wait_seconds: 'How long the first of the callers has waited',
      queue_agents_signed_in: 'Agents who are signed in',
      queue_agents_available: 'Agents who could be offered a caller now',
      queue_writing_failed: '1 while the database does not take what happens in the queues: an alarm',
    },
    () => countsOf(service, systemClock.wall()),
  ),
});

function countsOf({ floor, healthy }: Pick<QueueService, 'floor' | 'healthy'>, at: number) {
  const counts = {
    queue_waiting: 0,
    queue_callbacks: 0,
    queue_longest_wait_seconds: 0,
    queue_agents_signed_in: 0,
    queue_agents_available: 0,
    queue_writing_failed: healthy ? 0 : 1,
  };
  for (const { kind, is, waitingSince } of floor.entries.values()) {
    if (kind === 'callback') counts.queue_callbacks += 1;
    else if (is.at === 'waiting' || is.at === 'offered') {
      counts.queue_waiting += 1;
      counts.queue_longest_wait_seconds = Math.max(counts.queue_longest_wait_seconds, (at - waitingSince) / 1_000);
    }
  }
  for (const { state, reachable } of floor.agents.values()) {
    if (state !== 'signed-out') counts.queue_agents_signed_in += 1;
    if (state === 'available' && reachable) counts.queue_agents_available += 1;
  }
  return counts;
}
