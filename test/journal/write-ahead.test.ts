import { appendFile, copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { newContactId } from '../../src/domain/ids.ts';
import { openJournal } from '../../src/journal/journal.ts';
import { type AheadLog, JournalAhead } from '../../src/journal/journal-ahead.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { intentAt } from '../support/archive-rows.ts';
import { openStoreIn } from '../support/journal-store.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { file, offer, trouble, useJournalFile } from './journal-file.ts';

const log = (n: number): string => `${file}.ahead-${n}`;
const logs = (): readonly string[] => [log(0), log(1)];

useJournalFile();

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

test('what the log does not take is the database’s to take, until that has all', async () => {
  await using store = await openStoreIn(file);
  let full = true;
  const disk: AheadLog = {
    read: () => Promise.resolve({ batches: [], torn: 0 }),
    open: () => Promise.resolve(),
    append: () => (full ? Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' })) : Promise.resolve()),
    rotate: () => 0,
    empty: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const ahead = new JournalAhead(store, disk, new ManualClock(), silentLogger);
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
