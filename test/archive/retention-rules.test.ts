import fc from 'fast-check';
import { expect, test } from 'vitest';
import { endOfTerm, isShorter } from '../../src/archive/retention/calendar.ts';
import { isZone } from '../../src/lib/local-time.ts';
import {
  type Basis,
  basesOf,
  type KeptRecording,
  mergeBases,
  obstaclesTo,
  policiesFor,
  retainUntil,
} from '../../src/archive/retention/evaluate.ts';
import type { RetentionPolicy } from '../../src/archive/retention/retention.ts';
import { lookAtClock, type TrustedClock } from '../../src/archive/retention/trusted-clock.ts';
import { newRecordingId } from '../../src/domain/ids.ts';
import { sharedMs, type WallMs, wallMs } from '../../src/domain/units.ts';

const at = (text: string): WallMs => wallMs(Date.parse(text));
const iso = (time: number): string => new Date(time).toISOString();
const years = (n: number) => ({ years: n, months: 0, days: 0 });
const DAY = 86_400_000;

test('a term ends with the last second of its anniversary, by the calendar of the bank’s zone', () => {
  expect(iso(endOfTerm(at('2024-05-01T10:00:00Z'), years(5), 'UTC'))).toBe('2029-05-02T00:00:00.000Z');
  // in Shanghai it is the 2nd already
  expect(iso(endOfTerm(at('2024-05-01T17:00:00Z'), years(5), 'Asia/Shanghai'))).toBe('2029-05-02T16:00:00.000Z');
  expect(iso(endOfTerm(at('2024-02-29T12:00:00Z'), years(5), 'UTC'))).toBe('2029-03-02T00:00:00.000Z');
  expect(iso(endOfTerm(at('2024-02-29T12:00:00Z'), years(4), 'UTC'))).toBe('2028-03-01T00:00:00.000Z');
  expect(iso(endOfTerm(at('2024-08-31T12:00:00Z'), { years: 0, months: 6, days: 0 }, 'UTC'))).toBe(
    '2025-03-02T00:00:00.000Z',
  );
  expect(iso(endOfTerm(at('2024-12-31T12:00:00Z'), { years: 0, months: 0, days: 1 }, 'UTC'))).toBe(
    '2025-01-02T00:00:00.000Z',
  );
  // nights on which clocks change, and a zone whose midnight was skipped
  expect(iso(endOfTerm(at('2025-10-24T12:00:00Z'), { years: 0, months: 0, days: 1 }, 'Europe/Berlin'))).toBe(
    '2025-10-25T22:00:00.000Z',
  );
  expect(iso(endOfTerm(at('2025-10-25T12:00:00Z'), { years: 0, months: 0, days: 1 }, 'Europe/Berlin'))).toBe(
    '2025-10-26T23:00:00.000Z',
  );
  expect(iso(endOfTerm(at('2018-11-02T12:00:00Z'), { years: 0, months: 0, days: 1 }, 'America/Sao_Paulo'))).toBe(
    '2018-11-04T03:00:00.000Z',
  );
});

test('every day of 2024 to 2040 is kept for whole calendar years, never a day less', () => {
  for (const [zone, step] of [
    ['Asia/Shanghai', DAY],
    ['UTC', 3 * DAY + 3_600_000],
    ['America/New_York', 3 * DAY + 3_600_000],
  ] as const)
    for (let day = Date.UTC(2024, 0, 1, 12); day < Date.UTC(2041, 0, 1); day += step) {
      const end = endOfTerm(wallMs(day), years(5), zone);
      const anniversary = new Date(day);
      anniversary.setUTCFullYear(anniversary.getUTCFullYear() + 5);
      expect(end, iso(day)).toBeGreaterThanOrEqual(anniversary.getTime());
      expect(end - anniversary.getTime(), iso(day)).toBeLessThanOrEqual(2 * DAY);
    }
});

test('what is shorter is found, and what is no zone', () => {
  expect(isShorter(years(4), years(5))).toBe(true);
  expect(isShorter({ years: 0, months: 60, days: 0 }, years(5))).toBe(false);
  expect(isShorter({ years: 4, months: 11, days: 30 }, years(5))).toBe(true);
  expect([isZone('Asia/Shanghai'), isZone('Mars/Olympus')]).toEqual([true, false]);
});

