import { expect, test } from 'vitest';
import type { CallFact } from '../../src/domain/call-event.ts';
import { newContactId, newLegId, newRecordingId, turnId } from '../../src/domain/ids.ts';
import { openJournal } from '../../src/journal/journal.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { openStoreIn } from '../support/journal-store.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { file, offer, trouble, useJournalFile } from './journal-file.ts';

useJournalFile();

const hangUp: CallFact = { type: 'call-ended', because: 'caller-hung-up', duration_ms: 900 };

test('the call list follows the journal: live, then past, with its recording', async () => {
  await using store = await openStoreIn(file);
  await using journal = await openJournal(store, systemClock, silentLogger);
  const [contact, other] = [newContactId(1_000), newContactId(2_000)];
  const recording = newRecordingId(1);
  journal.append(contact, offer);
  journal.append(other, offer);
  journal.append(contact, {
    type: 'call-answered',
    leg: newLegId(1),
    codec: 'PCMU',
    telephone_event: true,
    setup_ms: 5,
  });
  journal.append(contact, {
    type: 'recording-started',
    recording,
    policy: 'p',
    policy_version: 2,
    retention_class: 'c',
    retain_until: '2031-01-01T00:00:00.000Z',
  });
  journal.append(contact, { type: 'state-entered', state: 'greeting', dialplan: 'bank', dialplan_version: 7 });
  expect((await journal.calls.list({ live: true, limit: 9 })).map((call) => call.contact)).toEqual([other, contact]);
  journal.append(contact, {
    type: 'recording-sealed',
    recording,
    path: '/r/audio.wav',
    sha256: 'ab',
    duration_ms: 800,
    gaps: 0,
    recovered: false,
  });
  journal.append(contact, { type: 'recording-verified', recording, ok: true, problems: [] });
  journal.append(contact, hangUp);
  expect(await journal.calls.list({ live: true, limit: 9 })).toHaveLength(1);
  const found = await journal.calls.find(contact);
  expect(found?.call).toMatchObject({
    live: false,
    from: '+86*******5678',
    because: 'caller-hung-up',
    duration_ms: 900,
    recording,
    dialplan: 'bank@7',
  });
  expect(found?.events).toHaveLength(7);
  expect(found?.recordings).toMatchObject([
    {
      id: recording,
      state: 'VERIFIED',
      path: '/r/audio.wav',
      policy: 'p',
      policy_version: 2,
      retention_class: 'c',
      recovered: false,
    },
  ]);
  expect(await journal.calls.find(newContactId(3))).toBeUndefined();
});

test('contacts that a crash left open are ended as crashed at the next start, their numbers going on', async () => {
  const [dead, ended] = [newContactId(1), newContactId(2)];
  const recording = newRecordingId(1);
  const clock = new ManualClock();
  {
    await using store = await openStoreIn(file);
    await using journal = await openJournal(store, clock, silentLogger);
    journal.append(dead, offer);
    journal.append(dead, {
      type: 'recording-started',
      recording,
      policy: 'p',
      policy_version: 2,
      retention_class: 'customer-call',
      retain_until: '2031-01-01T00:00:00.000Z',
    });
    journal.append(ended, offer);
    clock.advance(1_500);
    journal.append(dead, trouble('last'));
    journal.append(ended, hangUp);
  }
  await using store = await openStoreIn(file);
  await using journal = await openJournal(store, clock, silentLogger);
  clock.advance(60_000);
  const sealed = journal.append(dead, {
    type: 'recording-sealed',
    recording,
    path: 'p',
    sha256: 's',
    duration_ms: 1,
    gaps: 0,
    recovered: true,
  });
  expect(sealed).toMatchObject({ seq: 4, t_ms: 61_500 });
  expect(await journal.closeOrphans()).toEqual([dead]);
  const found = await journal.calls.find(dead);
  expect(found?.events.at(-1)).toMatchObject({ seq: 5, type: 'call-ended', because: 'crashed' });
  expect(found?.call).toMatchObject({ live: false, because: 'crashed', from: '+86*******5678' });
  expect(found?.recordings).toMatchObject([{ state: 'RECOVERED', policy: 'p' }]);
  expect(await journal.closeOrphans()).toEqual([]);
});

