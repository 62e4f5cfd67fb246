import { generateKeyPairSync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Blobs } from '../../../src/archive/blobs/blobs.ts';
import type { IndexedRecording } from '../../../src/archive/index/archive-index.ts';
import { openArchiveIndex } from '../../../src/archive/index/open-archive-index.ts';
import { fsck } from '../../../src/archive/maintenance/fsck.ts';
import { readRecords, storeRecords } from '../../../src/archive/maintenance/retention-store.ts';
import { backfillRecords } from '../../../src/archive/retention/backfill-records.ts';
import { openRetention } from '../../../src/archive/retention/open-retention.ts';
import { countWaiting } from '../../../src/archive/retention/record-rows.ts';
import { factOf } from '../../../src/archive/retention/retention-fact.ts';
import { openRetentionReplay } from '../../../src/archive/retention/replay-facts.ts';
import { ed25519Signer } from '../../../src/archive/signing/ed25519-signer.ts';
import { issuePermit } from '../../../src/domain/destruction-permit.ts';
import type { RecordingId } from '../../../src/domain/ids.ts';
import { wallMs } from '../../../src/domain/units.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { recordingAt } from '../../support/archive-rows.ts';
import { assertProperty } from '../../support/assert-property.ts';
import { describeDatabases } from '../../support/databases.ts';
import { DAY, folder, type Kept, keptIn, policy, START, TWO, useRecordsFolder } from './kept-retention.ts';
import { carryOut, OPERATIONS, type Operation, proposedIn, stateOf } from './retention-operations.ts';

useRecordsFolder();

/** The index as `rebuild` makes it from the packs of what was not destroyed, then its retention from the records alone. */
async function rebuiltFrom(kept: Kept, storage: Storage, recordings: readonly IndexedRecording[]): Promise<void> {
  await storeRecords(kept.parts);
  const index = openArchiveIndex(storage, kept.clock);
  const retention = openRetention(storage, { wall: kept.clock.wall, trusted: () => wallMs(kept.clock.at) });
  const replay = openRetentionReplay(storage, index);
  const { records, problems } = await readRecords(kept.parts, kept.log);
  expect(problems).toEqual([]);
  await replay.begin(records);
  const begun = new Set(
    records.map(factOf).flatMap((fact) => (fact.kind === 'destruction-begun' ? [fact.recording] : [])),
  );
  for (const recording of recordings) {
    if (begun.has(recording.id)) continue;
    await index.put(recording, { events: [], spans: [], segments: [] });
    await retention.apply(recording.id);
  }
  await replay.finish(records);
  await replay.finish(records); // and again is no harm
}

