import { wallMs } from '../../src/domain/units.ts';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import type { CallEvent } from '../../src/domain/call-event.ts';
import { newContactId, newLegId, newRecordingId } from '../../src/domain/ids.ts';
import type { CallRow, JournalStore, RecordingRow } from '../../src/journal/journal-store.ts';
import { openJournalStore } from '../../src/journal/open-journal-store.ts';
import { describeDatabases } from '../support/databases.ts';
import { intentAt } from '../support/archive-rows.ts';
import { storeOn } from '../support/journal-store.ts';

const contact = newContactId(1_700_000_000_000);

const offered = (seq: number, of = contact): CallEvent & { readonly type: 'call-offered' } => ({
  v: 1,
  contact: of,
  seq,
  at: wallMs(1_700_000_000_000 + seq),
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

/** Each would change a row that is there. */
const columns = '(contact, seq, at, t_ms, v, type, data)';
const values = `values ('${contact}', 1, 0, 0, 1, 'x', '{}')`;
const upsert = `insert into call_event ${columns} ${values} on conflict (contact, seq) do update set type = 'x'`;
const waysRound = {
  sqlite: [`insert or replace into call_event ${columns} ${values}`, upsert],
  postgresql: ['truncate call_event', 'truncate call_event cascade', upsert],
};

describeDatabases('the store of the journal', (database) => {
  const open = async (): Promise<ReturnType<typeof storeOn>> => storeOn(await database.open());

  test('an offer, its leg and its intent to record are one transaction: again changes nothing, and neither is there without the other', async () => {
    await using storage = await database.open();
    const store = storeOn(storage);
    const intent = intentAt(1_700_000_000_000, { contact });
    const batch = { events: [offered(1)], calls: [call(contact)], recordings: [], intents: [{ intent }] };
    expect(await store.commit(batch)).toEqual([]);
    const legs = (): Promise<unknown> =>
      storage.knex('archive_leg as l').join('archive_recording as r', 'r.id', 'l.recording').select('l.leg', 'r.state');
    expect(await legs()).toEqual([{ leg: intent.leg, state: 'EXPECTED' }]);
    expect(await store.commit(batch)).toEqual([]);
    expect(await store.commit({ ...batch, events: [offered(2)] })).toEqual([]);
    expect(await legs()).toHaveLength(1);

    const other = newContactId(1_700_000_000_001);
    const torn = openJournalStore(storage, {
      prepare: () => Promise.resolve(),
      insert: () => Promise.reject(new Error('the disk is full')),
    });
    const refused = { ...batch, events: [offered(1, other)], calls: [call(other)] };
    await expect(torn.commit(refused)).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
    expect(await store.events(other)).toEqual([]);
    expect(await store.call(other)).toBeUndefined();
  });

  test('what was committed is read back whole and in order', async () => {
    const events = [2, 1, 3].map((seq) => offered(seq));
    {
      await using store = await open();
      expect(await store.commit({ events, calls: [call(contact)], recordings: [] })).toEqual([]);
    }
    await using store = await open();
    expect(await store.events(contact)).toEqual([...events].sort((a, b) => a.seq - b.seq));
    expect(await store.call(contact)).toEqual(call(contact));
  });

  test('the journal only grows: neither UPDATE, DELETE, REPLACE, an upsert nor TRUNCATE gets through', async () => {
    await using store = await open();
    const event = offered(1);
    await store.commit({ events: [event], calls: [], recordings: [] });
    const table = () => store.knex('call_event');
    await expect(table().update({ type: 'x' })).rejects.toThrow(/append-only/);
    await expect(table().delete()).rejects.toThrow(/append-only/);
    for (const verb of waysRound[database.dialect]) await expect(store.knex.raw(verb)).rejects.toThrow(/append-only/);
    expect(await store.events(contact)).toEqual([event]);
  });

  test('a batch that comes twice is one batch; an event that would take the place of another is refused and named', async () => {
    await using store = await open();
    const first = { events: [offered(1)], calls: [], recordings: [] };
    await store.commit(first);
    expect(await store.commit({ ...first, events: [...first.events, offered(2)] })).toEqual([]);
    const other = { ...offered(2), leg: newLegId(2) };
    expect(await store.commit({ events: [other, offered(3)], calls: [], recordings: [] })).toEqual([other]);
    expect((await store.events(contact)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  test('calls are listed newest first, a page at a time, filtered', async () => {
    await using store = await open();
    const calls = Array.from({ length: 5 }, (_, n) =>
      call(newContactId(1_000 + n), {
        offered_at: 1_000 + n,
        ...(n % 2 === 0 ? { ended_at: 5_000, because: 'caller-hung-up' as const } : {}),
      }),
    );
    await store.commit({ events: [], calls, recordings: [] });
    const listed = async (filter: Partial<Parameters<JournalStore['calls']>[0]>): Promise<number[]> =>
      (await store.calls({ limit: 10, ...filter })).map(({ offered_at }) => offered_at - 1_000);
    expect(await listed({})).toEqual([4, 3, 2, 1, 0]);
    expect(await listed({ limit: 2 })).toEqual([4, 3]);
    expect(await listed({ limit: 2, before: calls[3]!.contact })).toEqual([2, 1]);
    expect(await listed({ live: true })).toEqual([3, 1]);
    expect(await listed({ live: false })).toEqual([4, 2, 0]);
    expect(await listed({ because: 'caller-hung-up', since: 1_001 })).toEqual([4, 2]);
    expect(await listed({ until: 1_002 })).toEqual([1, 0]);
  });

  test('rows take the place of the earlier ones with their key', async () => {
    await using store = await open();
    await store.commit({ events: [], calls: [call(contact)], recordings: [] });
    const ended = call(contact, { ended_at: 9, because: 'bot-hung-up', duration_ms: 8 });
    await store.commit({ events: [], calls: [ended], recordings: [] });
    expect(await store.calls({ limit: 9 })).toEqual([ended]);
  });

  test('what could not be written does not stand in the error', async () => {
    await using store = await open();
    await store.knex.schema.dropTable('call_event');
    await store.knex.schema.dropTable('call');
    const secret = 'my-mothers-maiden-name';
    const batches = [
      { events: [{ ...offered(1), from: secret }], calls: [], recordings: [] },
      { events: [], calls: [call(contact, { caller: secret })], recordings: [] },
    ];
    for (const batch of batches) {
      const error: unknown = await store.commit(batch).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'STORAGE_FAILED' });
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(secret);
    }
  });

  test('numbers, texts of any kind and long names come back as they went in', async () => {
    await using store = await open();
    const event: CallEvent = {
      ...offered(1),
      at: wallMs(9_007_199_254_740_991),
      from: '"\\\u0000\u2028 余额 \ud83d\ude00 \'; drop table call; --',
    };
    const long = `*${'1'.repeat(500)}`;
    await store.commit({
      events: [event],
      calls: [call(contact, { caller: `a\u0000${long}`, dialplan: long, ended_at: 9_007_199_254_740_991 })],
      recordings: [],
    });
    expect(await store.events(contact)).toEqual([event]);
    expect(await store.call(contact)).toEqual(
      call(contact, { caller: `a${long}`, dialplan: long, ended_at: 9_007_199_254_740_991 }),
    );
  });

  test('a thousand events and two hundred calls are one batch', async () => {
    await using store = await open();
    const calls = Array.from({ length: 200 }, (_, n) => call(newContactId(2_000 + n)));
    const events = calls.flatMap(({ contact: of }) => [1, 2, 3, 4, 5].map((seq) => offered(seq, of)));
    expect(await store.commit({ events, calls, recordings: [] })).toEqual([]);
    expect(await store.calls({ limit: 1_000 })).toHaveLength(200);
    expect(await store.events(calls[77]!.contact)).toHaveLength(5);
  });

  test('recordings keep booleans and numbers', async () => {
    await using store = await open();
    const recording: RecordingRow = {
      id: newRecordingId(1_000),
      contact,
      state: 'RECOVERED',
      opened_at: 1_700_000_000_000,
      path: '/x',
      sha256: 'f'.repeat(64),
      duration_ms: 4_000,
      gaps: 2,
      recovered: true,
      error: null,
      policy: 'p',
      policy_version: 3,
      retention_class: 'c',
      retain_until: '2030-01-01T00:00:00.000Z',
    };
    await store.commit({ events: [], calls: [call(contact, { ended_at: 9 })], recordings: [recording] });
    expect(await store.recordings(contact)).toEqual([recording]);
    const [unfinished] = await store.unfinished();
    expect(unfinished).toMatchObject({ contact, recordings: [recording], lastSeq: 0 });
  });
});
