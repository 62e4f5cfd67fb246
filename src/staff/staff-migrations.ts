import { appendOnly, dropAppendOnly, type Migration } from '../storage/migrations.ts';

/** Accounts, sessions, approvals and the audit trail, step by step. */
export const STAFF_MIGRATIONS: readonly Migration[] = [
  {
    name: 'staff-0001-accounts',
    async up(knex) {
      await knex.schema.createTable('staff_account', (table) => {
        table.string('id', 36).primary();
        table.string('name', 64).notNullable().unique();
        table.string('full_name', 120).notNullable();
        table.string('password', 200).notNullable();
        table.integer('must_change').notNullable();
        table.text('totp'); // sealed
        table.integer('enrolled').notNullable();
        table.bigInteger('last_step').notNullable();
        table.text('recovery').notNullable(); // JSON
        table.text('roles').notNullable(); // JSON
        table.text('attributes').notNullable(); // JSON
        table.integer('disabled').notNullable();
        table.bigInteger('created_at').notNullable();
      });
      await knex.schema.createTable('staff_session', (table) => {
        table.string('id', 36).primary();
        table.string('token_hash', 64).notNullable().unique();
        table.string('account', 36).notNullable().index();
        table.string('source', 64).notNullable();
        table.string('step', 16).notNullable();
        table.bigInteger('created_at').notNullable();
        table.bigInteger('seen_at').notNullable();
        table.bigInteger('ended_at');
      });
      await knex.schema.createTable('staff_grant', (table) => {
        table.string('token_hash', 64).primary();
        table.string('session', 36).notNullable();
        table.string('action', 40).notNullable();
        table.string('recording', 64).notNullable();
        table.string('purpose', 500).notNullable();
        table.string('ticket', 120).notNullable();
        table.bigInteger('expires_at').notNullable().index();
      });
    },
    async down(knex) {
      for (const table of ['staff_grant', 'staff_session', 'staff_account']) await knex.schema.dropTable(table);
    },
  },
  {
    name: 'staff-0002-approvals',
    async up(knex) {
      await knex.schema.createTable('staff_approval', (table) => {
        table.string('id', 36).primary();
        table.string('action', 40).notNullable();
        table.text('targets').notNullable(); // JSON
        table.text('terms').notNullable(); // JSON
        table.string('bound_to', 64).notNullable();
        table.string('purpose', 500).notNullable();
        table.string('ticket', 120).notNullable();
        table.string('requester', 36).notNullable();
        table.bigInteger('requested_at').notNullable();
        table.bigInteger('expires_at').notNullable();
        table.string('approver', 36);
        table.bigInteger('decided_at');
        table.string('decision', 10);
        table.string('note', 500);
        table.bigInteger('used_at');
        table.index(['requester', 'bound_to']);
        table.index(['requested_at']);
      });
      await knex.schema.createTable('staff_emergency', (table) => {
        table.string('id', 36).primary();
        table.string('account', 36).notNullable();
        table.string('recording', 64).notNullable();
        table.string('purpose', 500).notNullable();
        table.string('ticket', 120).notNullable();
        table.bigInteger('begun_at').notNullable();
        table.bigInteger('ends_at').notNullable();
        table.string('reviewer', 36);
        table.bigInteger('reviewed_at');
        table.string('verdict', 20);
        table.string('note', 500);
        table.index(['account', 'recording']);
        table.index(['reviewed_at']);
      });
    },
    async down(knex) {
      for (const table of ['staff_emergency', 'staff_approval']) await knex.schema.dropTable(table);
    },
  },
  {
    name: 'staff-0003-audit',
    async up(knex) {
      await knex.schema.createTable('audit_head', (table) => {
        table.integer('id').primary();
        table.bigInteger('seq').notNullable();
        table.string('hash', 64).notNullable();
      });
      await knex('audit_head').insert({ id: 1, seq: 0, hash: '0'.repeat(64) });
      await knex.schema.createTable('audit_row', (table) => {
        table.bigInteger('seq').primary();
        table.bigInteger('at').notNullable().index();
        table.string('actor', 120).notNullable();
        table.string('actor_kind', 16).notNullable();
        table.string('role', 40).notNullable();
        table.string('action', 60).notNullable();
        table.text('targets').notNullable(); // JSON
        table.string('purpose', 500).notNullable();
        table.string('ticket', 120).notNullable();
        table.string('approval', 36);
        table.string('address', 64).notNullable();
        table.string('result', 10).notNullable();
        table.text('detail').notNullable(); // JSON
        table.string('previous', 64).notNullable();
        table.string('hash', 64).notNullable();
      });
      await knex.schema.createTable('audit_target', (table) => {
        table.string('target', 64).notNullable();
        table.bigInteger('seq').notNullable();
        table.primary(['target', 'seq']);
      });
      await appendOnly(knex, 'audit_row');
      await appendOnly(knex, 'audit_target');
    },
    async down(knex) {
      for (const table of ['audit_target', 'audit_row']) await dropAppendOnly(knex, table);
      await knex.schema.dropTable('audit_head');
    },
  },
];