const NOON = at('2026-11-29T12:00:00Z');
const policy = (more: Partial<RetentionPolicy> = {}): RetentionPolicy => ({
  id: 'calls',
  version: 1,
  name: 'calls',
  legalReference: 'x',
  retentionClass: 'customer-call',
  basis: { kind: 'fixed' },
  period: years(5),
  zone: 'UTC',
  approvedBy: ['a'],
  effectiveFrom: wallMs(0),
  ...more,
});
const kept = (more: Partial<KeptRecording> = {}): KeptRecording => ({
  id: newRecordingId(NOON),
  startedAt: NOON,
  endedAt: null,
  retentionClass: 'customer-call',
  accountHashes: ['acc'],
  ...more,
});

test('the longest of all bases counts; an event that was not reported keeps for good, and so does no policy', () => {
  const product = policy({
    id: 'product',
    basis: { kind: 'event', event: 'product-ended' },
    period: { years: 0, months: 6, days: 0 },
  });
  const bases = (occurred?: WallMs) =>
    basesOf(kept(), [policy(), product], (event) => (event === 'product-ended' ? occurred : undefined), NOON);
  expect(retainUntil(bases())).toBeNull();
  expect(retainUntil(bases(at('2027-01-01T00:00:00Z')))).toBe(at('2031-11-30T00:00:00Z'));
  expect(retainUntil(bases(at('2040-01-01T00:00:00Z')))).toBe(at('2040-07-02T00:00:00Z'));
  expect(retainUntil([])).toBeNull();
  const nobody = basesOf(kept({ accountHashes: [] }), [product], () => NOON, NOON);
  expect(retainUntil(nobody)).toBeNull();
  const two = basesOf(
    kept({ accountHashes: ['a', 'b'] }),
    [product],
    (_, subject) => (subject === 'a' ? NOON : undefined),
    NOON,
  );
  expect(retainUntil(two)).toBeNull();
});

test('a fixed term begins with the end of a call: one over midnight is kept for the day on which it ended', () => {
  const [startedAt, endedAt] = [at('2026-03-01T23:59:00Z'), at('2026-03-02T00:01:00Z')];
  const bases = basesOf(kept({ startedAt, endedAt }), [policy()], () => undefined, endedAt);
  expect(bases).toMatchObject([{ startedAt: endedAt, until: at('2031-03-03T00:00:00Z') }]);
});

test('a recording falls under each version that was in force since it began, and under none of another class', () => {
  const versions = [
    policy(),
    policy({ version: 2, effectiveFrom: wallMs(NOON - DAY) }),
    policy({ version: 3, effectiveFrom: wallMs(NOON + DAY) }),
  ];
  const found = (recording: KeptRecording, now: number): number[] =>
    policiesFor(recording, versions, wallMs(now)).map(({ version }) => version);
  expect(found(kept(), NOON)).toEqual([2]);
  expect(found(kept({ startedAt: wallMs(NOON - 2 * DAY) }), NOON)).toEqual([1, 2]);
  expect(found(kept(), NOON + 2 * DAY)).toEqual([2, 3]);
  expect(found(kept({ retentionClass: 'x' }), NOON)).toEqual([]);
});

test('what was written is never shortened, whatever is known later', () => {
  const time = fc.option(fc.integer({ min: 0, max: 1_000 }).map(wallMs), { nil: null });
  const basis = fc.record({ policy: fc.constantFrom('a', 'b'), policyVersion: fc.constantFrom(1, 2), until: time });
  const full = (one: { policy: string; policyVersion: number; until: WallMs | null }): Basis => ({
    ...one,
    recording: kept().id,
    legalReference: '',
    event: 'e',
    subject: 's',
    startedAt: null,
  });
  fc.assert(
    fc.property(fc.array(basis), fc.array(basis), (first, second) => {
      const before = mergeBases([], first.map(full));
      const after = mergeBases(before, second.map(full));
      for (const one of before) {
        const same = after.find(
          ({ policy: id, policyVersion }) => id === one.policy && policyVersion === one.policyVersion,
        );
        expect(same).toBeDefined();
        if (one.until !== null) expect(same?.until).toBeGreaterThanOrEqual(one.until);
      }
    }),
  );
});

