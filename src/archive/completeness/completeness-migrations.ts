import type { Migration } from '../../storage/migrations.ts';

export const COMPLETENESS_MIGRATIONS: readonly Migration[] = [
  {
    name: 'archive-0004-completeness',
    async up(knex) {
      await knex.raw(
        'create table reconciliation (id text primary key, kind text not null, from_at bigint not null, to_at bigint not null, run_at bigint not null, expected integer not null, found integer not null, exempt integer not null, missing integer not null, unverified integer not null, call_ms bigint not null, audio_ms bigint not null, report text, report_sha256 text, signatures text, leaf_index bigint)',
      );
      await knex.schema.alterTable('archive_leg', (table) => {
        table.index(['contact']);
        table.index(['sip_call_id']);
      });
      await knex.raw('create index reconciliation_kind on reconciliation (kind, to_at)');
      await knex.raw(
        'create table synthetic_call (id text primary key, at bigint not null, contact text, ok integer not null, reason text)',
      );
    },
    async down(knex) {
      await knex.schema.alterTable('archive_leg', (table) => {
        table.dropIndex(['contact']);
        table.dropIndex(['sip_call_id']);
      });
      await knex.schema.dropTable('synthetic_call');
      await knex.schema.dropTable('reconciliation');
    },
  },
];
