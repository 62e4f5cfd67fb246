import { expect, test } from 'vitest';
import { compareCdr, readForeignCalls } from '../../src/archive/completeness/compare-cdr.ts';
import { selectLastRun, selectReport, selectReported } from '../../src/archive/completeness/completeness-rows.ts';
import { agrees, importCdr } from '../../src/archive/completeness/import-cdr.ts';
import { openReconciler } from '../../src/archive/completeness/reconcile.ts';
import { intentWritten } from '../../src/archive/completeness/intent-written.ts';
import { syntheticCall } from '../../src/archive/completeness/synthetic-call.ts';
import type { Finding } from '../../src/archive/completeness/tally-legs.ts';
import type { RecordingIntent } from '../../src/domain/recording-intent.ts';
import { openArchiveIndex } from '../../src/archive/index/open-archive-index.ts';
import { IvrError } from '../../src/domain/error.ts';
import { type Milliseconds, ms, wallMs } from '../../src/domain/units.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { runEvery } from '../../src/lib/run-every.ts';
import { intentAt } from '../support/archive-rows.ts';
import { describeDatabases } from '../support/databases.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { callOf, MINUTE, signer } from './completeness-calls.ts';

describeDatabases('completeness', (database) => {
  const open = async () => {
    const storage = await database.open();
    const clock = new ManualClock();
    const alarms: [string, Finding][] = [];
    const index = openArchiveIndex(storage, clock);
    const reconciler = openReconciler({
      storage,
      index,
      signer,
      clock,
      logger: silentLogger,
      onAlarm: (kind, finding) => void alarms.push([kind, finding]),
    });
    return { storage, clock, alarms, index, reconciler, [Symbol.asyncDispose]: () => storage[Symbol.asyncDispose]() };
  };

  test('every call that was answered has a recording, an exemption, or an alarm: whichever recordings are taken away', async () => {
    await using made = await open();
    const { storage, clock, index, reconciler, alarms } = made;
    const whole = await callOf(storage, clock);
    const exempt = await callOf(storage, clock, { state: 'EXEMPT' });
    const stuck = await callOf(storage, clock, { state: 'OPEN' });
    const never = await callOf(storage, clock, { intent: false });
    const unanswered = await callOf(storage, clock, { answered: false, state: 'EXPECTED' });
    const live = await callOf(storage, clock, { ended: false, state: 'OPEN' });
    const short = await callOf(storage, clock, { audioMs: MINUTE - 1_500 });
    const unproven = await callOf(storage, clock, { state: 'ARCHIVED' });
    expect((await reconciler.run()).missing).toEqual([]); // there is time yet
    clock.advance(11 * MINUTE);
    const run = await reconciler.run();
    expect(run).toMatchObject({ expected: 5, found: 1, exempt: 2, callMs: 5 * MINUTE });
    const contacts = (findings: readonly Finding[]) => findings.map(({ contact }) => contact).toSorted();
    expect(contacts(run.missing)).toEqual([stuck.contact, never.contact].toSorted());
    expect(contacts(run.unverified)).toEqual([short.contact, unproven.contact].toSorted());
    expect(alarms.map(([kind]) => kind).toSorted()).toEqual(['missing', 'missing', 'unverified', 'unverified']);
    expect(alarms.find(([, { contact }]) => contact === never.contact)?.[1]).toMatchObject({
      reason: 'no-intent',
      detail: 'no intent to record was written',
    });
    expect((await index.find(stuck.id))?.state).toBe('MISSING');
    expect((await index.find(unanswered.id))?.state).toBe('EXEMPT');
    expect((await index.find(live.id))?.state).toBe('OPEN');
    expect((await index.find(exempt.id))?.state).toBe('EXEMPT');
    expect((await index.find(whole.id))?.state).toBe('VERIFIED');
    // told once; found again, it counts as found
    await reconciler.run();
    expect(alarms).toHaveLength(4);
    await index.advance(stuck.id, 'VERIFIED', { durationMs: MINUTE });
    expect((await reconciler.run()).found).toBe(2);
  });

  test('an intent whose call the journal has lost is found as well', async () => {
    await using made = await open();
    const { storage, clock, index, reconciler } = made;
    const intent = intentAt(clock.wall());
    await index.expect(intent);
    await storage.knex('archive_leg').update({ answered_at: clock.wall(), ended_at: clock.wall() + 5 });
    clock.advance(11 * MINUTE);
    expect((await reconciler.run()).missing).toMatchObject([{ contact: intent.contact, recording: intent.id }]);
  });

  test('the report of a day is signed, in the log, and written once', async () => {
    await using made = await open();
    const { storage, clock, reconciler } = made;
    const lost = await callOf(storage, clock, { state: 'OPEN' });
    await callOf(storage, clock);
    clock.advance(20 * MINUTE);
    const day = new Date(clock.wall()).toISOString().slice(0, 10);
    const before = signer.certified.length;
    const first = await reconciler.daily(day);
    expect(JSON.parse(first.report)).toMatchObject({
      day,
      expected: 2,
      found: 1,
      missing: [{ contact: lost.contact }],
    });
    expect(signer.certified.slice(before)).toEqual([first.report]);
    await callOf(storage, clock, { state: 'OPEN' });
    expect(await reconciler.daily(day)).toEqual(first);
    expect(signer.certified).toHaveLength(before + 1);
  });

  test('every day that is over gets its report, those of a server that was down as well; none before the first call', async () => {
    await using made = await open();
    const { storage, clock, reconciler } = made;
    expect(await reconciler.dailyReports()).toEqual([]);
    const days: string[] = [];
    for (let n = 0; n < 3; n++) {
      days.push(new Date(clock.wall()).toISOString().slice(0, 10));
      await callOf(storage, clock);
      clock.advance(24 * 60 * MINUTE);
    }
    expect((await reconciler.dailyReports()).map(({ day }) => day)).toEqual(days);
    expect(await reconciler.dailyReports()).toEqual([]);
    const [today] = (await selectReported(storage.knex, 'daily', 1)).map(({ id, found }) => [id, found]);
    expect(today).toEqual([days[2], 1]);
    expect(await selectReport(storage.knex, days[0]!)).toMatchObject({
      report: expect.stringContaining(`"day":"${days[0]}"`),
      signatures: [{ key: 'k', value: 'v' }],
    });
  });

  test('a call whose number is exempt by policy is EXEMPT from the beginning, counted, and never missing', async () => {
    await using made = await open();
    const { storage, clock, index, reconciler } = made;
    const intent = intentAt(clock.wall());
    await index.expect(intent, 'the bank’s policy');
    await storage.knex('archive_leg').update({ answered_at: clock.wall(), ended_at: clock.wall() + MINUTE });
    clock.advance(11 * MINUTE);
    expect(await reconciler.run()).toMatchObject({ expected: 0, exempt: 1, missing: [] });
    expect(await index.find(intent.id)).toMatchObject({ state: 'EXEMPT', stateReason: 'the bank’s policy' });
    expect(await selectLastRun(storage.knex)).toEqual({ at: clock.wall(), missing: [], unverified: [] });
  });

  test('a comparison with call records is kept as a signed report that names no Call-ID of theirs', async () => {
    await using made = await open();
    const { storage, clock } = made;
    const known = await callOf(storage, clock);
    clock.advance(MINUTE);
    const csv = `call_id,start,billsec\n${known.sipCallId},${known.startedAt},60\nsecret-id@pbx,${clock.wall()},5\n`;
    const result = await importCdr({ storage, signer, clock }, csv, 'auditor');
    expect(agrees(result)).toBe(false);
    expect(JSON.parse(result.report)).toMatchObject({ by: 'auditor', compared: 2, unknown_here_lines: [3] });
    expect(result.report).not.toContain('secret-id');
    expect(await selectReport(storage.knex, result.id)).toMatchObject({ report: result.report, sha256: result.sha256 });
    expect(await selectReported(storage.knex, 'cdr', 5)).toMatchObject([{ expected: 2, found: 1, missing: 1 }]);
  });

  test('the records of the switch before us: what it had and we have not, and the other way round', async () => {
    await using made = await open();
    const { storage, clock } = made;
    const calls: RecordingIntent[] = [];
    for (let n = 0; n < 4; n++) {
      calls.push(await callOf(storage, clock, n === 3 ? { state: 'OPEN' } : {}));
      clock.advance(5 * MINUTE);
    }
    const row = ({ sipCallId, startedAt }: RecordingIntent, length: number) =>
      `${new Date(startedAt).toISOString()};"${sipCallId}";${length}`;
    const csv = [
      'Start;Call-ID;BillSec',
      row(calls[0]!, 60),
      row(calls[2]!, 90),
      row(calls[3]!, 60),
      `${clock.wall() / 1000};"who; ""x""";3`,
    ].join('\r\n');
    const found = await compareCdr(storage, readForeignCalls(csv));
    expect(found.compared).toBe(4);
    expect(found.unknownHere).toEqual([{ line: 5, sipCallId: 'who; "x"', startedAt: clock.wall(), durationMs: 3_000 }]);
    expect(found.unknownThere.map(({ contact }) => contact)).toEqual([calls[1]!.contact]);
    expect(found.differing).toMatchObject([{ contact: calls[2]!.contact, ourMs: MINUTE, durationMs: 90_000 }]);
    expect(found.unrecorded).toMatchObject([{ contact: calls[3]!.contact, state: 'OPEN' }]);
  });

  test('the synthetic call is followed into the archive, and alarms when it does not come there', async () => {
    await using made = await open();
    const { storage, clock, index } = made;
    const reasons: string[] = [];
    /** Time goes on as soon as somebody waits for it. */
    const passing = {
      wall: () => clock.wall(),
      after: (delay: number, run: () => void) =>
        delay > 10_000 ? () => undefined : (clock.advance(delay), queueMicrotask(run), () => undefined),
    };
    const { signal } = new AbortController();
    const parts = { storage, index, clock: passing, onAlarm: (reason: string) => void reasons.push(reason) };
    const good = await callOf(storage, clock);
    expect(await syntheticCall({ ...parts, place: () => Promise.resolve(good.contact) }, signal)).toMatchObject({
      ok: true,
      contact: good.contact,
    });
    const bad = await callOf(storage, clock, { state: 'SEALED' });
    expect(await syntheticCall({ ...parts, place: () => Promise.resolve(bad.contact) }, signal)).toMatchObject({
      ok: false,
      reason: 'its recording is SEALED, not VERIFIED',
    });
    const stopping = new AbortController();
    const broken = (given: AbortSignal) => {
      stopping.abort();
      return given.aborted
        ? Promise.reject(new IvrError('CANCELLED', 'the server stops'))
        : Promise.resolve(good.contact);
    };
    // it says nothing of the line, so nothing is written and nobody is alarmed
    expect(await syntheticCall({ ...parts, place: broken }, stopping.signal)).toBeUndefined();
    const busy = () => Promise.reject(new IvrError('SIP_REJECTED', 'busy'));
    expect(await syntheticCall({ ...parts, place: busy }, signal)).toMatchObject({
      ok: false,
      reason: 'the call failed: SIP_REJECTED',
    });
    expect(reasons).toHaveLength(2);
    expect(await storage.knex('synthetic_call').orderBy('id').pluck('ok')).toEqual([1, 0, 0]);
  });
});