describeDatabases('records of retention', (database) => {
  test('an index that is made anew from the store has the retention that was, after any history', async () => {
    const place = folder; // a retry has another
    let n = 0;
    let destroyed = 0;
    const live = async (operations: readonly Operation[]): Promise<void> => {
      n += 1;
      await using before = await database.fresh(`a${n}`);
      await using after = await database.fresh(`b${n}`);
      const kept = await keptIn(before, join(place, String(n)));
      kept.clock.at = START + 3 * DAY; // a recording is archived once its call is over
      const recordings = [
        recordingAt(START - DAY, { accountHashes: ['a'] }),
        recordingAt(START, { accountHashes: ['a', 'b'] }),
        recordingAt(START + DAY, { retentionClass: 'account-call', accountHashes: ['b'] }),
        recordingAt(START + 2 * DAY),
      ];
      await kept.retention.addPolicy(policy());
      const closed = { kind: 'event', event: 'account-closed' } as const;
      await kept.retention.addPolicy(policy({ id: 'accounts', basis: closed, retentionClass: 'account-call' }));
      for (const recording of recordings) {
        await kept.keep(recording);
        await kept.retention.apply(recording.id);
      }
      const ids = recordings.map(({ id }) => id);
      for (const operation of operations) await carryOut(operation, kept, ids);
      for (const id of ids) if ((await kept.index.find(id))?.state !== 'DESTROYED') await kept.retention.apply(id);
      await rebuiltFrom(kept, after, recordings);
      const anew = await proposedIn(before.knex);
      expect(await stateOf(after.knex, anew)).toEqual(await stateOf(before.knex, anew));
      destroyed += kept.store.certificates.length;
      // what follows is numbered after it
      await openRetention(after, { wall: kept.clock.wall, trusted: () => wallMs(kept.clock.at) })
        .placeHold({ caseNumber: 'later', reason: '', placedBy: 'x' }, [ids[3]!])
        .catch((thrown: unknown) => expect(thrown).toMatchObject({ code: 'DESTRUCTION_REFUSED' }));
    };
    const operation = fc.record({
      do: fc.constantFrom(...OPERATIONS),
      who: fc.nat({ max: 5 }),
      days: fc.nat({ max: 300 }),
    });
    await assertProperty(fc.asyncProperty(fc.array(operation, { minLength: 4, maxLength: 20 }), live), {
      numRuns: database.dialect === 'sqlite' ? 8 : 1,
    });
    // a restriction that is lifted once a destruction has begun
    await live([
      { do: 'restrict', who: 0, days: 1 },
      { do: 'pass', who: 0, days: 400 },
      { do: 'approve', who: 0, days: 1 },
      { do: 'pass-failing', who: 1, days: 8 },
      { do: 'lift', who: 0, days: 1 },
      { do: 'pass', who: 0, days: 1 },
    ]);
    // a policy and an event that come once a destruction has begun change nothing of what it was decided by
    await live([
      { do: 'pass', who: 0, days: 400 },
      { do: 'approve', who: 0, days: 1 },
      { do: 'pass-failing', who: 0, days: 8 },
      { do: 'policy', who: 0, days: 197 },
      { do: 'event', who: 0, days: 1 },
    ]);
    await live([
      { do: 'restrict', who: 1, days: 1 },
      { do: 'pass', who: 0, days: 400 },
      { do: 'approve', who: 0, days: 1 },
      { do: 'hold', who: 1, days: 1 },
      { do: 'pass', who: 0, days: 8 },
      { do: 'store', who: 0, days: 0 },
      { do: 'pass', who: 0, days: 300 },
      { do: 'approve', who: 0, days: 1 },
      { do: 'pass-failing', who: 0, days: 8 },
    ]);
    expect(destroyed).toBeGreaterThan(0);
  });

  test('a record waits until the store has taken it, and is told of until then', async () => {
    await using storage = await database.open();
    const kept = await keptIn(storage);
    await kept.retention.addPolicy(policy());
    const failing: Blobs = { ...kept.blobs, put: () => Promise.reject(new Error('the store is away')) };
    await expect(storeRecords({ ...kept.parts, blobs: failing })).rejects.toThrow('the store is away');
    expect(await countWaiting(storage.knex)).toEqual({ records: 1, since: START });
    expect(await storeRecords(kept.parts)).toBe(1);
    expect(await storeRecords(kept.parts)).toBe(0);
    expect(await countWaiting(storage.knex)).toEqual({ records: 0, since: null });
    expect(kept.log.size).toBe(1); // the leaf of the first try is that of the second
    const [ref] = await list(kept.blobs);
    expect(await kept.blobs.state(ref!)).toMatchObject({ legalHold: true });
    await expect(kept.blobs.remove(ref!.key, issuePermit(ref!.key as RecordingId))).rejects.toMatchObject({
      code: 'BLOB_LOCKED',
    });
  });

  test('nothing of a case or a person stands in the store in clear; a record that was changed or taken away is found out', async () => {
    await using storage = await database.open();
    const kept = await keptIn(storage);
    await kept.retention.addPolicy(policy());
    const recording = recordingAt(START);
    await kept.keep(recording);
    await kept.retention.placeHold({ caseNumber: '(2020)沪01民初1号', reason: 'dispute', placedBy: 'legal' }, [
      recording.id,
    ]);
    await storeRecords(kept.parts);
    kept.clock.at += 1_000;
    await kept.retention.restrict({ recording: recording.id, reason: 'PIPL', restrictedBy: 'privacy' });
    await storeRecords(kept.parts);
    const [first, second] = (await list(kept.blobs)).map(({ key }) => join(folder, 'blobs', key));
    const bytes = await readFile(first!);
    for (const word of ['民初', 'legal', recording.id, 'calls']) expect(bytes.includes(word)).toBe(false);
    expect((await readRecords(kept.parts, kept.log)).records).toHaveLength(3);

    await writeFile(
      first!,
      bytes.map((byte, at) => (at === 60 ? byte ^ 1 : byte)),
    );
    const damaged = await readRecords(kept.parts, kept.log);
    expect(damaged.records).toHaveLength(1);
    expect(damaged.problems.map(({ problem }) => problem)).toEqual([
      expect.stringContaining('it is not what was sealed'),
      'the log has a record of retention (EXTEND) that is not in the store',
      'the log has a record of retention (HOLD) that is not in the store',
    ]);
    // one segment in the place of another
    await writeFile(first!, await readFile(second!));
    expect((await readRecords(kept.parts, undefined)).problems).toHaveLength(1);
    const findings: string[] = [];
    for await (const { problems } of fsck({
      ...kept.parts,
      index: kept.index,
      protectionOf: async () => undefined,
    }))
      findings.push(...problems);
    expect(findings).toContainEqual(expect.stringContaining('it is not what was sealed'));
    await writeFile(first!, bytes);
    const other = { ...kept.parts, signers: [ed25519Signer(generateKeyPairSync('ed25519').privateKey)] };
    expect((await readRecords(other, undefined)).problems[0]?.problem).toContain('not signed by this archive');
  });

  test('a database of an earlier release gets the records of what it says, once', async () => {
    await using storage = await database.open();
    await using other = await database.fresh('other');
    const kept = await keptIn(storage);
    const recordings = [recordingAt(START - 400 * DAY), recordingAt(START - 399 * DAY), recordingAt(START)];
    await kept.retention.addPolicy(policy());
    for (const recording of recordings) {
      await kept.keep(recording);
      await kept.retention.apply(recording.id);
    }
    await kept.reaper.pass();
    await kept.reaper.approve([recordings[0]!.id], TWO, 'term over');
    kept.clock.at += 8 * DAY;
    await kept.reaper.pass();
    expect(kept.store.shredded).toEqual([recordings[0]!.id]);
    const hold = await kept.retention.placeHold({ caseNumber: '1', reason: '', placedBy: 'x' }, [recordings[2]!.id]);
    await kept.retention.releaseHold(hold, TWO);
    await kept.retention.restrict({ recording: recordings[1]!.id, reason: 'PIPL', restrictedBy: 'p' });
    await kept.retention.occurred({ name: 'e', subject: 's', at: wallMs(START), reportedBy: 'core' });
    await storage.knex('retention_record').delete();
    for (let again = 0; again < 2; again++) await backfillRecords(storage, wallMs(kept.clock.at));
    expect((await countWaiting(storage.knex)).records).toBe(7);
    await rebuiltFrom(kept, other, recordings);
    const anew = await proposedIn(storage.knex);
    expect(await stateOf(other.knex, anew)).toEqual(await stateOf(storage.knex, anew));
  });
});

async function list(blobs: Blobs) {
  const found = [];
  for await (const ref of blobs.list('')) found.push(ref);
  return found;
}
