import { expect, test } from 'vitest';
import { selectHeldContacts } from '../../src/archive/retention/held-recordings.ts';
import { type ReaperSettings } from '../../src/archive/retention/reaper.ts';
import { keyedHash } from '../../src/archive/search/keyed-hash.ts';
import { openSearch } from '../../src/archive/search/open-search.ts';
import type { ContactId, RecordingId } from '../../src/domain/ids.ts';
import { wallMs } from '../../src/domain/units.ts';
import { openLadderStore } from '../../src/journal/ladder-store.ts';
import { recordingAt } from '../support/archive-rows.ts';
import { describeDatabases } from '../support/databases.ts';
import { policyOf } from '../support/retention-policy.ts';
import { archiveOn, DAY, Hands, START, TWO } from './retention-archive.ts';

describeDatabases('retention', (database) => {
  const open = async (settings?: Partial<ReaperSettings>) => archiveOn(await database.open(), new Hands(), settings);

  test('a policy is a version with a legal reference; a shorter one expects two people, and shortens nothing that is kept', async () => {
    await using made = await open();
    const { retention, index, hands } = made;
    await retention.addPolicy(policyOf());
    const old = await made.keep(START);
    await expect(retention.addPolicy(policyOf())).rejects.toThrow(/next version is 2/);
    await expect(
      retention.addPolicy(policyOf({ version: 2, period: { years: 1, months: 0, days: 0 } })),
    ).rejects.toMatchObject({ code: 'RETENTION_INVALID' });
    await expect(retention.addPolicy(policyOf({ id: 'x', legalReference: ' ' }))).rejects.toThrow(/legal reference/);
    await expect(retention.addPolicy(policyOf({ id: 'x', zone: 'Mars/Olympus' }))).rejects.toThrow(/no time zone/);
    await expect(made.storage.knex('retention_policy').update({ years: 1 })).rejects.toThrow(/append-only/);
    hands.pass(DAY);
    await retention.addPolicy(
      policyOf({
        version: 2,
        period: { years: 1, months: 0, days: 0 },
        approvedBy: TWO,
        effectiveFrom: wallMs(hands.wall()),
      }),
    );
    hands.pass(DAY);
    const young = await made.keep(hands.truth);
    await retention.apply(old);
    const until = async (id: RecordingId): Promise<string> =>
      new Date((await index.find(id))?.retainUntil ?? 0).toISOString().slice(0, 10);
    expect(await until(old)).toBe('2025-06-01');
    expect(await until(young)).toBe('2021-06-03');
    expect((await retention.policies()).map(({ version }) => version)).toEqual([1, 2]);
  });

  test('an event ends the waiting of the recordings of its account; an earlier report shortens nothing', async () => {
    await using made = await open();
    const { retention, index } = made;
    await retention.addPolicy(policyOf({ id: 'account', basis: { kind: 'event', event: 'account-closed' } }));
    const mine = await made.keep(START, { accountHashes: ['acc'] });
    const other = await made.keep(START + 1, { accountHashes: ['else'] });
    const both = await made.keep(START + 2, { accountHashes: ['acc', 'else'] });
    expect((await index.find(mine))?.retainUntil).toBeNull();
    expect(await retention.obstacles(mine)).toMatchObject([{ kind: 'event-unknown', event: 'account-closed' }]);
    made.hands.pass(400 * DAY);
    const closed = {
      name: 'account-closed',
      subject: 'acc',
      at: wallMs(START + 365 * DAY),
      reportedBy: 'core banking',
    };
    expect(await retention.occurred(closed)).toBe(2);
    const until = (await index.find(mine))?.retainUntil ?? 0;
    expect(new Date(until).toISOString()).toBe('2026-06-01T16:00:00.000Z');
    await retention.occurred({ ...closed, at: wallMs(START) });
    expect((await index.find(mine))?.retainUntil).toBe(until);
    expect((await index.find(other))?.retainUntil).toBeNull();
    expect((await index.find(both))?.retainUntil).toBeNull();
    // one that comes into the archive after the event
    const late = await made.keep(START + 3, { accountHashes: ['acc'] });
    expect((await index.find(late))?.retainUntil).toBe(until);
    await expect(retention.occurred({ ...closed, at: wallMs(made.hands.wall() + DAY) })).rejects.toMatchObject({
      code: 'RETENTION_INVALID',
    });
  });

  test('a hold stands against everything until two people release it; placed twice it is one', async () => {
    await using made = await open();
    const { retention, index, hands } = made;
    await retention.addPolicy(policyOf());
    const ids = [await made.keep(START), await made.keep(START + 1)];
    const hold = { caseNumber: '(2025)沪01民初1号', reason: 'dispute', placedBy: 'legal' };
    const id = await retention.placeHold(hold, ids);
    expect(await retention.placeHold(hold, ids.toReversed())).toBe(id);
    const second = await retention.placeHold({ ...hold, caseNumber: 'other' }, ids.slice(0, 1));
    expect((await index.find(ids[0]!))?.holds).toBe(2);
    hands.pass(3_000 * DAY);
    await made.reaper.pass();
    await expect(retention.assertDestroyable(ids[1]!)).rejects.toThrow(/case \(2025\)沪01民初1号 holds it/);
    await expect(retention.releaseHold(id, ['ann', 'ann'])).rejects.toMatchObject({ code: 'RETENTION_INVALID' });
    await retention.releaseHold(id, TWO);
    await expect(retention.releaseHold(id, TWO)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await retention.assertDestroyable(ids[1]!);
    expect((await retention.obstacles(ids[0]!)).map(({ kind }) => kind)).toEqual(['hold']);
    expect((await retention.holds({ inForce: true })).map((each) => each.id)).toEqual([second]);
    expect(await retention.holds({ recording: ids[1]! })).toMatchObject([{ id, releasedBy: TWO }]);
    const unknown = recordingAt(START + 5).id;
    await expect(retention.placeHold({ ...hold, caseNumber: 'third' }, [ids[1]!, unknown])).rejects.toMatchObject({
      code: 'RECORDING_NOT_FOUND',
    });
    expect((await index.find(ids[1]!))?.holds).toBe(0);
    expect(await retention.holds({ caseNumber: 'third' })).toEqual([]);
  });

  test('the SIP messages of a call under a legal hold outlast their days, and go when it is released', async () => {
    await using made = await open();
    const { retention, index, storage } = made;
    await retention.addPolicy(policyOf());
    const [held, free] = [await made.keep(START), await made.keep(START + 1)];
    const ladders = openLadderStore(storage);
    const contacts: ContactId[] = [];
    for (const id of [held, free]) {
      const recording = await index.find(id);
      if (recording === undefined) throw new Error('it is not in the index');
      contacts.push(recording.contact);
      await ladders.put(recording.contact, { steps: [], omitted: 1 }, wallMs(START));
    }
    const hold = await retention.placeHold({ caseNumber: 'C-1', reason: 'dispute', placedBy: 'legal' }, [held]);
    const sweep = () => ladders.dropBefore(wallMs(START + DAY), selectHeldContacts(storage.knex));
    expect(await sweep()).toBe(1);
    expect(await ladders.find(contacts[0] ?? '')).toBeDefined();
    await retention.releaseHold(hold, TWO);
    expect(await sweep()).toBe(1);
  });

  test('restriction hides and keeps: it neither shortens the term nor is it lost by a rebuild', async () => {
    await using made = await open();
    const { retention, index } = made;
    await retention.addPolicy(policyOf());
    const id = await made.keep(START);
    await retention.restrict({ recording: id, reason: 'PIPL art. 47', restrictedBy: 'privacy' });
    await index.put(recordingAt(START, { id }), { events: [], spans: [], segments: [] });
    expect(await index.find(id)).toMatchObject({ restricted: true, retainUntil: expect.any(Number) as number });
    const search = openSearch(made.storage, keyedHash(Buffer.alloc(32)));
    expect(
      (await search.find({}, { queues: null, level: 'C3', notBefore: null, restricted: 'hidden' }, { limit: 5 }))
        .recordings,
    ).toEqual([]);
    await retention.liftRestriction(id, 'privacy');
    expect(
      (await search.find({}, { queues: null, level: 'C3', notBefore: null, restricted: 'hidden' }, { limit: 5 }))
        .recordings,
    ).toHaveLength(1);
  });

  test('two phases: proposed, after the grace approved by two people for exact ids, looked at again, destroyed, certified', async () => {
    await using made = await open({ approval: true });
    const { retention, reaper, hands, store, index } = made;
    await retention.addPolicy(policyOf());
    const [first, second] = [await made.keep(START), await made.keep(START + 1)];
    hands.pass(1_827 * DAY); // five years and a day, with the 29th of February
    expect(await reaper.pass()).toMatchObject({ proposed: 2, destroyed: [] });
    await expect(reaper.approve([first], ['ann', 'ann'], 'term over')).rejects.toMatchObject({
      code: 'RETENTION_INVALID',
    });
    await expect(reaper.approve([first, recordingAt(START + 9).id], TWO, 'term over')).rejects.toMatchObject({
      code: 'DESTRUCTION_REFUSED',
    });
    hands.pass(8 * DAY);
    expect((await reaper.pass()).destroyed).toEqual([]); // nobody has approved
    await reaper.approve([first], TWO, 'term over');
    expect((await reaper.pass()).destroyed).toEqual([first]);
    expect(store.shredded).toEqual([first]);
    const gone = await index.find(first);
    expect(gone).toMatchObject({ state: 'DESTROYED', wrappedKey: null, caller: '' });
    expect(await index.content(first)).toEqual({ events: [], spans: [], segments: [] });
    const search = openSearch(made.storage, keyedHash(Buffer.alloc(32)));
    expect(
      (
        await search.find(
          { words: 'only' },
          { queues: null, level: 'C3', notBefore: null, restricted: 'shown' },
          { limit: 5 },
        )
      ).recordings.map(({ id }) => id),
    ).toEqual([second]);
    const [row] = await reaper.list({ state: 'destroyed', limit: 5 });
    expect(row).toMatchObject({ recording: first, approvedBy: TWO, leafIndex: 1, signatures: [{ key: 'k' }] });
    expect(JSON.parse(row?.certificate ?? '')).toMatchObject({
      recording: first,
      sha256: 'ab'.repeat(32),
      approved_by: TWO,
      bases: [
        { policy: 'calls', policy_version: 1, legal_reference: '电子签名法 art. 6', until: '2025-06-01T16:00:00.000Z' },
      ],
    });
    await expect(
      index.put(recordingAt(START, { id: first }), { events: [], spans: [], segments: [] }),
    ).rejects.toMatchObject({ code: 'ARCHIVE_STATE_REFUSED' });
    await expect(retention.placeHold({ caseNumber: 'late', reason: '', placedBy: 'x' }, [first])).rejects.toMatchObject(
      { code: 'DESTRUCTION_REFUSED' },
    );
  });

  test('what comes up during the grace withdraws it: a hold, a longer policy, a lock of the store', async () => {
    await using made = await open();
    const { retention, reaper, hands, store, index } = made;
    await retention.addPolicy(policyOf());
    const [held, locked, longer] = [
      await made.keep(START),
      await made.keep(START + 1),
      await made.keep(START + 2, { retentionClass: 'customer-call' }),
    ];
    hands.pass(1_827 * DAY);
    expect((await reaper.pass()).proposed).toBe(3);
    await retention.placeHold({ caseNumber: '1', reason: '', placedBy: 'x' }, [held]);
    await index.advance(locked, 'VERIFIED', { lockUntil: wallMs(hands.truth + 100 * DAY) });
    hands.pass(8 * DAY);
    await retention.addPolicy(
      policyOf({ id: 'aml', period: { years: 10, months: 0, days: 0 }, effectiveFrom: wallMs(hands.wall() - 1) }),
    );
    const done = await reaper.pass();
    expect(done.destroyed).toEqual([]);
    expect(done.withdrawn.toSorted()).toEqual([held, locked, longer].toSorted());
    expect(store.shredded).toEqual([]);
    const reasons = (await reaper.list({ limit: 9 })).map(({ reason }) => reason ?? '');
    expect(reasons.filter((reason) => reason.includes('policy aml keeps it'))).toHaveLength(3);
    expect(reasons.filter((reason) => reason.includes('case 1 holds it'))).toHaveLength(1);
    expect(reasons.filter((reason) => reason.includes('its store locks it'))).toHaveLength(1);
  });
});
