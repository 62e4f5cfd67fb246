import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MIGRATIONS } from '../../src/app/migrations.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { openTestStaff } from '../support/staff.ts';

test('a chain that somebody changed past the triggers is found, and so is one that was cut', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-test-'));
  await using storage = await openStorage({ file: join(folder, 's.sqlite'), migrations: MIGRATIONS }, silentLogger);
  const { audit } = openTestStaff(storage.knex, new ManualClock());
  for (let i = 0; i < 5; i++)
    await audit.append({
      actor: { kind: 'service', name: 'reaper' },
      role: 'service',
      action: 'recording.destroy',
      targets: [`r${i}`],
      purpose: 'end of retention',
      ticket: '',
      approval: null,
      result: 'done',
      detail: { z: 1, a: 'x' },
    });
  await storage.knex.raw('drop trigger audit_row_no_update');
  await storage.knex.raw('drop trigger audit_row_no_delete');
  await storage.knex('audit_row').where({ seq: 3 }).update({ purpose: 'another one' });
  expect(await audit.verify()).toEqual({ rows: 2, broken: 3 });
  await storage.knex('audit_row').where({ seq: 3 }).update({ purpose: 'end of retention' });
  expect(await audit.verify()).toEqual({ rows: 5, broken: null });
  await storage.knex('audit_row').where({ seq: 5 }).delete();
  expect(await audit.verify()).toEqual({ rows: 4, broken: 5 });
  await rm(folder, { recursive: true, force: true });
});
