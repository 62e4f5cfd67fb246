import type { Knex } from 'knex';
import { appendOnly, dropAppendOnly, isSqlite, type Migration } from '../storage/migrations.ts';

const SHORT: Readonly<Record<string, readonly string[]>> = {
  call_event: ['type'],
  call: ['caller', 'callee', 'because', 'dialplan'],
  recording: ['state', 'policy', 'retention_class'],
};

/** The journal's tables and its projections, step by step. */
export const JOURNAL_MIGRATIONS: readonly Migration[] = [
  {
    name: '0001-journal',
    async up(knex) {
      await knex.schema.createTable('call_event', (table) => {
        table.string('contact', 64).notNullable();
        table.integer('seq').notNullable();
        table.bigInteger('at').notNullable();
        table.bigInteger('t_ms').notNullable();
        table.integer('v').notNullable();
        table.string('type', 40).notNullable();
        table.text('data').notNullable();
        table.primary(['contact', 'seq']);
      });
      await appendOnly(knex, 'call_event');
    },
    down: (knex) => dropAppendOnly(knex, 'call_event'),
  },
  {
    name: '0002-calls',
    async up(knex) {
      await knex.schema.createTable('call', (table) => {
        table.string('contact', 64).primary();
        table.string('direction', 10).notNullable();
        table.bigInteger('offered_at').notNullable();
        table.bigInteger('answered_at');
        table.bigInteger('ended_at');
        table.string('caller', 80).notNullable();
        table.string('callee', 80).notNullable();
        table.string('because', 40);
        table.bigInteger('duration_ms');
        table.string('recording', 64);
        table.string('language', 20);
        table.string('dialplan', 120);
        table.index(['offered_at']);
        table.index(['ended_at']);
      });
      await knex.schema.createTable('recording', (table) => {
        table.string('id', 64).primary();
        table.string('contact', 64).notNullable().index();
        table.string('state', 10).notNullable().index();
        table.bigInteger('opened_at').notNullable();
        table.text('path');
        table.string('sha256', 64);
        table.bigInteger('duration_ms');
        table.integer('gaps');
        table.integer('recovered').notNullable();
        table.text('error');
        table.string('policy', 120);
        table.integer('policy_version');
        table.string('retention_class', 120);
        table.string('retain_until', 30);
      });
    },
    async down(knex) {
      await knex.schema.dropTable('recording');
      await knex.schema.dropTable('call');
    },
  },
  {
    name: '0003-no-language',
    // nothing was ever written there
    up: async (knex) => void (await knex.raw('alter table ?? drop column ??', ['call', 'language'])),
    down: async (knex) => void (await knex.raw('alter table ?? add column ?? varchar(20)', ['call', 'language'])),
  },
  {
    name: '0004-node',
    async up(knex) {
      await knex.schema.alterTable('call', (table) => {
        table.text('node');
        table.index(['node', 'ended_at']);
      });
      // SQLite never looked at these lengths; PostgreSQL would refuse the whole batch for one long name
      if (!isSqlite(knex))
        for (const [table, columns] of Object.entries(SHORT))
          for (const column of columns) await knex.raw('alter table ?? alter column ?? type text', [table, column]);
    },
    async down(knex) {
      await knex.schema.alterTable('call', (table) => {
        table.dropIndex(['node', 'ended_at']);
      });
      await knex.raw('alter table ?? drop column ??', ['call', 'node']);
    },
  },
  {
    name: '0005-erasure',
    async up(knex) {
      await knex.raw('create table call_erasure (contact varchar(64) primary key, at bigint not null)');
      await appendOnly(knex, 'call_erasure');
      await (isSqlite(knex) ? onlyErasedSqlite(knex) : onlyErasedPostgresql(knex));
    },
    async down(knex) {
      if (isSqlite(knex)) {
        await knex.raw('drop trigger call_event_only_erased');
        await knex.raw(
          "create trigger call_event_no_update before update on call_event begin select raise(abort, 'call_event is append-only'); end",
        );
      } else
        await knex.raw(
          "create or replace function call_event_append_only() returns trigger language plpgsql as $$ begin raise exception 'call_event is append-only'; end $$",
        );
      await dropAppendOnly(knex, 'call_erasure');
    },
  },
  {
    name: '0006-sip-ladder',
    async up(knex) {
      await knex.schema.createTable('sip_ladder', (table) => {
        table.string('contact', 64).primary();
        table.bigInteger('at').notNullable().index();
        table.binary('deflated').notNullable();
      });
    },
    down: (knex) => knex.schema.dropTable('sip_ladder'),
  },
];

/* An event is never deleted, and changed in its facts alone, once the erasure of its call is written down. */

async function onlyErasedSqlite(knex: Knex): Promise<void> {
  await knex.raw('drop trigger call_event_no_update');
  await knex.raw(
    "create trigger call_event_only_erased before update on call_event when new.contact <> old.contact or new.seq <> old.seq or new.at <> old.at or new.t_ms <> old.t_ms or new.v <> old.v or new.type <> old.type or not exists (select 1 from call_erasure e where e.contact = old.contact) begin select raise(abort, 'call_event is append-only'); end",
  );
}

async function onlyErasedPostgresql(knex: Knex): Promise<void> {
  await knex.raw(
    "create or replace function call_event_append_only() returns trigger language plpgsql as $$ begin if tg_op = 'UPDATE' then if (new.contact, new.seq, new.at, new.t_ms, new.v, new.type) = (old.contact, old.seq, old.at, old.t_ms, old.v, old.type) and exists (select 1 from call_erasure e where e.contact = old.contact) then return new; end if; end if; raise exception 'call_event is append-only'; end $$",
  );
}
