import { readFile, stat, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { CallEvent, CallFact } from '../../src/domain/call-event.ts';
import { IvrError } from '../../src/domain/error.ts';
import { newContactId } from '../../src/domain/ids.ts';
import { Secret } from '../../src/domain/secret.ts';
import { openJournal } from '../../src/journal/journal.ts';
import type { JournalStore } from '../../src/journal/journal-store.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { intentAt } from '../support/archive-rows.ts';
import { openStoreIn } from '../support/journal-store.ts';
import { keptLog } from '../support/kept-log.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { waitWhile } from '../support/wait-while.ts';
import { file, offer, trouble, useJournalFile } from './journal-file.ts';

useJournalFile();

/** A database that fails when told to. */
function failing(store: JournalStore): JournalStore & { fail: boolean } {
  const wrapped = {
    ...store,
    fail: false,
    commit: (batch: Parameters<JournalStore['commit']>[0]) =>
      wrapped.fail ? Promise.reject(new IvrError('STORAGE_FAILED', 'told to')) : store.commit(batch),
  };
  return wrapped;
}

test('facts are stamped in order for each contact, heard by subscribers at once, and durable after a flush', async () => {
  const clock = new ManualClock();
  await using store = await openStoreIn(file);
  await using journal = await openJournal(store, clock, silentLogger);
  const heard: CallEvent[] = [];
  const stop = journal.subscribe((event) => heard.push(event));
  const [one, two] = [newContactId(1), newContactId(2)];
  const first = journal.append(one, offer);
  expect(heard).toEqual([first]);
  expect(first).toMatchObject({ v: 1, contact: one, seq: 1, t_ms: 0, at: clock.wall() });
  clock.advance(250);
  journal.append(two, offer);
  expect(journal.append(one, trouble('a'))).toMatchObject({ seq: 2, t_ms: 250 });
  expect(journal.append(two, trouble('b'))).toMatchObject({ seq: 2, t_ms: 0 });
  stop();
  journal.append(one, trouble('c'));
  expect(heard).toHaveLength(4);
  await journal.flush();
  expect((await store.events(one)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
  expect((await store.events(two)).map(({ type }) => type)).toEqual(['call-offered', 'trouble']);
});

test('an intent that the database refuses waits in the spill with its event, and is written with it by the next start', async () => {
  const intent = intentAt(1_700_000_000_000);
  const { contact } = intent;
  {
    await using store = await openStoreIn(file);
    const refusing = failing(store);
    await using journal = await openJournal(refusing, systemClock, silentLogger);
    refusing.fail = true;
    journal.append(contact, offer, { intent });
    await journal.flush();
    expect(journal.healthy).toBe(false);
  }
  await using store = await openStoreIn(file);
  await using journal = await openJournal(store, systemClock, silentLogger);
  expect(journal.healthy).toBe(true);
  expect((await store.events(contact)).map(({ type }) => type)).toEqual(['call-offered']);
  expect(await store.knex('archive_leg').select('contact', 'recording')).toEqual([{ contact, recording: intent.id }]);
  expect(await store.knex('archive_recording').pluck('state')).toEqual(['EXPECTED']);
});

test('what the database will never take goes aside, whatever it is; others go on, and so does the next start', async () => {
  const bad = intentAt(1_700_000_000_000);
  const good = newContactId(2);
  const refused = `${file}.refused.jsonl`;
  const log = keptLog();
  {
    await using store = await openStoreIn(file);
    await using journal = await openJournal(store, systemClock, log);
    journal.append(bad.contact, offer, { intent: { ...bad, direction: undefined as never } });
    journal.append(good, offer);
    await journal.flush();
    await waitWhile(() => !journal.healthy || !log.text().includes('for good'));
    journal.append(good, trouble('a'));
    await journal.flush();
    expect((await store.events(good)).map(({ type }) => type)).toEqual(['call-offered', 'trouble']);
    expect(await store.events(bad.contact)).toEqual([]);
  }
  expect(JSON.parse((await readFile(refused, 'utf8')).trim())).toMatchObject({ events: [{ contact: bad.contact }] });
  expect(log.text()).toContain('"intents":1');
  // what is brought in again, once its cause is mended, is taken like anything that waited
  const mended = (await readFile(refused, 'utf8')).replaceAll('"contact":', '"direction":"inbound","contact":');
  await writeFile(`${file}.spill.jsonl`, mended);
  await using store = await openStoreIn(file);
  await using journal = await openJournal(store, systemClock, silentLogger);
  expect(journal.healthy).toBe(true);
  expect((await store.events(bad.contact)).map(({ type }) => type)).toEqual(['call-offered']);
});

test('nobody needs to flush: what was appended reaches the database by itself', async () => {
  await using store = await openStoreIn(file);
  await using journal = await openJournal(store, systemClock, silentLogger);
  const contact = newContactId(1);
  journal.append(contact, offer);
  await waitWhile(async () => (await store.events(contact)).length === 0);
  expect(journal.healthy).toBe(true);
});

test('a subscriber that throws disturbs neither the journal nor the others', async () => {
  await using store = await openStoreIn(file);
  await using journal = await openJournal(store, systemClock, silentLogger);
  const heard: string[] = [];
  journal.subscribe(() => {
    throw new Error('no');
  });
  journal.subscribe(({ type }) => heard.push(type));
  journal.append(newContactId(1), offer);
  expect(heard).toEqual(['call-offered']);
});

test('a fact that holds a secret is refused, and nothing of it is written', async () => {
  await using store = await openStoreIn(file);
  await using journal = await openJournal(store, systemClock, silentLogger);
  const contact = newContactId(1);
  journal.append(contact, offer);
  const leaking = { type: 'trouble', code: 'x', where: { deep: [new Secret('4711')] } } as unknown as CallFact;
  expect(() => journal.append(contact, leaking)).toThrowError(expect.objectContaining({ code: 'INTERNAL' }));
  expect(journal.append(contact, trouble('after'))).toMatchObject({ seq: 2 });
  await journal.flush();
  expect(JSON.stringify(await store.events(contact))).not.toMatch(/4711|secret/);
});

test('while the database fails, events go to the spill file; when it works again they come first, in order', async () => {
  await using real = await openStoreIn(file);
  const store = failing(real);
  const clock = new ManualClock();
  await using journal = await openJournal(store, clock, silentLogger);
  const contact = newContactId(1);
  journal.append(contact, offer);
  await journal.flush();
  store.fail = true;
  journal.append(contact, trouble('one'));
  await journal.flush();
  journal.append(contact, trouble('two'));
  await journal.flush();
  expect(journal.healthy).toBe(false);
  expect((await readFile(`${file}.spill.jsonl`, 'utf8')).trim().split('\n')).toHaveLength(2);
  store.fail = false;
  journal.append(contact, trouble('three'));
  await journal.flush();
  expect(journal.healthy).toBe(true);
  expect((await real.events(contact)).map((event) => (event.type === 'trouble' ? event.where : event.type))).toEqual([
    'call-offered',
    'one',
    'two',
    'three',
  ]);
  await expect(stat(`${file}.spill.jsonl`)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('what an earlier process spilled is in the database after the next start, also when its last line is torn', async () => {
  const contact = newContactId(1);
  {
    await using real = await openStoreIn(file);
    const store = failing(real);
    const journal = await openJournal(store, systemClock, silentLogger);
    store.fail = true;
    journal.append(contact, offer);
    await journal[Symbol.asyncDispose]();
  }
  const spill = `${file}.spill.jsonl`;
  await writeFile(spill, `${await readFile(spill, 'utf8')}\n{"events":[{"v":1,"con`);
  await using store = await openStoreIn(file);
  await using journal = await openJournal(store, systemClock, silentLogger);
  expect(await journal.closeOrphans()).toEqual([contact]);
  expect((await store.events(contact)).map(({ type }) => type)).toEqual(['call-offered', 'call-ended']);
});

test('a hundred calls at once are written in order, each without holes', async () => {
  await using store = await openStoreIn(file);
  await using journal = await openJournal(store, systemClock, silentLogger);
  const contacts = Array.from({ length: 100 }, (_, n) => newContactId(n));
  for (let n = 0; n < 30; n++) {
    for (const contact of contacts) journal.append(contact, n === 0 ? offer : trouble(String(n)));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await journal.flush();
  expect(journal.healthy).toBe(true);
  for (const contact of contacts)
    expect((await store.events(contact)).map(({ seq }) => seq)).toEqual(Array.from({ length: 30 }, (_, n) => n + 1));
});

test('a call has ended when it ended, not when its recording was sealed and that was told', async () => {
  const contact = newContactId(6);
  const clock = new ManualClock();
  await using store = await openStoreIn(file);
  await using journal = await openJournal(store, clock, silentLogger);
  const offered = clock.wall();
  journal.append(contact, offer);
  clock.advance(900); // the call
  clock.advance(7_000); // a busy disk
  journal.append(contact, { type: 'call-ended', because: 'caller-hung-up', duration_ms: 900 });
  await journal.flush();
  expect(await store.call(contact)).toMatchObject({ ended_at: offered + 900, duration_ms: 900 });
});
