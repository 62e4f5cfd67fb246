import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MIGRATIONS } from '../../src/app/migrations.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { Scope } from '../../src/lib/scope.ts';
import { auditHash } from '../../src/staff/audit-hash.ts';
import type { Staff } from '../../src/staff/open-staff.ts';
import { newToken } from '../../src/staff/sessions.ts';
import type { StaffActor } from '../../src/staff/staff-service.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { noPostgresql } from '../support/postgresql.ts';
import { sharedDatabase } from '../support/shared-database.ts';
import { openWholePool } from '../support/whole-pool.ts';
import { AT, codeOf, NEXT_PASSWORD, openTestStaff, PASSWORD, type SignedInStaff, signedIn } from '../support/staff.ts';

const FOR = { purpose: 'complaint of a customer', ticket: 'T-1' };

describe.each([['SQLite', false] as const, ...(noPostgresql ? [] : [['PostgreSQL', true] as const])])(
  'staff on %s',
  (_name, onServer) => {
    const scope = new Scope();
    let folder: string;
    let storage: Storage;
    let staff: Staff;
    const clock = new ManualClock();
    const people = {} as Record<'compliance' | 'legal' | 'privacy' | 'auditor' | 'supervisor', SignedInStaff>;
    const actor = (who: keyof typeof people): StaffActor => people[who].holder.actor;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'tellerline-test-'));
      const options = { file: join(folder, 'staff.sqlite'), node: 'node', migrations: MIGRATIONS };
      const server = onServer ? scope.use(await sharedDatabase()) : undefined;
      storage = await openStorage({ ...options, ...(server === undefined ? {} : { server }) }, silentLogger);
      if (server !== undefined) await openWholePool(storage, server.connections);
      staff = openTestStaff(storage.knex, clock);
      for (const role of ['compliance', 'legal', 'privacy', 'auditor', 'supervisor'] as const)
        people[role] = await signedIn(staff, clock, role, [role], { queues: ['cards'] });
    });
    afterAll(async () => {
      await storage[Symbol.asyncDispose]();
      await scope.close();
      await rm(folder, { recursive: true, force: true });
    });
    const lastRow = async () => (await staff.audit.list({ limit: 1 }))[0];

    test('the whole first sign-in was written down, and secrets were not', async () => {
      const rows = await staff.audit.list({ actor: 'legal', limit: 10 });
      expect(rows.map(({ action, result }) => `${action} ${result}`).toReversed()).toEqual([
        'sign-in.enrol done',
        'sign-in done',
        'password.change done',
      ]);
      const dump = JSON.stringify([
        await storage.knex('staff_account'),
        await storage.knex('staff_session'),
        await storage.knex('audit_row'),
      ]);
      const { token, secret, recoveryCodes } = people.legal;
      for (const kept of [PASSWORD, NEXT_PASSWORD, token, secret, recoveryCodes[0] ?? '?'])
        expect(dump).not.toContain(kept);
    });

    test('the second sign-in wants the code; a code counts once; a recovery code once as well', async () => {
      clock.advance(60_000);
      const { secret, recoveryCodes } = people.auditor;
      const begin = async () => {
        const { token, step } = await staff.signIn.password('Auditor', NEXT_PASSWORD, AT);
        expect(step).toBe('second-factor');
        const holder = await staff.signIn.find(token, AT.address);
        if (holder === undefined) throw new Error('no session');
        return holder;
      };
      const code = codeOf(secret, clock.wall());
      expect((await staff.signIn.secondFactor(await begin(), code, AT)).step).toBe('full');
      const again = await begin();
      await expect(staff.signIn.secondFactor(again, code, AT)).rejects.toMatchObject({ code: 'SIGN_IN_FAILED' });
      await expect(staff.signIn.offerEnrolment(again)).rejects.toMatchObject({ code: 'CONFLICT' });
      const typed = recoveryCodes[0] ?? '';
      const { token } = await staff.signIn.secondFactor(again, typed, AT);
      expect((await staff.signIn.find(token, AT.address))?.session.step).toBe('full');
      // the session of the step before opens nothing any more
      await expect(staff.signIn.secondFactor(await begin(), typed, AT)).rejects.toMatchObject({
        code: 'SIGN_IN_FAILED',
      });
    });

    test('wrong passwords, unknown names and disabled accounts all look alike', async () => {
      const from = { address: '198.51.100.4', source: '198.51.100.4' };
      const { id } = await staff.accounts.add({ name: 'gone', fullName: '', password: PASSWORD, roles: ['agent'] });
      await staff.accounts.change(id, { disabled: true });
      const messages = new Set<string>();
      for (const [name, password] of [
        ['legal', 'wrong password!'],
        ['nobody', NEXT_PASSWORD],
        ['gone', PASSWORD],
      ] as const)
        await staff.signIn.password(name, password, from).catch((error: Error) => messages.add(error.message));
      expect([...messages]).toEqual(['the name, the password or the code is wrong']);
      expect(await lastRow()).toMatchObject({ action: 'sign-in', result: 'denied', actor: 'gone' });
    });

    test('a source is stopped after eight attempts, right or wrong; others are not', async () => {
      const from = { address: '198.51.100.5', source: '198.51.100.5' };
      for (let i = 0; i < 8; i++)
        await expect(staff.signIn.password('legal', `wrong ${i} wrong`, from)).rejects.toThrow(/wrong/);
      await expect(staff.signIn.password('legal', NEXT_PASSWORD, from)).rejects.toThrow(
        /too many attempts; try again in 15 min/,
      );
      expect((await staff.signIn.password('legal', NEXT_PASSWORD, AT)).step).toBe('second-factor');
    });

    test('a session ends after its idle time, at its absolute time, when revoked, and with its account', async () => {
      const { account } = people.supervisor.holder.session;
      const open = (step: 'full' | 'second-factor' = 'full') => staff.sessions.begin(account, AT.source, step);
      const idle = await open();
      clock.advance(899_000);
      expect(await staff.sessions.find(idle)).toBeDefined();
      clock.advance(900_000);
      expect(await staff.sessions.find(idle)).toBeUndefined();
      const long = await open();
      for (let passed = 0; passed < 36_000_000 - 800_000; passed += 800_000) {
        expect(await staff.sessions.find(long)).toBeDefined();
        clock.advance(800_000);
      }
      clock.advance(800_000);
      expect(await staff.sessions.find(long)).toBeUndefined();
      const half = await open('second-factor');
      clock.advance(600_000);
      expect(await staff.sessions.find(half)).toBeUndefined();
      const revoked = await open();
      await staff.sessions.endAll(account);
      expect(await staff.sessions.find(revoked)).toBeUndefined();
      const disabled = await open();
      await staff.accounts.change(account, { disabled: true });
      expect(await staff.signIn.find(disabled, AT.address)).toBeUndefined();
      await staff.accounts.change(account, { disabled: false });
      expect(await staff.signIn.find(disabled, AT.address)).toBeDefined();
      for (const forged of ['', 'x', 'a'.repeat(43), '../../etc', disabled.slice(1)])
        expect(await staff.sessions.find(forged)).toBeUndefined();
    });

    test('four eyes: not one’s own, exactly these ids and terms, for that purpose, once, within 24 hours', async () => {
      const order = { action: 'recording.export', targets: ['r1'], terms: { masked: true }, ...FOR } as const;
      const carryOut = (
        change: Partial<Omit<typeof order, 'targets'>> & { targets?: readonly string[]; terms?: object } = {},
      ) => {
        const { action, targets, terms, purpose, ticket } = { ...order, ...change };
        return staff.permit(actor('legal'), action, { ids: targets }, { purpose, ticket }, { terms: { ...terms } });
      };
      const request = () => staff.approvals.request(actor('legal').id, order);
      await expect(carryOut()).rejects.toMatchObject({ code: 'FORBIDDEN', facts: { because: 'approval-missing' } });
      const first = await request();
      await expect(staff.approvals.decide(first.id, actor('legal').id, 'approved', '')).rejects.toMatchObject({
        code: 'FORBIDDEN',
      });
      await expect(carryOut()).rejects.toThrow(/another person must first approve/);
      await staff.approvals.decide(first.id, actor('compliance').id, 'approved', 'seen');
      await expect(staff.approvals.decide(first.id, actor('privacy').id, 'refused', '')).rejects.toMatchObject({
        code: 'CONFLICT',
      });
      for (const other of [
        { targets: ['r2'] },
        { targets: ['r1', 'r2'] },
        { targets: [] },
        { terms: { masked: false } },
        { purpose: 'something else entirely' },
        { ticket: 'T-2' },
        { action: 'recording.destroy' },
      ] as const)
        await expect(carryOut(other as never)).rejects.toMatchObject({ code: 'FORBIDDEN' });
      await expect(
        staff.permit(actor('compliance'), 'recording.export', { ids: ['r1'] }, FOR, { terms: { masked: true } }),
      ).rejects.toMatchObject({ code: 'FORBIDDEN' });
      const both = await Promise.allSettled([carryOut(), carryOut()]);
      expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      expect(
        (await staff.audit.list({ action: 'recording.export', limit: 20 })).find((row) => row.result === 'allowed'),
      ).toMatchObject({
        approval: first.id,
        actor: 'legal',
        role: 'legal',
        ...FOR,
      });
      expect((await staff.approvals.find(first.id))?.state).toBe('used');
      const late = await request();
      await staff.approvals.decide(late.id, actor('compliance').id, 'approved', '');
      clock.advance(24 * 3_600_000);
      await expect(carryOut()).rejects.toMatchObject({ code: 'FORBIDDEN' });
      expect((await staff.approvals.find(late.id))?.state).toBe('expired');
      const refused = await request();
      await staff.approvals.decide(refused.id, actor('compliance').id, 'refused', 'no');
      await expect(carryOut()).rejects.toMatchObject({ code: 'FORBIDDEN' });
    });

    test('break-glass: opens one recording for an hour, and somebody else reviews it', async () => {
      const recording = { queues: ['loans'], level: 'C2', startedAt: clock.wall(), restricted: false } as never;
      const play = (id: string) =>
        staff.permit(actor('supervisor'), 'recording.play-clear', { ids: [id], recording }, FOR);
      await expect(play('r9')).rejects.toMatchObject({ code: 'FORBIDDEN' });
      const { id } = await staff.emergencies.begin(actor('supervisor').id, 'r9', FOR.purpose, '');
      expect(await play('r9')).toMatchObject({ allow: true, masked: false });
      await expect(play('r8')).rejects.toMatchObject({ code: 'FORBIDDEN' });
      expect(await staff.emergencies.open()).toBe(1);
      await expect(staff.emergencies.review(id, actor('supervisor').id, 'justified', '')).rejects.toMatchObject({
        code: 'FORBIDDEN',
      });
      clock.advance(3_600_000);
      await expect(play('r9')).rejects.toMatchObject({ code: 'FORBIDDEN' });
      await staff.emergencies.review(id, actor('auditor').id, 'justified', 'fraud under way');
      await expect(staff.emergencies.review(id, actor('auditor').id, 'unjustified', '')).rejects.toMatchObject({
        code: 'CONFLICT',
      });
      expect(await staff.emergencies.open()).toBe(0);
    });

    test('a grant is bound to its session and ends', async () => {
      const grant = { session: 's1', action: 'recording.play', recording: 'r1', ...FOR } as const;
      const token = newToken();
      await staff.grants.give(grant, token);
      expect(await staff.grants.find(token, 's1')).toEqual(grant);
      expect(await staff.grants.find(token, 's2')).toBeUndefined();
      clock.advance(3_600_000);
      expect(await staff.grants.find(token, 's1')).toBeUndefined();
    });

    test('accounts: names, roles and passwords are checked; administrators and auditors have no other role', async () => {
      const add = (change: object) =>
        staff.accounts.add({ name: 'j.doe', fullName: 'J', password: PASSWORD, roles: ['legal'], ...change } as never);
      await expect(add({ name: 'x' })).rejects.toMatchObject({ code: 'USAGE' });
      await expect(add({ roles: [] })).rejects.toMatchObject({ code: 'USAGE' });
      await expect(add({ roles: ['boss'] })).rejects.toThrow(/not boss/);
      await expect(add({ roles: ['administrator', 'compliance'] })).rejects.toThrow(/second account/);
      await expect(add({ roles: ['auditor', 'legal'] })).rejects.toThrow(/second account/);
      await expect(add({ password: 'short' })).rejects.toThrow(/12 characters/);
      await expect(add({ name: 'LEGAL' })).rejects.toMatchObject({ code: 'CONFLICT' });
      await expect(staff.accounts.change('none', { disabled: true })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    test('the audit trail is a chain without a gap, also when many write at once', async () => {
      const refused = Array.from({ length: 20 }, (_, i) =>
        staff.permit(actor('auditor'), 'recording.play', { ids: [`r${i}`] }, FOR).catch(() => undefined),
      );
      await Promise.all(refused);
      const verdict = await staff.audit.verify();
      expect(verdict).toEqual({ rows: (await lastRow())?.seq, broken: null });
      const rows = await staff.audit.rows(1, 1_000);
      expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, i) => i + 1));
      for (const [i, row] of rows.entries()) {
        expect(auditHash(row)).toBe(row.hash);
        if (i > 0) expect(row.previous).toBe(rows[i - 1]?.hash);
      }
      expect((await staff.audit.list({ target: 'r7', limit: 5 }))[0]).toMatchObject({
        targets: ['r7'],
        result: 'denied',
      });
    });

    test('the database refuses to change or delete rows of the trail', async () => {
      const { knex } = storage;
      await expect(knex('audit_row').where({ seq: 1 }).update({ actor: 'somebody' })).rejects.toThrow(/append-only/);
      await expect(knex('audit_row').where({ seq: 1 }).delete()).rejects.toThrow(/append-only/);
      await expect(knex('audit_target').delete()).rejects.toThrow(/append-only/);
      const [first] = (await knex('audit_row').where({ seq: 1 })) as Record<string, unknown>[];
      await expect(
        knex('audit_row')
          .insert({ ...first, actor: 'somebody' })
          .onConflict('seq')
          .merge(),
      ).rejects.toThrow(/append-only/);
    });

    test('no row, no access: when the trail cannot be written, nothing is permitted', async () => {
      const { knex } = storage;
      await knex.schema.renameTable('audit_head', 'audit_head_away');
      try {
        await expect(staff.permit(actor('supervisor'), 'recording.play', { ids: ['r1'] }, FOR)).rejects.toMatchObject({
          code: 'AUDIT_FAILED',
        });
        await expect(
          staff.signIn.password('legal', 'wrong password!', { address: '::1', source: '::1' }),
        ).rejects.toMatchObject({
          code: 'AUDIT_FAILED',
        });
      } finally {
        await knex.schema.renameTable('audit_head_away', 'audit_head');
      }
      expect((await staff.audit.verify()).broken).toBeNull();
    });
  },
);
