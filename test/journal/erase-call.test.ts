import { expect, test } from 'vitest';
import type { CallEvent, CallFact } from '../../src/domain/call-event.ts';
import { issuePermit } from '../../src/domain/destruction-permit.ts';
import { newContactId, newLegId, newRecordingId, turnId } from '../../src/domain/ids.ts';
import { wallMs } from '../../src/domain/units.ts';
import { eraseCall } from '../../src/journal/erase-call.ts';
import { describeDatabases } from '../support/databases.ts';
import { openLadderStore } from '../../src/journal/ladder-store.ts';
import { storeOn } from '../support/journal-store.ts';

const NOW = wallMs(1_900_000_000_000);
const PERMIT = issuePermit(newRecordingId(1_000));
const [leg, turn] = [newLegId(1), turnId(newContactId(1_000), 1)];

/** Whatever is a person's has this in it. */
const PERSONAL = 'Zhang Wei 6222';
const FACTS: readonly CallFact[] = [
  {
    type: 'call-offered',
    leg,
    direction: 'inbound',
    from: PERSONAL,
    to: PERSONAL,
    sip_call_id: PERSONAL,
    diverted_from: PERSONAL,
  },
  { type: 'call-answered', leg, codec: 'PCMA', telephone_event: true, setup_ms: 12 },
  { type: 'state-entered', state: 'menu', dialplan: 'bank', dialplan_version: 3 },
  { type: 'prompt-started', personal: true, turn, prompt: 'p1', text: `Hello ${PERSONAL}`, cached: false },
  {
    type: 'recognized',
    turn,
    outcome: 'match',
    text: PERSONAL,
    confidence: 0.9,
    decode_ms: 70,
    queue_ms: 1,
    speculative: false,
  },
  { type: 'slot-filled', turn, slot: 'account', by: 'speech', value: PERSONAL },
  { type: 'looked-up', turn, service: 'balance', outcome: 'found', took_ms: 20 },
  { type: 'transfer-ringing', leg, to: `sip:${PERSONAL}`, method: 'bridge' },
  { type: 'recording-verified', recording: newRecordingId(1_000), ok: false, problems: [PERSONAL] },
  { type: 'call-ended', because: 'caller-hung-up', duration_ms: 60_000 },
];

describeDatabases('the erasure of a call', (database) => {
  const journal = async () => {
    const store = storeOn(await database.open());
    const [contact, other] = [newContactId(1_000), newContactId(2_000)];
    const recording = newRecordingId(1_000);
    for (const of of [contact, other]) {
      const events = FACTS.map(
        (fact, n): CallEvent => ({ v: 1, contact: of, seq: n + 1, at: wallMs(1_000 + n), t_ms: n, ...fact }),
      );
      const call = {
        contact: of,
        direction: 'inbound' as const,
        offered_at: 1_000,
        answered_at: 1_001,
        ended_at: 1_009,
        caller: PERSONAL,
        callee: PERSONAL,
        because: 'caller-hung-up' as const,
        duration_ms: 60_000,
        recording,
        dialplan: 'bank@3',
      };
      await store.commit({ events, calls: [call], recordings: [] });
    }
    return { store, contact, other };
  };

  test('nothing of a person is left in any of its rows; times, outcomes and counts are as they were, and no other call is touched', async () => {
    const { store, contact, other } = await journal();
    await using _ = store;
    const before = await store.events(contact);
    const untouched = JSON.stringify([await store.events(other), await store.call(other)]);
    await store.knex.transaction((trx) => eraseCall(trx, contact, NOW, PERMIT));
    const after = await store.events(contact);
    expect(JSON.stringify([after, await store.call(contact)])).not.toContain('Zhang');
    const counted = ({ seq, at, t_ms, type }: CallEvent) => ({ seq, at, t_ms, type });
    expect(after.map(counted)).toEqual(before.map(counted));
    expect(after[9]).toEqual(before[9]);
    expect(after[2]).toEqual(before[2]);
    expect(after[6]).toEqual(before[6]);
    expect(after[4]).toMatchObject({ outcome: 'match', confidence: 0.9, decode_ms: 70, text: '' });
    expect(await store.call(contact)).toMatchObject({ duration_ms: 60_000, because: 'caller-hung-up', caller: '' });
    expect(JSON.stringify([await store.events(other), await store.call(other)])).toBe(untouched);
    await store.knex.transaction((trx) => eraseCall(trx, contact, NOW, PERMIT));
    expect(await store.events(contact)).toEqual(after);
  });

  test('the database refuses to change an event whose erasure is not written down, and to change anything but its facts', async () => {
    const { store, contact, other } = await journal();
    await using _ = store;
    const rows = () => store.knex('call_event');
    await expect(rows().where({ contact }).update({ data: '{}' })).rejects.toThrow(/append-only/);
    await store.knex.transaction((trx) => eraseCall(trx, contact, NOW, PERMIT));
    await expect(rows().where({ contact: other }).update({ data: '{}' })).rejects.toThrow(/append-only/);
    for (const change of [{ type: 'x' }, { at: 1 }, { seq: 99 }, { contact: 'y' }])
      await expect(rows().where({ contact, seq: 1 }).update(change)).rejects.toThrow(/append-only/);
    await expect(rows().where({ contact }).delete()).rejects.toThrow(/append-only/);
    await expect(store.knex('call_erasure').delete()).rejects.toThrow(/append-only/);
  });

  test('its SIP messages go with it, are not written afterwards, and of other calls they stay', async () => {
    const { store, contact, other } = await journal();
    await using _ = store;
    const ladders = openLadderStore(store);
    const ladder = { steps: [], omitted: 3 };
    for (const each of [contact, other]) await ladders.put(each, ladder, NOW);
    expect(await ladders.find(contact)).toEqual(ladder);
    await store.knex.transaction((trx) => eraseCall(trx, contact, NOW, PERMIT));
    await ladders.put(contact, ladder, NOW);
    expect(await ladders.find(contact)).toBeUndefined();
    const none = store.knex('sip_ladder').whereRaw('1 = 0').select('contact');
    expect(await ladders.dropBefore(NOW, none)).toBe(0);
    expect(await ladders.find(other)).toEqual(ladder);
    expect(await ladders.dropBefore(wallMs(NOW + 1), none)).toBe(1);
  });

  test('a transaction that fails erases nothing', async () => {
    const { store, contact } = await journal();
    await using _ = store;
    const before = await store.events(contact);
    await expect(
      store.knex.transaction(async (trx) => {
        await eraseCall(trx, contact, NOW, PERMIT);
        throw new Error('the certificate could not be written');
      }),
    ).rejects.toThrow('certificate');
    expect(await store.events(contact)).toEqual(before);
  });
});
