import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openArchiveIndex } from '../../src/archive/index/open-archive-index.ts';
import type { IndexedRecording } from '../../src/archive/index/archive-index.ts';
import { openReaper } from '../../src/archive/retention/open-reaper.ts';
import { openRetention } from '../../src/archive/retention/open-retention.ts';
import { REAPER_SETTINGS, type Reaper, type ReaperSettings } from '../../src/archive/retention/reaper.ts';
import { openSearch } from '../../src/archive/search/open-search.ts';
import { keyedHash } from '../../src/archive/search/keyed-hash.ts';
import type { RecordingId } from '../../src/domain/ids.ts';
import { type SharedMs, sharedMs, wallMs } from '../../src/domain/units.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { recordingAt, utterance } from '../support/archive-rows.ts';
import { describeDatabases } from '../support/databases.ts';
import { memoryDestroyer } from '../support/destroyer.ts';
import { policyOf } from '../support/retention-policy.ts';

const START = Date.UTC(2020, 5, 1, 12);
const DAY = 86_400_000;
const TWO = ['ann', 'bo'];

/** Time that passes, and clocks that may be set. */
class Hands {
  truth = START;
  offset = 0;
  uptime = 0;
  reference = true;
  pass(ms: number): void {
    this.truth += ms;
    this.uptime += ms;
  }
  wall = (): number => this.truth + this.offset;
  shared = (): SharedMs => sharedMs(this.uptime);
}

async function archiveOn(storage: Storage, hands = new Hands(), settings: Partial<ReaperSettings> = {}) {
  const store = memoryDestroyer();
  const index = openArchiveIndex(storage, hands);
  const openOne = (): Promise<Reaper> =>
    openReaper(
      {
        storage,
        clock: hands,
        reference: () => Promise.resolve(hands.reference ? wallMs(hands.truth) : undefined),
        destroyer: store,
        certifier: store,
        software: 'test',
      },
      { ...REAPER_SETTINGS, approval: false, ...settings },
    );
  let reaper = await openOne();
  const retention = openRetention(storage, { wall: hands.wall, trusted: () => reaper.trusted() });
  return {
    storage,
    hands,
    store,
    index,
    retention,
    get reaper() {
      return reaper;
    },
    async restart() {
      hands.uptime = 0;
      reaper = await openOne();
    },
    /** A recording of that day, under the policies of its class. */
    async keep(startedAt: number, more: Partial<IndexedRecording> = {}): Promise<RecordingId> {
      const recording = recordingAt(startedAt, more);
      await index.put(recording, { events: [], spans: [], segments: [utterance('a word that only it holds')] });
      await retention.apply(recording.id);
      return recording.id;
    },
    [Symbol.asyncDispose]: () => storage[Symbol.asyncDispose](),
  };
}

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
    await fc.assert(
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
  }, 120_000);
});

interface Step {
  readonly do:
    | 'wait'
    | 'pass'
    | 'hold'
    | 'release'
    | 'event'
    | 'restart'
    | 'resume'
    | 'lose-reference'
    | 'set-clock'
    | 'longer';
  readonly days: number;
  readonly who: number;
}

/** Lives through the steps and compares with a model that knows the true time. @returns how many were destroyed */
async function runHistory(made: Awaited<ReturnType<typeof archiveOn>>, steps: readonly Step[]): Promise<number> {
  const { retention, hands, store } = made;
  const { knex } = made.storage;
  // SQLite keeps what the run before has left; PostgreSQL too
  for (const table of [
    'destruction',
    'legal_hold_item',
    'legal_hold',
    'retention_event',
    'retention_basis',
    'archive_recording',
    'archive_leg',
    'trusted_clock',
  ])
    await knex(table).delete();
  await made.restart();
  const versions = (await retention.policies()).filter(({ id }) => id === 'calls').length;
  if (versions === 0) {
    await retention.addPolicy(policyOf());
    await retention.addPolicy(
      policyOf({
        id: 'closed',
        basis: { kind: 'event', event: 'account-closed' },
        period: { years: 1, months: 0, days: 0 },
        retentionClass: 'account-call',
      }),
    );
  }
  const ids = [
    await made.keep(START, { accountHashes: ['a'] }),
    await made.keep(START + DAY, { accountHashes: ['a'], retentionClass: 'account-call' }),
    await made.keep(START + 2 * DAY, { retentionClass: 'no-policy' }),
  ];
  const YEAR = 365 * DAY;
  /** By the true time; Infinity: never. */
  const until = [START + 5 * YEAR, Infinity, Infinity];
  const holds: (string | undefined)[] = [undefined, undefined, undefined];
  let seen = store.shredded.length;
  for (const { do: what, days, who } of steps) {
    const id = ids[who]!;
    if (what === 'wait') hands.pass(days * DAY);
    else if (what === 'set-clock') hands.offset += days * DAY;
    else if (what === 'lose-reference') hands.reference = !hands.reference;
    else if (what === 'restart') await made.restart();
    else if (what === 'resume') await made.reaper.resume(TWO);
    else if (what === 'hold')
      holds[who] ??= await retention
        .placeHold({ caseNumber: `${who}`, reason: '', placedBy: 'x' }, [id])
        .catch(() => undefined);
    else if (what === 'release' && holds[who] !== undefined) {
      await retention.releaseHold(holds[who], TWO);
      holds[who] = undefined;
    } else if (what === 'event') {
      const at = wallMs(Math.min(hands.truth, hands.wall()));
      await retention.occurred({ name: 'account-closed', subject: 'a', at, reportedBy: 'x' });
      const written = (await knex<{ at: number }>('retention_event').first('at'))?.at ?? NaN;
      until[1] = Math.max(START + DAY, written) + YEAR;
    } else if (what === 'longer') {
      const version = (await retention.policies()).filter(({ id: one }) => one === 'long').length + 1;
      await retention.addPolicy(
        policyOf({ id: 'long', version, period: { years: 8 + version, months: 0, days: 0 }, effectiveFrom: wallMs(0) }),
      );
      until[0] = Math.max(until[0]!, START + 8 * YEAR);
    } else if (what === 'pass') {
      // two passes with the grace between them, as an hour's timer would do
      await made.reaper.pass();
      hands.pass(7 * DAY + 1);
      await made.reaper.pass();
    }
    for (const gone of store.shredded.slice(seen)) {
      const n = ids.indexOf(gone);
      expect(hands.truth, `${n} after ${JSON.stringify(steps)}`).toBeGreaterThanOrEqual(until[n]!);
      expect(holds[n], `${n} was held`).toBeUndefined();
    }
    seen = store.shredded.length;
  }
  return store.shredded.length;
}
