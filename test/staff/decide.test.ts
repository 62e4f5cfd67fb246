import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DATA_LEVELS } from '../../src/domain/data-level.ts';
import { wallMs } from '../../src/domain/units.ts';
import { type Circumstances, decide, sampleOf, scopeOf } from '../../src/staff/decide.ts';
import { ACTIONS, type Action, ROLES, type Role, type StaffActor, type Target } from '../../src/staff/staff-service.ts';

const NOW = wallMs(1_800_000_000_000);
const actor = (roles: readonly Role[], more: Partial<StaffActor['attributes']> = {}): StaffActor => ({
  kind: 'staff',
  id: 'a',
  name: 'a',
  roles,
  attributes: { queues: ['cards'], level: 'C2', maxAgeDays: null, ...more },
  session: 's',
  address: '127.0.0.1',
});
const recording = {
  queues: ['accounts', 'cards'],
  level: 'C2',
  startedAt: wallMs(NOW - 1000),
  restricted: false,
} as const;
const target: Target = { ids: ['r1'], recording };
/** Everything that could be asked for was given. */
const best: Circumstances = {
  now: NOW,
  purpose: 'complaint of a customer',
  ticket: 'T-1',
  sampleRate: 1,
  approval: 'p1',
  emergency: false,
};

/** Who may do what when nothing is missing; everything else is refused. */
const MAY: Readonly<Record<Action, readonly Role[]>> = {
  'recording.search': ['supervisor', 'quality', 'compliance', 'legal', 'privacy'],
  'recording.view': ['supervisor', 'quality', 'compliance', 'legal', 'privacy'],
  'recording.play': ['supervisor', 'quality', 'compliance'],
  'recording.play-clear': ['compliance'],
  'recording.verify': ['supervisor', 'quality', 'compliance', 'legal', 'privacy', 'auditor'],
  'recording.export': ['compliance', 'legal'],
  'recording.restrict': ['privacy'],
  'recording.destroy': ['privacy'],
  'destruction.resume': ['privacy'],
  'hold.read': ['compliance', 'legal', 'privacy', 'auditor'],
  'hold.place': ['compliance', 'legal'],
  'hold.release': ['legal'],
  'policy.read': ['compliance', 'legal', 'privacy', 'auditor'],
  'policy.change': ['compliance'],
  'audit.read': ['auditor'],
  'completeness.read': ['compliance', 'privacy', 'auditor', 'administrator'],
  'staff.manage': ['administrator'],
  'approval.decide': ['compliance', 'legal', 'privacy'],
  'break-glass.use': ['supervisor', 'quality', 'compliance', 'legal'],
  'break-glass.review': ['compliance', 'auditor'],
  'desk.use': ['agent'],
  'floor.watch': ['supervisor'],
  'floor.direct': ['supervisor'],
  'floor.monitor': ['supervisor'],
  'report.read': ['supervisor', 'quality', 'compliance'],
};

describe.each(ACTIONS.map((action) => [action] as const))('%s', (action) => {
  test.each(ROLES.map((role) => [role] as const))('by %s', (role) => {
    expect(decide(actor([role]), action, target, best).allow).toBe(MAY[action].includes(role));
  });
});

const CONTENT: readonly Action[] = ['recording.view', 'recording.play', 'recording.play-clear', 'recording.export'];
const SILENT: readonly Role[] = ['agent', 'auditor', 'administrator'];

test('agents, auditors and administrators get no content, whatever else is true', () => {
  fc.assert(
    fc.property(
      fc.subarray([...SILENT], { minLength: 1 }),
      fc.constantFrom(...CONTENT),
      fc.boolean(),
      fc.option(fc.string(), { nil: null }),
      (roles, action, emergency, approval) => {
        expect(decide(actor(roles), action, target, { ...best, emergency, approval }).allow).toBe(false);
      },
    ),
  );
});

test('only compliance hears masked spans, and says for which ticket', () => {
  expect(decide(actor(['compliance']), 'recording.play-clear', target, best)).toMatchObject({
    allow: true,
    masked: false,
  });
  expect(decide(actor(['compliance']), 'recording.play', target, best)).toMatchObject({ allow: true, masked: true });
  for (const role of ROLES)
    expect(decide(actor([role]), 'recording.play', target, best)).not.toMatchObject({ masked: false });
  expect(decide(actor(['compliance']), 'recording.play-clear', target, { ...best, ticket: ' ' })).toEqual({
    allow: false,
    because: 'ticket-missing',
  });
});

