import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { queueOf, setOf } from '../../bench/queues/queue-set.ts';
import type { ContactId } from '../../src/domain/ids.ts';
import { ms, wallMs } from '../../src/domain/units.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { deferred } from '../../src/lib/deferred.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { prove } from '../../src/queues/prove/prove.ts';
import type { QueueEvent } from '../../src/queues/queue-event.ts';
import { openQueueService, type QueueService } from '../../src/queues/queue-service.ts';
import { openQueueStore } from '../../src/queues/store/open-queue-store.ts';
import { writeJournalFile } from '../../src/queues/store/write-journal-file.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { describeDatabases } from '../support/databases.ts';
import { ManualClock } from '../support/manual-clock.ts';

const rules = setOf(queueOf('cards', { capacity: 10_000 }));
const asks = (entry: string, { incarnation }: QueueService, customer?: string): QueueEvent => ({
  type: 'customer-asked',
  entry,
  contact: entry as ContactId,
  queue: 'cards',
  kind: 'call',
  needs: { skills: {} },
  incarnation,
  ...(customer === undefined ? {} : { customer }),
});
const comes = (agent: string): QueueEvent => ({
  type: 'agent-came',
  agent,
  device: 'desk',
  queues: { cards: 1 },
  skills: {},
  languages: [],
});

