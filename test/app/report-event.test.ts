import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { indexHash } from '../../src/app/index-hash.ts';
import { MIGRATIONS } from '../../src/app/migrations.ts';
import { openArchive } from '../../src/app/open-archive.ts';
import { reportEvent } from '../../src/app/report-event.ts';
import { storageOptions } from '../../src/app/storage-options.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { Scope } from '../../src/lib/scope.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import { recordingAt } from '../support/archive-rows.ts';
import { policyOf } from '../support/retention-policy.ts';

let folder = '';
let scope: Scope;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-event-'));
  scope = new Scope();
});
afterEach(async () => {
  await scope.close();
  await rm(folder, { recursive: true, force: true });
});

test('an event gives the recordings of its account their date, is in the audit trail, and names the account nowhere', async () => {
  const config = await loadConfig({
    environment: {},
    overrides: {
      'recordings.directory': join(folder, 'recordings'),
      'storage.file': join(folder, 'tellerline.sqlite'),
    },
  });
  const storage = scope.use(
    await openStorage({ ...(await storageOptions(config)), migrations: MIGRATIONS }, silentLogger),
  );
  const archive = await openArchive(config, storage, scope, silentLogger);
  const { index, retention } = archive;
  await retention.addPolicy(policyOf({ id: 'account', basis: { kind: 'event', event: 'account-closed' } }));
  const hash = indexHash(archive.keys, config);
  const began = Date.UTC(2026, 0, 5);
  const [theirs, others] = ['12345678', '87654321'].map((account, n) =>
    recordingAt(began + n, { accountHashes: [hash.account(account) ?? ''] }),
  ) as [ReturnType<typeof recordingAt>, ReturnType<typeof recordingAt>];
  for (const row of [theirs, others]) {
    await index.put(row, { events: [], spans: [], segments: [] });
    await retention.apply(row.id);
    expect((await index.find(row.id))?.retainUntil).toBeNull();
  }
  const report = (event: string, options: Readonly<Record<string, string>>) =>
    reportEvent(archive, { arguments: [event], options, actor: 'ops' });
  expect(await report('account-closed', { account: '1234 5678', at: '2026-03-01', ticket: 'T-1' })).toEqual({
    event: 'account-closed',
    at: '2026-03-01T00:00:00.000Z',
    recordings: 1,
  });
  expect((await index.find(theirs.id))?.retainUntil).toBeGreaterThan(Date.UTC(2031, 2, 1));
  expect((await index.find(others.id))?.retainUntil).toBeNull();
  const rows = await storage.knex('audit_row').select('action', 'actor', 'ticket', 'targets', 'detail');
  expect(rows).toMatchObject([{ action: 'retention.event', actor: 'ops', ticket: 'T-1' }]);
  expect(JSON.stringify([rows, await storage.knex('retention_record').select()])).not.toContain('12345678');

  for (const [event, options] of [
    ['', { account: '1' }],
    ['account-closed', {}],
    ['account-closed', { account: '1', at: 'yesterday' }],
    ['account-closed', { account: '1', at: '2999-01-01' }],
  ] as const)
    await expect(report(event, options)).rejects.toMatchObject({ code: 'USAGE' });
});
