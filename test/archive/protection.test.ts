import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openArchiveIndex } from '../../src/archive/index/open-archive-index.ts';
import { openRetention } from '../../src/archive/retention/open-retention.ts';
import { changeTo, type Protection, sayDifference, wantedProtection } from '../../src/archive/retention/protection.ts';
import {
  countProtection,
  isProtectionUnderWay,
  readSweep,
  selectDueProtection,
  writeProtection,
  writeSweep,
} from '../../src/archive/retention/protection-rows.ts';
import type { RecordingId } from '../../src/domain/ids.ts';
import { wallMs } from '../../src/domain/units.ts';
import { recordingAt } from '../support/archive-rows.ts';
import { describeDatabases } from '../support/databases.ts';
import { policyOf } from '../support/retention-policy.ts';

const NOW = wallMs(Date.UTC(2026, 10, 30));
const YEAR = 365 * 86_400_000;
const wanted = (untils: readonly (number | null)[], holds = 0): Protection =>
  wantedProtection(
    { bases: untils.map((until) => ({ until: until === null ? null : wallMs(until) })), holds, mode: 'GOVERNANCE' },
    NOW,
  );

test('a lock until the latest term; a hold, an event to come and the lack of a policy are legal holds', () => {
  expect(wanted([NOW + YEAR, NOW + 2 * YEAR])).toEqual({
    lock: { mode: 'GOVERNANCE', until: NOW + 2 * YEAR },
    legalHold: false,
  });
  expect(wanted([NOW + YEAR, null])).toEqual({ lock: { mode: 'GOVERNANCE', until: NOW + YEAR }, legalHold: true });
  expect(wanted([NOW + YEAR], 1)).toMatchObject({ legalHold: true });
  expect(wanted([])).toEqual({ lock: undefined, legalHold: true });
  expect(wanted([NOW - 1])).toEqual({ lock: undefined, legalHold: false });
});

const protection = fc.record({
  lock: fc.option(
    fc.record({
      mode: fc.constantFrom('GOVERNANCE' as const, 'COMPLIANCE' as const),
      until: fc.integer({ min: NOW, max: NOW + 10 * YEAR }).map(wallMs),
    }),
    { nil: undefined },
  ),
  legalHold: fc.boolean(),
});

test('whatever the store has, the change brings it to what is wanted, weakens no lock, and is made once', () => {
  fc.assert(
    fc.property(protection, protection, (asked, found) => {
      const change = changeTo(asked, found);
      expect(change === undefined).toBe(sayDifference(asked, found) === undefined);
      const after: Protection = { ...found, ...change };
      expect(changeTo(asked, after)).toBeUndefined();
      expect(after.legalHold).toBe(asked.legalHold);
      for (const lock of [asked.lock, found.lock])
        if (lock !== undefined) {
          expect(after.lock!.until).toBeGreaterThan(lock.until - 1_000);
          if (lock.mode === 'COMPLIANCE') expect(after.lock!.mode).toBe('COMPLIANCE');
        }
    }),
  );
});

