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
];
