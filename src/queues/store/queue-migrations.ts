import { appendOnly, dropAppendOnly, type Migration } from '../../storage/migrations.ts';
import { CHAIN_BEGIN } from './chain.ts';

/** The journal of queues and agents, and what is kept beside it. */
export const QUEUE_MIGRATIONS: readonly Migration[] = [
  {
    name: 'queues-0001-journal',
    async up(knex) {
      await knex.schema.createTable('queue_journal', (table) => {
        table.bigInteger('seq').primary();
        table.bigInteger('at').notNullable().index();
        table.string('type', 40).notNullable();
        table.text('row').notNullable(); // JSON
        table.string('hash', 64).notNullable();
      });
      await appendOnly(knex, 'queue_journal');
      await knex.schema.createTable('queue_head', (table) => {
        table.integer('id').primary(); // 1: there is one
        table.bigInteger('seq').notNullable();
        table.string('hash', 64).notNullable();
      });
      await knex('queue_head').insert({ id: 1, seq: 0, hash: CHAIN_BEGIN });
      await knex.schema.createTable('queue_snapshot', (table) => {
        table.bigInteger('seq').primary();
        table.text('floor').notNullable(); // JSON
      });
      await knex.schema.createTable('queue_node', (table) => {
        table.text('name').primary();
        table.string('incarnation', 36).notNullable();
        table.bigInteger('leased_until').notNullable();
      });
      await knex.schema.createTable('queue_callback', (table) => {
        table.string('entry', 64).primary();
        table.text('number').notNullable();
      });
    },
    async down(knex) {
      for (const table of ['queue_callback', 'queue_node', 'queue_snapshot', 'queue_head'])
        await knex.schema.dropTable(table);
      await dropAppendOnly(knex, 'queue_journal');
    },
  },
  {
    name: 'queues-0002-counts',
    async up(knex) {
      await knex.schema.createTable('queue_count', (table) => {
        table.string('scope', 8).notNullable();
        table.text('name').notNullable();
        table.bigInteger('quarter').notNullable();
        table.text('cell').notNullable(); // JSON
        table.primary(['scope', 'name', 'quarter']);
        table.index(['scope', 'quarter', 'name']); // as reports read it, a page at a time
      });
      await knex.schema.createTable('queue_counted', (table) => {
        table.integer('id').primary(); // 1: there is one
        table.bigInteger('seq').notNullable();
        table.text('open').notNullable(); // JSON
      });
    },
    async down(knex) {
      for (const table of ['queue_counted', 'queue_count']) await knex.schema.dropTable(table);
    },
  },
];