test.each<[string, Partial<typeof recording> | Record<string, unknown>, Partial<StaffActor['attributes']>, string]>([
  ['another queue', { queues: ['loans', 'accounts'] }, {}, 'queue'],
  ['no queue', { queues: [] }, {}, 'queue'],
  ['a higher level', { level: 'C3' }, {}, 'level'],
  ['older than allowed', { startedAt: wallMs(NOW - 8 * 86_400_000) }, { maxAgeDays: 7 }, 'age'],
  ['restricted', { restricted: true }, {}, 'restricted'],
])('a supervisor is refused: %s', (_what, change, attributes, because) => {
  const other = { ids: ['r1'], recording: { ...recording, ...change } } as Target;
  expect(decide(actor(['supervisor'], attributes), 'recording.play', other, best)).toEqual({ allow: false, because });
  // one more role does not widen it by accident, and one that may does
  expect(decide(actor(['agent', 'supervisor'], attributes), 'recording.play', other, best).allow).toBe(false);
});

test('a supervisor directs and hears their own queues alone, and says why they listen', () => {
  const supervisor = actor(['supervisor']);
  for (const action of ['floor.direct', 'floor.monitor'] as const) {
    expect(decide(supervisor, action, { ids: ['c'], queues: ['cards'] }, best).allow).toBe(true);
    expect(decide(supervisor, action, { ids: ['c'], queues: ['cards', 'loans'] }, best)).toEqual({
      allow: false,
      because: 'queue',
    });
  }
  expect(decide(supervisor, 'floor.monitor', { ids: ['c'], queues: ['cards'] }, { ...best, purpose: '' })).toEqual({
    allow: false,
    because: 'purpose-missing',
  });
});

test('a role that may is found behind one that may not', () => {
  const other: Target = { ids: ['r1'], recording: { ...recording, queues: ['loans'] } };
  expect(decide(actor(['supervisor', 'compliance']), 'recording.play', other, best)).toMatchObject({
    role: 'compliance',
  });
});

test('quality inspection hears its sample, which nobody chooses', () => {
  const ids = Array.from({ length: 2_000 }, (_, i) => `recording-${i}`);
  const heard = ids.filter(
    (id) => decide(actor(['quality']), 'recording.play', { ...target, ids: [id] }, { ...best, sampleRate: 0.05 }).allow,
  );
  expect(heard).toEqual(ids.filter((id) => sampleOf(id) < 0.05));
  expect(heard.length).toBeGreaterThan(60);
  expect(heard.length).toBeLessThan(140);
});

test('a purpose is asked for whatever has to do with what callers said', () => {
  for (const action of [...CONTENT, 'hold.place', 'hold.release', 'recording.destroy', 'policy.change'] as const)
    for (const role of MAY[action])
      expect(decide(actor([role]), action, target, { ...best, purpose: '  x ' })).toEqual({
        allow: false,
        because: 'purpose-missing',
      });
});

test('four eyes: nothing goes without the approval', () => {
  for (const action of [
    'recording.export',
    'recording.restrict',
    'recording.destroy',
    'hold.release',
    'policy.change',
  ] as const)
    for (const role of MAY[action])
      expect(decide(actor([role]), action, target, { ...best, approval: null })).toEqual({
        allow: false,
        because: 'approval-missing',
      });
});

test('break-glass opens playing to who has the role for it, never exports, and nothing that is restricted', () => {
  const emergency = { ...best, emergency: true };
  const other: Target = { ids: ['r1'], recording: { ...recording, queues: ['loans'] } };
  expect(decide(actor(['supervisor']), 'recording.play-clear', other, emergency)).toMatchObject({
    allow: true,
    masked: false,
  });
  expect(decide(actor(['supervisor']), 'recording.export', other, emergency).allow).toBe(false);
  expect(
    decide(
      actor(['supervisor']),
      'recording.play',
      { ids: ['r1'], recording: { ...recording, restricted: true } },
      emergency,
    ),
  ).toEqual({ allow: false, because: 'restricted' });
});

test('what may be found is no wider than what may be opened', () => {
  fc.assert(
    fc.property(
      fc.subarray([...ROLES], { minLength: 1 }),
      fc.subarray(['accounts', 'cards', 'loans']),
      fc.constantFrom(...DATA_LEVELS),
      fc.integer({ min: 0, max: 30 }),
      fc.boolean(),
      fc.option(fc.integer({ min: 1, max: 20 }), { nil: null }),
      (roles, queues, level, days, restricted, maxAgeDays) => {
        const who = actor(roles, { maxAgeDays });
        const startedAt = wallMs(NOW - days * 86_400_000);
        const scope = scopeOf(who, NOW, 1);
        const found =
          scope !== undefined &&
          (scope.queues === null || queues.some((queue) => scope.queues?.includes(queue))) &&
          DATA_LEVELS.indexOf(level) <= DATA_LEVELS.indexOf(scope.level) &&
          (scope.notBefore === null || startedAt >= scope.notBefore) &&
          (!restricted || scope.restricted !== 'hidden');
        const opened = decide(
          who,
          'recording.view',
          { ids: ['r1'], recording: { queues, level, startedAt, restricted } },
          best,
        ).allow;
        if (found) expect(opened).toBe(true);
      },
    ),
  );
});