test('an intent that is not written in time: refused, alarmed or passed over, as the number’s policy says', async () => {
  const intent = intentAt(1_700_000_000_000);
  for (const [policy, throws, alarms] of [
    ['refuse', true, 1],
    ['alarm', false, 1],
    ['continue', false, 0],
  ] as const) {
    const told: string[] = [];
    const waiting = (writing: Promise<void>, deadline?: Milliseconds) =>
      intentWritten(
        { intent },
        writing,
        { policy, ...(deadline === undefined ? {} : { deadline }) },
        (_, code) => void told.push(code),
        silentLogger,
      );
    const never = waiting(new Promise<void>(() => undefined), ms(20));
    if (throws) await expect(never).rejects.toMatchObject({ code: 'RECORDINGS_UNWRITABLE' });
    else expect(await never).toBe(false);
    expect(told).toEqual(Array.from({ length: alarms }, () => 'DEADLINE_EXCEEDED'));
    const failed = waiting(Promise.reject(new IvrError('STORAGE_FAILED', 'no')));
    if (throws) await expect(failed).rejects.toMatchObject({ facts: { cause: 'STORAGE_FAILED' } });
    else expect(await failed).toBe(false);
    expect(await waiting(Promise.resolve())).toBe(true);
  }
});

test('a job goes on after a failure, one at a time, and is overdue when none succeeds', async () => {
  const clock = new ManualClock();
  let fails = true;
  let runs = 0;
  await using job = runEvery(
    {
      name: 'x',
      every: ms(5 * MINUTE),
      run: () => (runs++, fails ? Promise.reject(new Error('no')) : Promise.resolve()),
    },
    clock,
    silentLogger,
  );
  const settle = async (): Promise<void> => {
    for (let n = 0; n < 5; n++) await Promise.resolve();
  };
  for (let n = 0; n < 4; n++) {
    clock.advance(5 * MINUTE);
    await settle();
  }
  expect([runs, job.overdue()]).toEqual([4, true]);
  fails = false;
  clock.advance(5 * MINUTE);
  await settle();
  expect([runs, job.overdue(), job.silent()]).toEqual([5, false, 0]);
});

test.each([
  ['March', '2026-03-29T00:30:00Z', 60],
  ['October', '2026-10-25T00:30:00Z', -60],
])(
  'in the night in %s in which clocks change a job runs as often as in any other, also where the wall clock itself is set',
  async (_, began, minutes) => {
    class ChangeNight extends ManualClock {
      override wall() {
        const passed = this.now();
        return wallMs(Date.parse(began) + passed + (passed >= 30 * MINUTE ? minutes * MINUTE : 0));
      }
    }
    const clock = new ChangeNight();
    const ran: number[] = [];
    const job = { name: 'x', every: ms(5 * MINUTE), run: () => Promise.resolve(void ran.push(clock.now())) };
    await using running = runEvery(job, clock, silentLogger);
    for (let n = 0; n < 36; n++) {
      clock.advance(5 * MINUTE);
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
      expect(running.overdue()).toBe(false);
    }
    expect(ran).toEqual(Array.from({ length: 36 }, (_unused, n) => (n + 1) * 5 * MINUTE));
  },
);
