import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkLogged, logAccesses, logKeyEvents } from '../../src/app/log-accesses.ts';
import { openLoggedRecords } from '../../src/archive/maintenance/logged-records.ts';
import { openTransparencyLog } from '../../src/archive/log/open-transparency-log.ts';
import { ed25519Signer } from '../../src/archive/signing/ed25519-signer.ts';
import { IvrError } from '../../src/domain/error.ts';
import { wallMs } from '../../src/domain/units.ts';
import type { Audit } from '../../src/staff/audit.ts';
import { auditHash, FIRST_PREVIOUS } from '../../src/staff/audit-hash.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { describeDatabases } from '../support/databases.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { openTestStaff } from '../support/staff.ts';

const signer = ed25519Signer(generateKeyPairSync('ed25519').privateKey);
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-logged-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const access = (audit: Audit, recording: string) =>
  audit.append({
    actor: { kind: 'service', name: 'test' },
    role: 'service',
    action: 'recording.play',
    targets: [recording],
    purpose: 'complaint',
    ticket: '',
    approval: null,
    result: 'allowed',
    detail: {},
  });

async function opened(storage: Storage) {
  const clock = new ManualClock();
  const log = await openTransparencyLog({ folder: join(folder, storage.node), origin: 'bank.example/log', signer });
  const { audit } = openTestStaff(storage.knex, clock);
  const records = openLoggedRecords(storage, log, clock);
  const names = async (type: 'ACCESS-BATCH' | 'KEY-EVENT') => (await records.list(type)).map(({ name }) => name);
  return { clock, log, audit, records, names, check: () => checkLogged(records, log, audit) };
}

/** Somebody who may do anything with the database writes another history, with all its hashes. */
async function rewritten({ knex }: Storage, audit: Audit, seq: number): Promise<void> {
  const rows = await audit.rows(1, 100);
  // the triggers that keep the table from being changed are no hindrance either
  await knex.schema.renameTable('audit_row', 'audit_row_before');
  await knex.raw('create table audit_row as select * from audit_row_before');
  let previous = FIRST_PREVIOUS;
  for (const row of rows) {
    const forged = { ...row, purpose: row.seq === seq ? 'curiosity' : row.purpose, previous };
    const hash = auditHash(forged);
    await knex('audit_row').where({ seq: row.seq }).update({ purpose: forged.purpose, previous, hash });
    previous = hash;
  }
  await knex('audit_head').where({ id: 1 }).update({ hash: previous });
}

describeDatabases('the log of accesses and keys', (database) => {
  test('commits to each row of the audit trail once, and to nothing when there is none', async () => {
    await using storage = await database.open();
    const { log, audit, records, names, check, clock } = await opened(storage);
    await using _ = log;
    await logAccesses(records, audit);
    expect(log.size).toBe(0);
    for (const id of ['a', 'b', 'c']) await access(audit, id);
    await logAccesses(records, audit);
    await logAccesses(records, audit);
    clock.advance(60_000);
    for (const id of ['d', 'e']) await access(audit, id);
    await logAccesses(records, audit);
    expect(await names('ACCESS-BATCH')).toEqual(['1-3', '4-5']);
    expect(log.size).toBe(2);
    expect(await check()).toEqual([]);
  });

  test('finds an audit trail that was written anew with all its hashes, and a record that was changed', async () => {
    await using storage = await database.open();
    const { log, audit, records, check } = await opened(storage);
    await using _ = log;
    for (const id of ['a', 'b', 'c']) await access(audit, id);
    await logAccesses(records, audit);
    await rewritten(storage, audit, 2);
    expect(await audit.verify()).toEqual({ rows: 3, broken: null }); // by itself it is sound
    expect(await check()).toEqual(['the audit trail up to row 3 is not the one that was logged']);
    const [record] = await records.list('ACCESS-BATCH');
    const [row] = await audit.rows(3, 1);
    const text = record?.text.replace(/"head":"[0-9a-f]{64}"/, `"head":"${row?.hash}"`);
    await storage.knex('logged_record').update({ text });
    expect(await check()).toEqual(['the record ACCESS-BATCH 1-3 is not what leaf 0 of the log commits to']);
    await storage.knex('logged_record').delete();
    await access(audit, 'd');
    await storage.knex('logged_record').insert({
      node: storage.node,
      type: 'ACCESS-BATCH',
      number: 1,
      name: '4-4',
      text: record?.text.replace('"from":1', '"from":4'),
      made_at: 1,
      leaf_index: null,
    });
    expect(await check()).toContain('the log has no record of rows 1 to 3 of the audit trail');
  });

  test('what the log did not take, or a crash kept from it, is made up for', async () => {
    await using storage = await database.open();
    const { log, audit, check, clock, names } = await opened(storage);
    await using _ = log;
    await access(audit, 'a');
    const full = { hash: log.hash, append: () => Promise.reject(new IvrError('LOG_UNWRITABLE', 'no space')) };
    await expect(logAccesses(openLoggedRecords(storage, full, clock), audit)).rejects.toMatchObject({
      code: 'LOG_UNWRITABLE',
    });
    expect([log.size, await names('ACCESS-BATCH')]).toEqual([0, ['1-1']]);
    await access(audit, 'b');
    const records = openLoggedRecords(storage, log, clock);
    await records.resume();
    expect(log.size).toBe(1);
    await logAccesses(records, audit);
    expect([log.size, await names('ACCESS-BATCH')]).toEqual([2, ['1-1', '2-2']]);
    expect(await check()).toEqual([]);
  });

  test('keys that were made, backed up and destroyed have a leaf each', async () => {
    await using storage = await database.open();
    const { log, records, names, check } = await opened(storage);
    await using _ = log;
    const state = (epochs: readonly string[], backedUp?: number) => ({
      state: () =>
        Promise.resolve({
          location: '',
          copy: undefined,
          epochs,
          backedUp: backedUp === undefined ? undefined : wallMs(backedUp),
          problems: [],
        }),
    });
    await logKeyEvents(records, state(['customer-call.2026-11']));
    await logKeyEvents(records, state(['customer-call.2026-11', 'customer-call.2026-12'], 0));
    await logKeyEvents(records, state(['customer-call.2026-12'], 0));
    await logKeyEvents(records, state(['customer-call.2026-12'], 0));
    expect(await names('KEY-EVENT')).toEqual([
      'made customer-call.2026-11',
      'made customer-call.2026-12',
      'backed up 1970-01-01T00:00:00.000Z',
      'destroyed customer-call.2026-11',
    ]);
    expect(log.size).toBe(4);
    expect(await check()).toEqual([]);
  });

  test('each node has records of its own, of the one audit trail', async () => {
    await using one = await database.open('one');
    const first = await opened(one);
    await using _ = first.log;
    await access(first.audit, 'a');
    await logAccesses(first.records, first.audit);
    if (database.dialect === 'sqlite') return;
    await using two = await database.open('two');
    const second = await opened(two);
    await using __ = second.log;
    await access(second.audit, 'b');
    await logAccesses(second.records, second.audit);
    expect(await second.names('ACCESS-BATCH')).toEqual(['1-2']);
    expect(await second.check()).toEqual([]);
    await logAccesses(first.records, first.audit);
    expect(await first.names('ACCESS-BATCH')).toEqual(['1-1', '2-2']);
    expect(await first.check()).toEqual([]);
  });
});
