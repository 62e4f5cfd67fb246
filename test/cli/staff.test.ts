import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MIGRATIONS } from '../../src/app/migrations.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { openTestStaff } from '../support/staff.ts';

const MAIN = join(import.meta.dirname, '../../dist/main.js');
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function staff(args: readonly string[], input = '') {
  const child = spawn(process.execPath, [MAIN, 'staff', ...args], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      TELLERLINE_STORAGE_FILE: join(folder, 'db.sqlite'),
      TELLERLINE_STAFF_KEY_FILE: join(folder, 'staff-key'),
    },
  });
  child.stdin.end(input);
  const [out, err, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { out, err, status: status as number };
}

test('the first account: made, listed, reset, disabled, and all of it in the trail', async () => {
  expect((await staff(['list'])).out).toContain('tellerline staff add NAME --roles administrator');
  const added = await staff(
    ['add', 'Root', '--roles', 'administrator', '--full-name', 'The First'],
    'a password of some length\n',
  );
  expect([added.status, added.out]).toEqual([0, expect.stringContaining('root can sign in at /console')]);
  const list = JSON.parse((await staff(['list', '--json'])).out) as object[];
  expect(list).toMatchObject([
    { name: 'root', fullName: 'The First', roles: ['administrator'], mustChange: true, enrolled: false },
  ]);
  expect(JSON.stringify(list)).not.toContain('scrypt');
  expect((await staff(['reset', 'root'], 'another password of length\n')).status).toBe(0);
  expect((await staff(['disable', 'root'])).status).toBe(0);
  expect((await staff(['list'])).out).toMatch(/^root +administrator +disabled/);
  await using storage = await openStorage({ file: join(folder, 'db.sqlite'), migrations: MIGRATIONS }, silentLogger);
  const { audit } = openTestStaff(storage.knex, new ManualClock());
  expect((await audit.rows(1, 10)).map(({ action, actorKind }) => `${actorKind} ${action}`)).toEqual([
    'system-user staff.add',
    'system-user staff.reset',
    'system-user staff.disable',
  ]);
  expect((await audit.verify()).broken).toBeNull();
});

test('beside a server that has the database; the chain of the trail goes on', async () => {
  await using storage = await openStorage({ file: join(folder, 'db.sqlite'), migrations: MIGRATIONS }, silentLogger);
  const { audit, accounts } = openTestStaff(storage.knex, new ManualClock());
  const actor = { kind: 'service', name: 'reaper' } as const;
  const row = {
    actor,
    role: '',
    action: 'x',
    targets: [],
    purpose: '',
    ticket: '',
    approval: null,
    result: 'done',
    detail: {},
  } as const;
  await audit.append(row);
  const added = await staff(
    ['add', 'j.doe', '--roles', 'supervisor', '--queues', 'cards, loans'],
    'a password of some length\n',
  );
  expect([added.status, added.err]).toEqual([0, '']);
  await audit.append(row);
  expect((await accounts.byName('j.doe'))?.attributes.queues).toEqual(['cards', 'loans']);
  expect(await audit.verify()).toEqual({ rows: 3, broken: null });
});

test.each([
  [['add', 'x'], 'name at least one role'],
  [['add', '--roles', 'legal'], 'which account?'],
  [['add', 'j.doe', '--roles', 'king'], 'not king'],
  [['add', 'j.doe', '--roles', 'legal', '--level', 'C9'], 'C1, C2 or C3'],
  [['list', 'x'], 'takes no name'],
  [['remove', 'x'], 'add`, `list`'],
  [['add', 'j.doe', '--roles', 'legal', '--password', 'secret'], '--password'],
] as const)(
  '%j is refused with a reason',
  async (args, why) => {
    const { status, err } = await staff(args, 'a password of some length\n');
    expect([status, err]).toEqual([64, expect.stringContaining(why)]);
  },
  60_000,
);

test('a weak password is refused, and an account that is not there is named', async () => {
  expect((await staff(['add', 'j.doe', '--roles', 'legal'], 'short\n')).err).toContain('12 characters');
  expect(await staff(['reset', 'nobody'])).toMatchObject({
    status: 1,
    err: expect.stringContaining('no account nobody'),
  });
});
