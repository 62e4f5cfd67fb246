import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ReaperSettings } from '../../src/archive/retention/reaper.ts';
import { assertProperty } from '../support/assert-property.ts';
import { describeDatabases } from '../support/databases.ts';
import { policyOf } from '../support/retention-policy.ts';
import { archiveOn, DAY, Hands, START, TWO } from './retention-archive.ts';
import { runHistory } from './retention-history.ts';

describeDatabases('the reaper', (database) => {
  const open = async (settings?: Partial<ReaperSettings>) => archiveOn(await database.open(), new Hands(), settings);

  test('killed at any step it is finished by the next pass, and nothing is said to be gone that is not', async () => {
    await using made = await open();
    const { retention, hands, store, index } = made;
    await retention.addPolicy(policyOf());
    for (const fail of ['shred', 'delete', 'stay', 'certify'] as const) {
      const id = await made.keep(hands.truth);
      hands.pass(1_830 * DAY);
      await made.reaper.pass();
      hands.pass(8 * DAY);
      store.fail = fail;
      expect((await made.reaper.pass()).failed).toMatchObject([{ recording: id }]);
      expect((await index.find(id))?.state).toBe('VERIFIED');
      await expect(retention.placeHold({ caseNumber: fail, reason: '', placedBy: 'x' }, [id])).rejects.toMatchObject({
        code: 'DESTRUCTION_REFUSED',
      });
      store.fail = undefined;
      await made.restart();
      expect((await made.reaper.pass()).destroyed, fail).toEqual([id]);
      expect((await index.find(id))?.state).toBe('DESTROYED');
    }
  });

  test('what the journal knows of a call stays with its other recordings, also with one that is missing and on hold', async () => {
    await using made = await open({ graceMs: 0 });
    const { retention, hands, storage, index } = made;
    await retention.addPolicy(policyOf());
    const erased = (): Promise<string[]> => storage.knex('call_erasure').pluck('contact');
    const first = await made.keep(START);
    const { contact } = (await index.find(first))!;
    const missing = await made.keep(START + 1, { contact, state: 'MISSING' });
    const hold = await retention.placeHold({ caseNumber: '7', reason: '', placedBy: 'x' }, [missing]);
    hands.pass(1_827 * DAY);
    await made.reaper.pass();
    hands.pass(1);
    expect((await made.reaper.pass()).destroyed).toEqual([first]);
    expect(await erased()).toEqual([]);
    // of a call of which nothing is kept, on hold or not, nothing stays
    await retention.releaseHold(hold, TWO);
    const second = await made.keep(START, { contact });
    await made.reaper.pass();
    hands.pass(1);
    expect((await made.reaper.pass()).destroyed).toEqual([second]);
    expect(await erased()).toEqual([contact]);
  });

  test('no more than the rate in an hour, and a store that fails is left alone', async () => {
    await using made = await open({ atLeastAnHour: 2, graceMs: 0 });
    const { retention, hands, store } = made;
    await retention.addPolicy(policyOf());
    for (let n = 0; n < 5; n++) await made.keep(START + n);
    hands.pass(1_827 * DAY);
    await made.reaper.pass();
    hands.pass(1);
    expect(await made.reaper.pass()).toMatchObject({ destroyed: { length: 2 }, waiting: 3 });
    hands.pass(60_000);
    expect(await made.reaper.pass()).toMatchObject({ destroyed: { length: 0 }, waiting: 3 });
    hands.pass(3_600_000);
    store.fail = 'delete';
    expect(await made.reaper.pass()).toMatchObject({ destroyed: { length: 0 }, failed: { length: 1 }, waiting: 2 });
  });

  test('when the server stops, the recording under way is finished, and the others wait for the next start', async () => {
    await using made = await open({ graceMs: 0 });
    const { retention, hands, store } = made;
    await retention.addPolicy(policyOf());
    const ids = await Promise.all([0, 1, 2].map((n) => made.keep(START + n)));
    hands.pass(1_827 * DAY);
    await made.reaper.pass();
    hands.pass(1);
    const stop = new AbortController();
    store.onShred = () => stop.abort();
    expect(await made.reaper.pass(stop.signal)).toMatchObject({ destroyed: { length: 1 }, waiting: 2, proposed: 0 });
    store.onShred = undefined;
    expect(await made.reaper.pass(stop.signal)).toMatchObject({ destroyed: [], waiting: 2 });
    await made.restart();
    expect((await made.reaper.pass()).destroyed).toHaveLength(2);
    expect(store.shredded.toSorted()).toEqual(ids.toSorted());
  });

  test('one that cannot be finished, whatever is wrong with it, does not hold up the others', async () => {
    await using made = await open({ graceMs: 0 });
    const { retention, hands, store } = made;
    await retention.addPolicy(policyOf());
    const [locked, unreachable, ...others] = await Promise.all([0, 1, 2, 3].map((n) => made.keep(START + n)));
    if (locked === undefined || unreachable === undefined) throw new Error('four were kept');
    store.stuck.set(locked, 'BLOB_LOCKED').set(unreachable, 'BLOBS_UNREACHABLE');
    hands.pass(1_827 * DAY);
    await made.reaper.pass();
    hands.pass(1);
    const destroyed = [...(await made.reaper.pass()).destroyed];
    // from now on both have begun, and fail in every pass
    for (let pass = 0; pass < 3; pass++) {
      hands.pass(3_600_000);
      const { destroyed: more, failed } = await made.reaper.pass();
      destroyed.push(...more);
      expect(failed.map(({ code }) => code).toSorted()).toEqual(['BLOBS_UNREACHABLE', 'BLOB_LOCKED']);
    }
    expect(destroyed.toSorted()).toEqual(others.toSorted());
    store.stuck.clear();
    expect((await made.reaper.pass()).destroyed.toSorted()).toEqual([locked, unreachable].toSorted());
  });

  test('a clock that is set stops it, and it does not go on by itself', async () => {
    await using made = await open({ graceMs: 0 });
    const { retention, hands, store } = made;
    await retention.addPolicy(policyOf());
    await made.keep(START);
    await made.reaper.pass();
    hands.reference = false;
    hands.offset = 3_000 * DAY;
    expect((await made.reaper.pass()).stopped).toBe('set-forward');
    hands.pass(DAY);
    await made.restart();
    expect((await made.reaper.pass()).stopped).toBe('clock-suspect');
    await expect(made.reaper.resume(['ann'])).rejects.toMatchObject({ code: 'RETENTION_INVALID' });
    await made.reaper.resume(TWO);
    expect(await made.reaper.pass()).toMatchObject({ stopped: undefined, proposed: 0 });
    expect(store.shredded).toEqual([]);
  });

  test('a hold and the reaper at the same time: either the recording is held, or it is gone and the hold is refused', async () => {
    await using made = await open({ graceMs: 0 });
    const { retention, hands, store, index } = made;
    await retention.addPolicy(policyOf());
    const ids = await Promise.all(Array.from({ length: 8 }, (_, n) => made.keep(START + n)));
    hands.pass(1_827 * DAY);
    await made.reaper.pass();
    hands.pass(1);
    const [pass, ...holds] = await Promise.all([
      made.reaper.pass(),
      ...ids.map((id) =>
        retention.placeHold({ caseNumber: id, reason: '', placedBy: 'x' }, [id]).then(
          () => 'held' as const,
          () => 'refused' as const,
        ),
      ),
    ]);
    for (const [n, id] of ids.entries()) {
      const destroyed = pass.destroyed.includes(id);
      expect(holds[n], id).toBe(destroyed ? 'refused' : 'held');
      expect((await index.find(id))?.state).toBe(destroyed ? 'DESTROYED' : 'VERIFIED');
      expect(store.shredded.includes(id)).toBe(destroyed);
    }
  });

  test('nothing is ever destroyed early, under any order of events, holds, policies, restarts and clock jumps', async () => {
    const who = fc.nat({ max: 2 });
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ do: fc.constant('wait' as const), days: fc.integer({ min: 1, max: 900 }), who }),
      },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('pass' as const), days: fc.constant(0), who }) },
      fc.record({
        do: fc.constantFrom(
          'hold' as const,
          'release' as const,
          'event' as const,
          'restart' as const,
          'resume' as const,
          'lose-reference' as const,
        ),
        days: fc.constant(0),
        who,
      }),
      fc.record({ do: fc.constant('set-clock' as const), days: fc.integer({ min: -5_000, max: 5_000 }), who }),
      fc.record({ do: fc.constant('longer' as const), days: fc.constant(0), who }),
    );
    let destroyedAtAll = 0;
    await assertProperty(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        await using made = await archiveOn(await database.open(`node-${Math.random()}`), new Hands(), {
          graceMs: 7 * DAY,
        });
        destroyedAtAll += await runHistory(made, steps);
      }),
      { numRuns: 12 },
    );
    // a history that destroys, so that the property is not true of an idle reaper
    await using made = await archiveOn(await database.open('last'), new Hands());
    destroyedAtAll += await runHistory(made, [
      { do: 'event', days: 0, who: 0 },
      ...Array.from({ length: 5 }, () => [
        { do: 'wait', days: 900, who: 0 } as const,
        { do: 'pass', days: 0, who: 0 } as const,
      ]).flat(),
    ]);
    expect(destroyedAtAll).toBeGreaterThan(0);
  });
});
