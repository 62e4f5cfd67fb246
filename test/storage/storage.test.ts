import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CallEvent } from '../../src/domain/call-event.ts';
import { newContactId, newLegId } from '../../src/domain/ids.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { MIGRATIONS, migrate } from '../../src/storage/migrations.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import type { CallRow, Storage } from '../../src/storage/storage.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'storage-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = (): Promise<Storage> => openStorage({ file: join(folder, 'deep', 'calls.db') }, silentLogger);
const contact = newContactId(1_700_000_000_000);

const offered = (seq: number, of = contact): CallEvent => ({
  v: 1,
  contact: of,
  seq,
  at: 1_700_000_000_000 + seq,
  t_ms: seq,
  type: 'call-offered',
  leg: newLegId(1),
  direction: 'inbound',
  from: '*1',
  to: '*2',
  sip_call_id: 'x',
});

const call = (of: CallRow['contact'], more: Partial<CallRow> = {}): CallRow => ({
  contact: of,
  direction: 'inbound',
  offered_at: 1_700_000_000_000,
  answered_at: null,
  ended_at: null,
  caller: '*1',
  callee: '*2',
  because: null,
  duration_ms: null,
  recording: null,
  dialplan: null,
  ...more,
});

test('a new database has the schema, write-ahead log and full synchronisation; opened again it has not changed', async () => {
  for (let n = 0; n < 2; n++) {
    await using storage = await open();
    expect(await migrate(storage.knex)).toEqual([]);
    expect(await storage.knex('migration').pluck('name')).toEqual(MIGRATIONS.map(({ name }) => name));
    const pragma = async (name: string): Promise<unknown> =>
      Object.values((await storage.knex.raw<object[]>(`PRAGMA ${name}`))[0] ?? {})[0];
    expect([await pragma('journal_mode'), await pragma('synchronous'), await pragma('foreign_keys')]).toEqual([
      'wal',
      2,
      1,
    ]);
    expect([await pragma('recursive_triggers'), await pragma('busy_timeout')]).toEqual([1, 5000]);
  }
});

test('what was committed is read back whole and in order', async () => {
  const events = [2, 1, 3].map((seq) => offered(seq));
  {
    await using storage = await open();
    expect(await storage.commit({ events, calls: [call(contact)], recordings: [] })).toEqual([]);
  }
  await using storage = await open();
  expect(await storage.events(contact)).toEqual([...events].sort((a, b) => a.seq - b.seq));
  expect(await storage.call(contact)).toEqual(call(contact));
});

test('the journal only grows: neither UPDATE, DELETE nor REPLACE gets through', async () => {
  await using storage = await open();
  const event = offered(1);
  await storage.commit({ events: [event], calls: [], recordings: [] });
  const table = () => storage.knex('call_event');
  await expect(table().update({ type: 'x' })).rejects.toThrow(/append-only/);
  await expect(table().delete()).rejects.toThrow(/append-only/);
  await expect(
    storage.knex.raw(
      "insert or replace into call_event (contact, seq, at, t_ms, v, type, data) values (?, 1, 0, 0, 1, 'x', '{}')",
      [contact],
    ),
  ).rejects.toThrow(/append-only/);
  expect(await storage.events(contact)).toEqual([event]);
});

test('a batch that comes twice is one batch; an event that would take the place of another is refused and named', async () => {
  await using storage = await open();
  const first = { events: [offered(1)], calls: [], recordings: [] };
  await storage.commit(first);
  expect(await storage.commit({ ...first, events: [...first.events, offered(2)] })).toEqual([]);
  const other = { ...offered(2), leg: newLegId(2) };
  expect(await storage.commit({ events: [other, offered(3)], calls: [], recordings: [] })).toEqual([other]);
  expect((await storage.events(contact)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
});

test('calls are listed newest first, a page at a time, filtered', async () => {
  await using storage = await open();
  const calls = Array.from({ length: 5 }, (_, n) =>
    call(newContactId(1_000 + n), {
      offered_at: 1_000 + n,
      ...(n % 2 === 0 ? { ended_at: 5_000, because: 'caller-hung-up' as const } : {}),
    }),
  );
  await storage.commit({ events: [], calls, recordings: [] });
  const listed = async (filter: Partial<Parameters<Storage['calls']>[0]>): Promise<number[]> =>
    (await storage.calls({ limit: 10, ...filter })).map(({ offered_at }) => offered_at - 1_000);
  expect(await listed({})).toEqual([4, 3, 2, 1, 0]);
  expect(await listed({ limit: 2 })).toEqual([4, 3]);
  expect(await listed({ limit: 2, before: calls[3]!.contact })).toEqual([2, 1]);
  expect(await listed({ live: true })).toEqual([3, 1]);
  expect(await listed({ live: false })).toEqual([4, 2, 0]);
  expect(await listed({ because: 'caller-hung-up', since: 1_001 })).toEqual([4, 2]);
  expect(await listed({ until: 1_002 })).toEqual([1, 0]);
});

test('rows take the place of the earlier ones with their key', async () => {
  await using storage = await open();
  await storage.commit({ events: [], calls: [call(contact)], recordings: [] });
  const ended = call(contact, { ended_at: 9, because: 'bot-hung-up', duration_ms: 8 });
  await storage.commit({ events: [], calls: [ended], recordings: [] });
  expect(await storage.calls({ limit: 9 })).toEqual([ended]);
});

test('a file that is no database is said so, and not touched', async () => {
  const file = join(folder, 'calls.db');
  await writeFile(file, 'this is a letter, not a database, and it is long enough to be looked at');
  await expect(openStorage({ file }, silentLogger)).rejects.toMatchObject({
    code: 'STORAGE_FAILED',
    facts: { cause: 'SQLITE_NOTADB' },
  });
});

test('nobody but the owner reads the database or its log', async () => {
  await using storage = await open();
  await storage.commit({ events: [offered(1)], calls: [], recordings: [] });
  const names = (await readdir(join(folder, 'deep'))).filter((each) => !each.includes('.lock'));
  expect(names.toSorted()).toEqual(['calls.db', 'calls.db-shm', 'calls.db-wal']);
  for (const name of names) expect((await stat(join(folder, 'deep', name))).mode & 0o077, name).toBe(0);
});

test('what could not be written does not stand in the error', async () => {
  await using storage = await open();
  await storage.knex.schema.dropTable('call_event');
  await storage.knex.schema.dropTable('call');
  const secret = 'my-mothers-maiden-name';
  const batches = [
    { events: [{ ...offered(1), from: secret }], calls: [], recordings: [] },
    { events: [], calls: [call(contact, { caller: secret })], recordings: [] },
  ];
  for (const batch of batches) {
    const error: unknown = await storage.commit(batch).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'STORAGE_FAILED' });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(secret);
  }
});