describeDatabases('the store of the queues', (database) => {
  async function node(storage: Storage, clock = systemClock): Promise<{ service: QueueService } & AsyncDisposable> {
    const store = await openQueueStore(storage);
    const service = await openQueueService(store, { node: storage.node, rules, clock, logger: silentLogger });
    return {
      service,
      async [Symbol.asyncDispose]() {
        await service[Symbol.asyncDispose]();
        await store[Symbol.asyncDispose]();
      },
    };
  }

  test('what is told is there after a restart; who was cut off keeps the place, and the journal proves it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'queue-journal-'));
    await using storage = await database.open();
    const crashed = await openQueueStore(storage);
    const first = await openQueueService(crashed, {
      node: 'node',
      rules,
      clock: new ManualClock(),
      logger: silentLogger,
    });
    for (let n = 0; n < 100; n++) await first.tell(asks(`e${n}`, first, `customer-${n}`));
    await using second = await node(storage); // the first one was killed: it says nothing
    expect(second.service.floor.entries.size).toBe(0);
    expect(second.service.floor.kept.size).toBe(100);
    await second.service.tell(asks('later', second.service));
    await second.service.tell(asks('again', second.service, 'customer-99'));
    const offer = (await second.service.tell(comes('wei'))).find(({ type }) => type === 'entry-offered');
    expect(offer).toMatchObject({ entry: 'again', agent: 'wei' });
    const store = await openQueueStore(storage);
    const { file, rows } = await writeJournalFile(store, join(folder, 'journal.jsonl'), wallMs(Date.now()));
    await store[Symbol.asyncDispose]();
    expect(rows).toBe(second.service.floor.seq);
    const proof = await prove((await readFile(file, 'utf8')).trimEnd().split('\n'));
    expect(proof).toMatchObject({ proven: true, calls: 102, open: 2, faults: [] });
    await first[Symbol.asyncDispose]();
    await crashed[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  test('an answer with an old fence, and a node that was taken for lost, change nothing', async () => {
    await using storage = await database.open();
    await using one = await node(storage);
    const { service } = one;
    await service.tell(asks('e', service));
    const rows = await service.tell(comes('wei'));
    const offered = rows.find((row) => row.type === 'entry-offered');
    expect(offered).toBeDefined();
    const { entry, agent, fence } = offered as Extract<typeof offered, { type: 'entry-offered' }>;
    expect(await service.tell({ type: 'offer-accepted', entry, agent, fence: fence - 1 })).toEqual([]);
    expect(await service.tell({ type: 'offer-accepted', entry, agent, fence })).toHaveLength(1);
    expect(await service.tell({ type: 'offer-accepted', entry, agent, fence })).toEqual([]);
    expect(await service.tell({ ...asks('zombie', service), incarnation: 'another' } as QueueEvent)).toEqual([]);
  });

  test('the journal refuses changes, and a floor that is kept is where the next start begins', async () => {
    await using storage = await database.open();
    await using one = await node(storage);
    await one.service.tell(asks('e', one.service));
    await expect(storage.knex('queue_journal').update({ at: 1 })).rejects.toThrow(/append-only/);
    await expect(storage.knex('queue_journal').delete()).rejects.toThrow(/append-only/);
    await using store = await openQueueStore(storage);
    await store.keepSnapshot(one.service.floor);
    const loaded = await store.load();
    expect([loaded.floor.seq, loaded.rows]).toEqual([one.service.floor.seq, []]);
    expect(loaded.floor.entries.get('e')?.is).toEqual({ at: 'waiting' });
  });

  test('the number to call back is kept apart, and forgotten', async () => {
    await using storage = await database.open();
    await using store = await openQueueStore(storage);
    await store.keepNumber('e', '+8613800000000');
    expect(await store.numberOf('e')).toBe('+8613800000000');
    await store.forgetNumber('e');
    expect(await store.numberOf('e')).toBeUndefined();
  });

  test.skipIf(database.dialect === 'sqlite')(
    'two nodes share one order: callers of one are answered by agents of the other, at the same time and once each',
    async () => {
      await using a = await database.open('a');
      await using b = await database.open('b');
      await using one = await node(a);
      await using two = await node(b);
      const told = deferred<void>();
      const answered = new Map<string, number>();
      const offers: Promise<unknown>[] = [];
      // the agents sit at the second node, and each answers twice
      two.service.subscribe((row) => {
        if (row.type === 'entry-offered') {
          const { entry, agent, fence } = row;
          for (let n = 0; n < 2; n++) offers.push(two.service.tell({ type: 'offer-accepted', entry, agent, fence }));
        }
        if (row.type !== 'entry-answered') return;
        answered.set(row.entry, (answered.get(row.entry) ?? 0) + 1);
        offers.push(two.service.tell({ type: 'talk-ended', entry: row.entry, because: 'completed' }));
        offers.push(two.service.tell({ type: 'wrap-up-ended', agent: row.agent }));
        if (answered.size === 60) told.resolve();
      });
      for (let n = 0; n < 5; n++) await two.service.tell(comes(`agent-${n}`));
      await Promise.all(
        Array.from({ length: 60 }, (_, n) =>
          (n % 2 === 0 ? one : two).service.tell(asks(`e${n}`, (n % 2 === 0 ? one : two).service)),
        ),
      );
      await told.promise;
      await Promise.all(offers);
      expect([...answered.values()].every((times) => times === 1)).toBe(true);
    },
    60_000,
  );

  test.skipIf(database.dialect === 'sqlite')(
    'what another node wrote is read, though somebody has the lock whenever it is looked at',
    async () => {
      await using a = await database.open('a');
      await using b = await database.open('b');
      await using one = await node(a);
      await using store = await openQueueStore(b);
      const busy: typeof store = {
        ...store,
        async append(seen, decide, urgent) {
          if (urgent !== false) return store.append(seen, decide, urgent);
          const other = await a.knex.transaction();
          await other('queue_head').where('id', 1).first().forUpdate();
          try {
            return await store.append(seen, decide, urgent);
          } finally {
            await other.rollback();
          }
        },
      };
      const clock = new ManualClock(); // no lease is renewed
      await using two = await openQueueService(busy, { node: 'b', rules, clock, logger: silentLogger });
      const heard = deferred<void>();
      two.subscribe(({ type }) => (type === 'entry-joined' ? heard.resolve() : undefined));
      await one.service.tell(asks('e', one.service));
      await heard.promise;
      expect(two.floor.entries.has('e')).toBe(true);
    },
  );

  test.skipIf(database.dialect === 'sqlite')(
    'a node that is silent is given up by another, once its lease is over',
    async () => {
      await using a = await database.open('a');
      await using b = await database.open('b');
      await using silent = await openQueueStore(a);
      await using store = await openQueueStore(b);
      await silent.lease('gone', 0);
      await silent.lease('gone', -1);
      expect(await store.silent()).toEqual([{ node: 'a', incarnation: 'gone' }]);
      expect(await silent.silent()).toEqual([]);
      await silent.lease('gone', 60_000);
      expect(await store.silent()).toEqual([]);
    },
  );

  test('a node that had this database under another name, and is silent, is given up', async () => {
    await using storage = await database.open();
    await using store = await openQueueStore(storage);
    const leased = (leased_until: number): Promise<unknown> =>
      storage
        .knex('queue_node')
        .insert({ name: 'former', incarnation: 'gone', leased_until })
        .onConflict('name')
        .merge();
    await leased(Date.now() + 60_000);
    expect(await store.silent()).toEqual([]);
    await leased(1);
    expect(await store.silent()).toEqual([{ node: 'former', incarnation: 'gone' }]);
  });

  test('a database that does not take what happens is said so, and goes on when it does again', async () => {
    await using storage = await database.open();
    const clock = new ManualClock();
    const store = await openQueueStore(storage);
    let broken = false;
    const failing: typeof store = {
      ...store,
      append: (...all) => (broken ? Promise.reject(new Error('no')) : store.append(...all)),
    };
    const service = await openQueueService(failing, { node: 'node', rules, clock, logger: silentLogger });
    broken = true;
    await expect(service.tell(asks('e', service))).rejects.toThrow('no');
    expect(service.healthy).toBe(false);
    broken = false;
    clock.advance(ms(1_000));
    expect(await service.tell(asks('e', service))).toHaveLength(1);
    expect(service.healthy).toBe(true);
    await service[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
  });
});
