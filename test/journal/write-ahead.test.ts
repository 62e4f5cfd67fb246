import { appendFile, copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { issuePermit } from '../../src/domain/destruction-permit.ts';
import type { CallFact } from '../../src/domain/call-event.ts';
import { newContactId, newRecordingId } from '../../src/domain/ids.ts';
import { wallMs } from '../../src/domain/units.ts';
import { eraseCall } from '../../src/journal/erase-call.ts';
import { openJournal } from '../../src/journal/journal.ts';
import type { JournalStore } from '../../src/journal/journal-store.ts';
import { JournalSpill } from '../../src/journal/journal-spill.ts';
import { type AheadLog, JournalAhead } from '../../src/journal/journal-ahead.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { type Deferred, deferred } from '../../src/lib/deferred.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { intentAt } from '../support/archive-rows.ts';
import { openStoreIn } from '../support/journal-store.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { file, offer, trouble, useJournalFile } from './journal-file.ts';

const log = (n: number): string => `${file}.ahead-${n}`;
const logs = (): readonly string[] => [log(0), log(1)];

useJournalFile();

/** All that follows of itself has happened. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What would be on the disk if the process died now, in a folder of its own. */
async function asOfNow(name: string): Promise<string> {
  const copy = join(dirname(file), name);
  await mkdir(copy);
  for (const path of [file, `${file}-wal`, ...logs()])
    await copyFile(path, join(copy, basename(path))).catch(() => undefined);
  return join(copy, basename(file));
}

const linesOf = async (path: string): Promise<readonly string[]> =>
  (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');

const aheadOn = (store: JournalStore, disk: AheadLog): JournalAhead =>
  new JournalAhead(store, disk, new JournalSpill(`${file}.refused.jsonl`), new ManualClock(), silentLogger);

test('an offer and its intent are durable before the database has them, and are in it after the next start', async () => {
  const intent = intentAt(1_700_000_000_000);
  const { contact } = intent;
  await using store = await openStoreIn(file);
  await using journal = await openJournal(store, new ManualClock(), silentLogger); // whose timers do not come
  journal.append(contact, offer, { intent });
  await journal.durable();
  expect(await store.events(contact)).toEqual([]);

  await using again = await openStoreIn(await asOfNow('crashed'));
  await using next = await openJournal(again, systemClock, silentLogger);
  expect((await again.events(contact)).map(({ type }) => type)).toEqual(['call-offered']);
  expect(await again.knex('archive_leg').select('contact', 'recording')).toEqual([{ contact, recording: intent.id }]);
  expect(await again.call(contact)).toMatchObject({
    caller: offer.type === 'call-offered' ? offer.from : '',
    ended_at: null,
  });
  expect(await next.closeOrphans()).toEqual([contact]);
});

test('what many calls wait for is one sync, and the database has it as one group soon after', async () => {
  const clock = new ManualClock();
  await using store = await openStoreIn(file);
  let groups = 0;
  const counted = { ...store, commit: (batch: Parameters<typeof store.commit>[0]) => (groups++, store.commit(batch)) };
  await using journal = await openJournal(counted, clock, silentLogger);
  const contacts = Array.from({ length: 50 }, (_, n) => newContactId(n));
  await Promise.all(
    contacts.map((contact) => {
      journal.append(contact, offer);
      return journal.durable();
    }),
  );
  expect((await linesOf(log(0))).length).toBeLessThanOrEqual(2);
  expect(groups).toBe(0);
  const stored = journal.stored();
  clock.advance(400);
  await stored;
  expect(groups).toBe(1);
  expect((await store.calls({ limit: 100 })).length).toBe(50);
  expect(await linesOf(log(0))).toEqual([]);
});

test('a log that is older than the database changes nothing, and a line that a crash has torn is passed over', async () => {
  const contact = newContactId(1);
  let old = '';
  {
    await using store = await openStoreIn(file);
    await using journal = await openJournal(store, new ManualClock(), silentLogger);
    journal.append(contact, offer);
    await journal.durable();
    old = await readFile(log(0), 'utf8');
    journal.append(contact, { type: 'call-ended', because: 'caller-hung-up', duration_ms: 900 });
  }
  for (const path of logs()) await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
  await writeFile(log(1), old);
  await appendFile(log(1), old.slice(0, old.length - 10).replace(/^\n0/, '\n1'));
  await using store = await openStoreIn(file);
  await using journal = await openJournal(store, systemClock, silentLogger);
  expect((await store.events(contact)).map(({ type }) => type)).toEqual(['call-offered', 'call-ended']);
  expect(await store.call(contact)).toMatchObject({ because: 'caller-hung-up', duration_ms: 900 });
  expect(await journal.closeOrphans()).toEqual([]);
});

/** A disk that takes what it is given as `append` says. */
const diskThat = (append: AheadLog['append']): AheadLog => ({
  read: () => Promise.resolve({ batches: [], torn: 0 }),
  open: () => Promise.resolve(),
  append,
  rotate: () => 0,
  empty: () => Promise.resolve(),
  close: () => Promise.resolve(),
});

test('each of those who wait for the same sync is told when their own event is durable, and not before', async () => {
  await using store = await openStoreIn(file);
  await using journal = await openJournal(store, new ManualClock(), silentLogger);
  const syncs: Deferred<void>[] = [];
  const disk = diskThat(() => {
    const sync = deferred<void>();
    syncs.push(sync);
    return sync.promise;
  });
  const ahead = aheadOn(store, disk);
  const contact = newContactId(1);
  const told: string[] = [];
  for (const where of ['first', 'second', 'third']) {
    ahead.add(journal.append(contact, trouble(where)), undefined);
    void ahead.written().then(() => told.push(where));
  }
  expect(syncs).toHaveLength(1);
  syncs[0]?.resolve();
  await turn();
  expect([told, syncs.length]).toEqual([['first'], 2]);
  syncs[1]?.resolve();
  await turn();
  expect([told, syncs.length]).toEqual([['first', 'second', 'third'], 2]);
});

test('a log that tells of a call which was destroyed since brings nothing of it back, and is empty afterwards', async () => {
  const contact = newContactId(1);
  const recording = newRecordingId(1);
  const spoken = 'the number is 4711';
  const facts: readonly CallFact[] = [
    offer,
    { type: 'recording-sealed', recording, path: spoken, sha256: 'a', duration_ms: 1, gaps: 0, recovered: false },
    { type: 'call-ended', because: 'caller-hung-up', duration_ms: 900 },
  ];
  let old = '';
  {
    await using store = await openStoreIn(file);
    await using journal = await openJournal(store, new ManualClock(), silentLogger);
    for (const fact of facts) journal.append(contact, fact);
    await journal.durable();
    old = await readFile(log(0), 'utf8');
  }
  expect(old).toContain(spoken);
  const kept = async (store: Awaited<ReturnType<typeof openStoreIn>>) => [
    await store.events(contact),
    await store.call(contact),
    await store.recordings(contact),
  ];
  let erased: unknown;
  {
    await using store = await openStoreIn(file);
    await store.knex.transaction((trx) => eraseCall(trx, contact, wallMs(1), issuePermit(newRecordingId(wallMs(1)))));
    erased = await kept(store);
  }
  expect(JSON.stringify(erased)).not.toMatch(/4711|5678/);
  await writeFile(log(0), old);
  await using store = await openStoreIn(file);
  await using _ = await openJournal(store, new ManualClock(), silentLogger);
  expect(await kept(store)).toEqual(erased);
  for (const path of logs()) expect(await readFile(path, 'utf8')).toBe('');
});

test('what the log does not take is the database’s to take, until that has all', async () => {
  await using store = await openStoreIn(file);
  let full = true;
  const disk = diskThat(() =>
    full ? Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' })) : Promise.resolve(),
  );
  const ahead = aheadOn(store, disk);
  await using journal = await openJournal(store, systemClock, silentLogger);
  const contact = newContactId(1);
  ahead.add(journal.append(contact, offer), undefined);
  expect(await ahead.written()).toBe(false);
  full = false;
  ahead.add(journal.append(contact, trouble('a')), undefined);
  expect(await ahead.written()).toBe(false);
  ahead.mend();
  ahead.add(journal.append(contact, trouble('b')), undefined);
  expect(await ahead.written()).toBe(true);
});
