import { appendOnly, dropAppendOnly, isSqlite, type Migration } from '../../storage/migrations.ts';

export const RETENTION_MIGRATIONS: readonly Migration[] = [
  {
    name: 'archive-0003-retention',
    async up(knex) {
      const id = isSqlite(knex) ? 'text' : 'uuid';
      await knex.raw(
        'create table retention_policy (id text not null, version integer not null, name text not null, legal_reference text not null, retention_class text not null, event text, years integer not null, months integer not null, days integer not null, zone text not null, approved_by text not null, effective_from bigint not null, primary key (id, version))',
      );
      await appendOnly(knex, 'retention_policy');
      await knex.raw(
        `create table retention_basis (recording ${id} not null, policy text not null, policy_version integer not null, subject text not null, legal_reference text not null, event text, started_at bigint, until bigint, primary key (recording, policy, policy_version, subject))`,
      );
      await knex.raw('create index retention_basis_event on retention_basis (event, subject)');
      await knex.raw(
        'create table retention_event (name text not null, subject text not null, at bigint not null, reported_by text not null, reported_at bigint not null, primary key (name, subject))',
      );
      await knex.raw(
        'create table legal_hold (id text primary key, case_number text not null, reason text not null, placed_by text not null, placed_at bigint not null, released_by text not null, released_at bigint)',
      );
      await knex.raw('create index legal_hold_case on legal_hold (case_number)');
      await knex.raw(
        `create table legal_hold_item (recording ${id} not null, hold text not null, primary key (recording, hold))`,
      );
      await knex.raw('create index legal_hold_item_hold on legal_hold_item (hold)');
      await knex.raw(
        `create table archive_restriction (recording ${id} primary key, reason text not null, restricted_by text not null, restricted_at bigint not null)`,
      );
      await knex.raw(
        `create table destruction (recording ${id} primary key, state text not null, reason text, proposed_at bigint not null, not_before bigint not null, approved_by text not null, purpose text, begun_at bigint, destroyed_at bigint, certificate text, signatures text, leaf_index bigint)`,
      );
      await knex.raw('create index destruction_state on destruction (state, not_before)');
      await knex.raw(
        'create table trusted_clock (node text primary key, at bigint not null, alarm text, alarm_at bigint)',
      );
    },
    async down(knex) {
      for (const table of [
        'trusted_clock',
        'destruction',
        'archive_restriction',
        'legal_hold_item',
        'legal_hold',
        'retention_event',
        'retention_basis',
      ])
        await knex.schema.dropTable(table);
      await dropAppendOnly(knex, 'retention_policy');
    },
  },
  {
    name: 'archive-0005-retention-records',
    async up(knex) {
      const seq = isSqlite(knex) ? 'integer primary key autoincrement' : 'bigserial primary key';
      await knex.raw(
        `create table retention_record (seq ${seq}, id text not null unique, kind text not null, at bigint not null, body text not null, leaf_index bigint, location text)`,
      );
      await knex.raw('create index retention_record_waiting on retention_record (seq) where location is null');
    },
    down: (knex) => knex.schema.dropTable('retention_record'),
  },
  {
    name: 'archive-0007-protection',
    async up(knex) {
      const id = isSqlite(knex) ? 'text' : 'uuid';
      await knex.raw(
        `create table archive_protection (recording ${id} primary key, change integer not null, due_at bigint, mode text, until bigint, legal_hold integer not null, read_at bigint, problem text)`,
      );
      await knex.raw('create index archive_protection_due on archive_protection (due_at) where due_at is not null');
      await knex.raw(
        'create index archive_protection_wrong on archive_protection (recording) where problem is not null',
      );
      await knex.raw(
        'create table archive_sweep (name text not null, node text not null, place text not null, finished_at bigint, primary key (name, node))',
      );
      // whatever is archived already is looked at once
      const now = isSqlite(knex)
        ? "cast(strftime('%s', 'now') as integer) * 1000"
        : '(extract(epoch from now()) * 1000)::bigint';
      await knex.raw(
        `insert into archive_protection (recording, change, due_at, legal_hold) select id, 1, ${now}, 0 from archive_recording where state in ('ARCHIVED', 'VERIFIED')`,
      );
    },
    async down(knex) {
      await knex.schema.dropTable('archive_sweep');
      await knex.schema.dropTable('archive_protection');
    },
  },
];
