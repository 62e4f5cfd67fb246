import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { queueOf, setOf } from '../../bench/queues/queue-set.ts';
import { MIGRATIONS } from '../../src/app/migrations.ts';
import type { ContactId } from '../../src/domain/ids.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { openQueueService, type QueueService } from '../../src/queues/queue-service.ts';
import { openQueueStore } from '../../src/queues/store/open-queue-store.ts';
import { type DatabaseServer, openStorage } from '../../src/storage/open-storage.ts';
import { noPostgresql } from '../support/postgresql.ts';
import { runTellerline } from '../support/server-process.ts';
import { sharedDatabase } from '../support/shared-database.ts';

const DEADLINE_MS = 120_000;

let folder: string;
let config: string;
let journal: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-queues-'));
  [config, journal] = [join(folder, 'tellerline.yaml'), join(folder, 'journal.jsonl')];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function configure(server: DatabaseServer | undefined): Promise<void> {
  const lines = [`file: ${join(folder, 'db.sqlite')}`];
  if (server !== undefined) {
    const { database, host, port, user } = server.address;
    const query = `host=${encodeURIComponent(host)}&sslmode=disable`;
    lines.push(`url: 'postgres://${user}@x:${port}/${database}?${query}'`);
  }
  await writeFile(config, `storage:\n${lines.map((line) => `  ${line}\n`).join('')}`);
}

/** One caller is answered by the agent, one waits. */
async function day(service: QueueService): Promise<void> {
  await service.tell({
    type: 'agent-came',
    agent: 'wei',
    device: 'desk',
    queues: { cards: 1 },
    skills: {},
    languages: [],
  });
  for (const entry of ['e1', 'e2'])
    for (const row of await service.tell({
      type: 'customer-asked',
      entry,
      contact: entry as ContactId,
      queue: 'cards',
      kind: 'call',
      needs: { skills: {} },
      incarnation: service.incarnation,
    }))
      if (row.type === 'entry-offered')
        await service.tell({ type: 'offer-accepted', entry, agent: row.agent, fence: row.fence });
}

describe.each(['SQLite', 'PostgreSQL'])('on %s', (dialect) => {
  test.skipIf(dialect === 'PostgreSQL' && noPostgresql)(
    'beside a server: the journal is written and proven, what is untrue in it is named, and the reports are computed',
    async () => {
      await using shared = dialect === 'PostgreSQL' ? await sharedDatabase() : undefined;
      await configure(shared);
      await using storage = await openStorage(
        {
          file: join(folder, 'db.sqlite'),
          node: 'node',
          migrations: MIGRATIONS,
          ...(shared === undefined ? {} : { server: shared }),
        },
        silentLogger,
      );
      await using store = await openQueueStore(storage);
      const rules = setOf(queueOf('cards'));
      const options = { node: 'node', rules, clock: systemClock, logger: silentLogger };
      await using service = await openQueueService(store, options);
      await day(service);

      const written = await runTellerline('queues', 'journal', '--to', journal, '--config', config);
      expect(written).toMatchObject({ status: 0, stdout: `6 rows in ${journal}\n`, stderr: '' });
      expect((await stat(journal)).mode & 0o777).toBe(0o600);
      const proven = await runTellerline('queues', 'prove', journal);
      expect(proven).toMatchObject({ status: 0, stdout: expect.stringMatching(/^6 rows, 2 callers .*\nproven\n$/s) });
      expect(JSON.parse((await runTellerline('queues', 'prove', journal, '--json')).stdout)).toMatchObject({
        proven: true,
        rows: 6,
        calls: 2,
        answered: 1,
        open: 2,
        faults: [],
      });

      await writeFile(journal, (await readFile(journal, 'utf8')).replace('"place":3', '"place":2'));
      const untrue = await runTellerline('queues', 'prove', journal);
      expect(untrue.status).toBe(1);
      expect(untrue.stdout).toMatch(/^FAULT .*row 3.*NOT PROVEN\n$/s);

      const reports = await runTellerline('reports', 'rebuild', '--json', '--config', config);
      expect(reports).toMatchObject({ status: 0, stderr: '' });
      expect(JSON.parse(reports.stdout).lines).toMatchObject([{ scope: 'queue', name: 'cards', counts: {} }]);
    },
    DEADLINE_MS,
  );
});

test(
  'what is not there, and what is not understood',
  async () => {
    await configure(undefined);
    const none = await runTellerline('queues', 'prove', join(folder, 'none.jsonl'));
    expect(none).toMatchObject({ status: 1, stderr: expect.stringContaining('none.jsonl cannot be read (ENOENT)') });
    expect((await runTellerline('queues', 'prove')).status).toBe(64);
    expect((await runTellerline('queues')).status).toBe(64);
    expect((await runTellerline('queues', 'journal', '--config', config)).status).toBe(64);
  },
  DEADLINE_MS,
);