test('everything that stands against a destruction is named', () => {
  const fixed = basesOf(kept(), [policy()], () => undefined, NOON);
  const standing = { state: 'VERIFIED' as const, lockUntil: null, heldByStore: false, bases: fixed, holds: [] };
  const over = at('2031-11-30T00:00:00Z');
  expect(obstaclesTo(standing, over)).toEqual([]);
  expect(obstaclesTo(standing, wallMs(over - 1))).toEqual([{ kind: 'retention', until: over, policy: 'calls' }]);
  expect(
    obstaclesTo(
      {
        state: 'SEALED',
        lockUntil: wallMs(over + 1),
        heldByStore: true,
        bases: [],
        holds: [{ id: 'h', caseNumber: '2026-1' }],
      },
      over,
    ).map(({ kind }) => kind),
  ).toEqual(['hold', 'state', 'no-policy', 'lock']);
});

test('the trusted clock is never ahead of the true time, however wall clocks are set and however often it starts anew', () => {
  const minute = 60_000;
  const step = fc.oneof(
    fc.record({ do: fc.constant('run' as const), ms: fc.integer({ min: 0, max: 30 * DAY }) }),
    fc.record({ do: fc.constant('set' as const), ms: fc.integer({ min: -4_000 * DAY, max: 4_000 * DAY }) }),
    fc.record({ do: fc.constant('restart' as const), ms: fc.integer({ min: 0, max: 400 * DAY }) }),
    fc.record({ do: fc.constant('ask' as const), ms: fc.integer({ min: -minute, max: 0 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let truth = NOON as number;
      let offset = 0;
      let shared = 0;
      let clock: TrustedClock = { at: NOON, seen: undefined };
      for (const { do: what, ms: by } of steps) {
        if (what === 'run') {
          truth += by;
          shared += by;
        } else if (what === 'set') offset += by;
        else if (what === 'restart') {
          truth += by;
          shared = 0;
          clock = { at: clock.at, seen: undefined };
        }
        const reference = what === 'ask' ? wallMs(truth + by) : undefined;
        const before = clock.at;
        [clock] = lookAtClock(clock, { wall: wallMs(truth + offset), shared: sharedMs(shared), reference });
        expect(clock.at).toBeLessThanOrEqual(truth);
        expect(clock.at).toBeGreaterThanOrEqual(before);
      }
    }),
    { numRuns: 500 },
  );
});

test('a clock that was set is told, in either direction, and so is one that differs from the reference', () => {
  const clock: TrustedClock = { at: NOON, seen: { wall: NOON, shared: sharedMs(0) } };
  const look = (wall: number, shared: number, reference?: number) =>
    lookAtClock(clock, {
      wall: wallMs(wall),
      shared: sharedMs(shared),
      reference: reference === undefined ? undefined : wallMs(reference),
    });
  expect(look(NOON + 10_000, 10_000)).toMatchObject([{ at: NOON + 10_000 }, undefined]);
  expect(look(NOON + DAY, 10_000)).toMatchObject([{ at: NOON + 10_000 }, 'set-forward']);
  expect(look(NOON - DAY, 10_000)).toMatchObject([{ at: NOON }, 'set-back']);
  expect(look(NOON + 10_000, 10_000, NOON + DAY)).toMatchObject([{ at: NOON + 10_000 }, 'reference-differs']);
  const started = { at: NOON, seen: undefined };
  // what it missed while it was down it learns from the reference alone
  expect(lookAtClock(started, { wall: wallMs(NOON + DAY), shared: sharedMs(5), reference: undefined })[0].at).toBe(
    NOON,
  );
  expect(
    lookAtClock(started, { wall: wallMs(NOON + DAY), shared: sharedMs(5), reference: wallMs(NOON + DAY - 30) })[0].at,
  ).toBe(NOON + DAY - 30);
});