describeDatabases('what the store has to follow', (database) => {
  const archive = async () => {
    const storage = await database.open();
    const index = openArchiveIndex(storage, { wall: () => NOW });
    const retention = openRetention(storage, { wall: () => NOW, trusted: () => NOW });
    await retention.addPolicy(policyOf());
    const keep = async (startedAt: number, more = {}): Promise<RecordingId> => {
      const row = recordingAt(startedAt, more);
      await index.put(row, { events: [], spans: [], segments: [] });
      await retention.apply(row.id);
      return row.id;
    };
    const due = async () => (await selectDueProtection(storage.knex, NOW, 100)).map(({ recording }) => recording);
    const done = async (problem: string | null = null): Promise<void> => {
      for (const { recording, change } of await selectDueProtection(storage.knex, NOW, 100))
        await writeProtection(storage.knex, {
          recording,
          change,
          mode: 'governance',
          until: wallMs(NOW + YEAR),
          legalHold: false,
          readAt: NOW,
          problem,
        });
    };
    return { storage, index, retention, keep, due, done };
  };

  test('a new recording, a hold, its release and a later term are due, each in the transaction that changes it; a repetition is not', async () => {
    const { storage, index, retention, keep, due, done } = await archive();
    await using _ = storage;
    const [first, second] = [await keep(NOW - YEAR), await keep(NOW - YEAR + 1)];
    expect(await due()).toEqual([first, second]);
    expect(await isProtectionUnderWay(storage.knex, first, NOW - 1)).toBe(true);
    await done();
    expect(await due()).toEqual([]);
    expect(await index.find(first)).toMatchObject({ lockMode: 'governance', lockUntil: NOW + YEAR });
    await retention.apply(first);
    expect(await due()).toEqual([]);
    const hold = await retention.placeHold({ caseNumber: 'C', reason: 'r', placedBy: 'legal' }, [second]);
    expect(await due()).toEqual([second]);
    await done();
    await retention.releaseHold(hold, ['ann', 'bo']);
    expect(await due()).toEqual([second]);
    await done();
    await retention.addPolicy(policyOf({ version: 2, period: { years: 9, months: 0, days: 0 }, effectiveFrom: NOW }));
    await retention.apply(first);
    expect(await due()).toEqual([first]);
  });

  test('what changes while the store is being told stays due; what the store refuses is tried later, and counted', async () => {
    const { storage, retention, keep, due } = await archive();
    await using _ = storage;
    const id = await keep(NOW - YEAR);
    const [told] = await selectDueProtection(storage.knex, NOW, 1);
    await retention.placeHold({ caseNumber: 'C', reason: 'r', placedBy: 'legal' }, [id]);
    const read = { recording: id, mode: 'governance', until: NOW, legalHold: false, readAt: NOW } as const;
    await writeProtection(storage.knex, { ...read, change: told!.change, problem: null });
    expect(await due()).toEqual([id]);
    const [now] = await selectDueProtection(storage.knex, NOW, 1);
    await writeProtection(storage.knex, { ...read, change: now!.change, problem: 'it said no' });
    expect(await due()).toEqual([]);
    expect(await countProtection(storage.knex)).toMatchObject({ due: 1, wrong: 1 });
    expect(await selectDueProtection(storage.knex, wallMs(NOW + 3_600_000), 1)).toHaveLength(1);
  });

  test('what waits to be archived waits here, too; what is being destroyed is left alone', async () => {
    const { storage, index, keep, due, done } = await archive();
    await using _ = storage;
    const id = await keep(NOW - YEAR, { state: 'SEALED' });
    expect(await due()).toEqual([]);
    await index.advance(id, 'ARCHIVED');
    expect(await due()).toEqual([id]);
    await done();
    await index.advance(id, 'ARCHIVED', { problems: ['archive: audio: it is not what the manifest says'] });
    expect(await due()).toEqual([]);
    await index.advance(id, 'VERIFIED', { problems: [] }); // from now on it may be locked for good
    expect(await due()).toEqual([id]);
    const order = { recording: id, proposed_at: NOW, not_before: NOW, approved_by: '[]', purpose: 'p' };
    await storage.knex('destruction').insert({ ...order, state: 'shredding' });
    expect(await due()).toEqual([]);
  });

  test('what a rebuild proves is due like everything that is proven', async () => {
    const { storage, index, keep, due, done } = await archive();
    await using _ = storage;
    const id = await keep(NOW - YEAR, { state: 'ARCHIVED', problems: ['archive: audio: it cannot be read'] });
    await done();
    expect(await due()).toEqual([]);
    const row = (await index.find(id))!;
    await index.put({ ...row, state: 'VERIFIED', problems: [] }, { events: [], spans: [], segments: [] });
    expect(await due()).toEqual([id]);
  });

  test('a destruction waits until the store has taken its legal hold off', async () => {
    const { storage, retention, keep } = await archive();
    await using _ = storage;
    const id = await keep(NOW - 6 * YEAR);
    const read = { recording: id, change: undefined, mode: null, until: null, readAt: NOW, problem: null };
    await writeProtection(storage.knex, { ...read, legalHold: true });
    expect(await retention.obstacles(id)).toEqual([{ kind: 'store-hold' }]);
    await expect(retention.assertDestroyable(id)).rejects.toThrow(/legal hold of its store/);
    await writeProtection(storage.knex, { ...read, legalHold: false });
    expect(await retention.obstacles(id)).toEqual([]);
  });

  test('a look through the archive goes on where it was, each node by itself', async () => {
    const { storage } = await archive();
    await using _ = storage;
    const place = (node: string, at: string | undefined) =>
      writeSweep(storage.knex, { name: 'all', node, place: at, now: NOW });
    expect(await readSweep(storage.knex, 'all', 'a')).toBeUndefined();
    await place('a', 'id-1');
    await place('b', 'id-7');
    expect([await readSweep(storage.knex, 'all', 'a'), await readSweep(storage.knex, 'all', 'b')]).toEqual([
      'id-1',
      'id-7',
    ]);
    await place('a', undefined);
    expect(await readSweep(storage.knex, 'all', 'a')).toBeUndefined();
  });
});
