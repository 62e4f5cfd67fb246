import type { Migration } from './migrations.ts';

/** Who writes this database, and when they were last heard of. */
export const NODE_MIGRATIONS: readonly Migration[] = [
  {
    name: 'storage-0001-node',
    async up(knex) {
      await knex.schema.createTable('node', (table) => {
        table.text('name').primary();
        table.bigInteger('seen_at').notNullable();
      });
    },
    down: (knex) => knex.schema.dropTable('node'),
  },
];
