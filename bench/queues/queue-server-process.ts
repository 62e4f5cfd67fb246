import { MIGRATIONS } from '../../src/app/migrations.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { openQueueService } from '../../src/queues/queue-service.ts';
import { openQueueStore } from '../../src/queues/store/open-queue-store.ts';
import { type DatabaseServer, openStorage } from '../../src/storage/open-storage.ts';
import { chaosRules } from './chaos-rules.ts';
import type { FromServer, ToServer } from './server-messages.ts';

/* The queues of a server in a process of their own, to be killed: what is told to it by its parent goes into a real database. */

const [file = '', server = '', handlingMs = '1000'] = process.argv.slice(2);
const storage = await openStorage(
  {
    file,
    node: 'bench',
    migrations: MIGRATIONS,
    ...(server === '' ? {} : { server: JSON.parse(server) as DatabaseServer }),
  },
  silentLogger,
);
const store = await openQueueStore(storage);
const service = await openQueueService(store, {
  node: 'bench',
  rules: chaosRules(Number(handlingMs)),
  clock: systemClock,
  logger: silentLogger,
});
const say = (message: FromServer): void => {
  if (process.connected) process.send?.(message);
};
service.subscribe((row) => say({ row }));
process.on('message', (message: ToServer) => {
  if ('stop' in message) return void stop();
  const event =
    message.event.type === 'customer-asked' ? { ...message.event, incarnation: service.incarnation } : message.event;
  service.tell(event).then(
    (rows) => say({ id: message.id, taken: rows.some(({ type }) => type !== 'entry-refused') }),
    () => say({ id: message.id, taken: false }),
  );
});
process.on('disconnect', () => process.exit(1)); // the bench was interrupted
say({ ready: true, entries: [...service.floor.entries.keys()] });

async function stop(): Promise<void> {
  await service[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
  await storage[Symbol.asyncDispose]();
  process.disconnect();
  process.exit(0);
}
