import { expect, test } from 'vitest';
import { accessSessions } from '../../src/http/routes/archive/access-sessions.ts';
import { wallMs } from '../../src/domain/units.ts';
import type { AuditRow } from '../../src/staff/audit.ts';

let seq = 0;
const row = (detail: AuditRow['detail'], more: Partial<AuditRow> = {}): AuditRow => ({
  seq: ++seq,
  at: wallMs(seq * 1_000),
  actor: 'li',
  actorKind: 'staff',
  role: 'compliance',
  action: 'recording.play',
  targets: ['r'],
  purpose: 'complaint 4711',
  ticket: '',
  approval: null,
  address: '',
  result: 'allowed',
  detail,
  previous: '',
  hash: '',
  ...more,
});
const range = (access: string, from: number, to: number): AuditRow[] => [
  row({ what: 'audio', access, range: `bytes=${from}-` }),
  row({ what: 'audio', access, from_ms: from, to_ms: to }, { result: 'done' }),
];

test('the ranges of one access are one row, with what was heard counted once; another access is another row', () => {
  const rows = [
    row({ what: 'access', access: 'a' }),
    ...range('a', 0, 5_000),
    ...range('a', 3_000, 9_000),
    row({ what: 'access', access: 'b' }),
    ...range('a', 60_000, 61_000),
    ...range('b', 0, 1_000),
  ].toReversed();
  const sessions = accessSessions(rows);
  expect(sessions.map(({ detail, rows: n, playedMs }) => [detail['access'], n, playedMs])).toEqual([
    ['b', 3, 1_000],
    ['a', 7, 10_000],
  ]);
  const [, first] = sessions;
  expect(first).toMatchObject({ seq: rows.at(-1)?.seq, at: rows.at(-1)?.at, until: 9_000 - 1_000 });
  expect(first?.detail).not.toHaveProperty('range');
});

test('what was refused, what another did, and what belongs to no access stays a row of its own', () => {
  const rows = [
    row({ what: 'access', access: 'a' }),
    row({ what: 'access', access: 'a' }, { actor: 'bo' }),
    row({ what: 'audio', access: 'a', because: 'restricted' }, { result: 'denied' }),
    row({}, { action: 'hold.place' }),
    row({}, { action: 'hold.place' }),
    row({ what: 'peaks', access: 'a' }),
  ].toReversed();
  expect(accessSessions(rows).map(({ actor, action, result, rows: n }) => [actor, action, result, n])).toEqual([
    ['li', 'recording.play', 'allowed', 2],
    ['li', 'hold.place', 'allowed', 1],
    ['li', 'hold.place', 'allowed', 1],
    ['li', 'recording.play', 'denied', 1],
    ['bo', 'recording.play', 'allowed', 1],
  ]);
});
