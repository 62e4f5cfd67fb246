import type { Migration } from '../../storage/migrations.ts';

export const SEARCH_MIGRATIONS: readonly Migration[] = [
  {
    name: 'archive-0002-saved-searches',
    async up(knex) {
      await knex.schema.createTable('archive_saved_search', (table) => {
        table.text('id').primary();
        table.text('owner').notNullable();
        table.text('name').notNullable();
        table.text('query').notNullable();
        table.bigInteger('saved_at').notNullable();
        table.unique(['owner', 'name']);
      });
    },
    down: (knex) => knex.schema.dropTable('archive_saved_search'),
  },
  {
    name: 'archive-0006-agents',
    up: async (knex) =>
      void (await knex.raw("create index archive_recording_agents on archive_recording (id) where agents <> '[]'")),
    down: async (knex) => void (await knex.raw('drop index archive_recording_agents')),
  },
];