test('a call that only a recovered recording tells of is ended as crashed as well', async () => {
  const contact = newContactId(3);
  await using store = await openStoreIn(file);
  await using journal = await openJournal(store, new ManualClock(), silentLogger);
  const recording = newRecordingId(3);
  journal.append(contact, { type: 'recording-verified', recording, ok: true, problems: [] });
  expect(await journal.closeOrphans()).toEqual([contact]);
  expect(await journal.calls.find(contact)).toMatchObject({ call: { live: false, because: 'crashed' } });
  expect(await journal.closeOrphans()).toEqual([]);
});

test('the times of a call: what was noted after it about its recording is no sign of its life', async () => {
  const contact = newContactId(4);
  const clock = new ManualClock();
  const answered = {
    type: 'call-answered',
    leg: newLegId(1),
    codec: 'PCMU',
    telephone_event: true,
    setup_ms: 5,
  } as const;
  const prompt = {
    type: 'prompt-finished',
    turn: turnId(contact, 1),
    prompt: 'p',
    played_ms: 700,
    because: 'end',
  } as const;
  {
    await using store = await openStoreIn(file);
    await using journal = await openJournal(store, clock, silentLogger);
    expect(await journal.timesOf(contact)).toBeUndefined();
    journal.append(contact, offer);
    clock.advance(300);
    expect(await journal.timesOf(contact)).toMatchObject({ answered: undefined, ended: 0 });
    journal.append(contact, answered);
    clock.advance(5_000);
    journal.append(contact, prompt);
    expect(await journal.timesOf(contact)).toMatchObject({ answered: 300, ended: 5_300, prompted: 700 });
  } // and is killed here
  clock.advance(600_000);
  await using store = await openStoreIn(file);
  await using journal = await openJournal(store, clock, silentLogger);
  const recording = newRecordingId(4);
  const times = { offered: 1_700_000_000_000, answered: 300, ended: 5_300, prompted: 700 };
  expect(await journal.timesOf(contact)).toEqual(times);
  journal.append(contact, { type: 'recording-verified', recording, ok: true, problems: [] });
  expect(await journal.timesOf(contact)).toEqual(times);
  expect(await journal.closeOrphans()).toEqual([contact]);
  // ten minutes of being down are no minutes of the call
  expect(await journal.calls.find(contact)).toMatchObject({ call: { because: 'crashed', duration_ms: 5_300 } });
});

test('of a contact that ended long ago, or in an earlier process, is told after its last event; of an unknown one nothing', async () => {
  const clock = new ManualClock();
  await using store = await openStoreIn(file);
  const contact = newContactId(1);
  const late: CallFact = { type: 'recording-missing', reason: 'not-archived' };
  {
    await using journal = await openJournal(store, clock, silentLogger);
    journal.append(contact, offer);
    journal.append(contact, hangUp);
  }
  await using journal = await openJournal(store, clock, silentLogger);
  clock.advance(3_600_000);
  expect(await journal.appendLate(contact, late)).toMatchObject({ seq: 3, t_ms: 3_600_000 });
  expect(await journal.appendLate(newContactId(2), late)).toBeUndefined();
  await journal.flush();
  expect((await store.events(contact)).map(({ seq, type }) => [seq, type])).toEqual([
    [1, 'call-offered'],
    [2, 'call-ended'],
    [3, 'recording-missing'],
  ]);
  expect(await store.calls({ limit: 9 })).toHaveLength(1);
  expect(await store.call(contact)).toMatchObject({ because: 'caller-hung-up', ended_at: expect.any(Number) });
});
