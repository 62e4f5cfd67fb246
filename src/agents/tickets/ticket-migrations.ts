import type { Migration } from '../../storage/migrations.ts';

/** Tickets that agents open. */
export const TICKET_MIGRATIONS: readonly Migration[] = [
  {
    name: 'agents-0001-tickets',
    async up(knex) {
      await knex.schema.createTable('ticket', (table) => {
        table.string('id', 36).primary();
        table.string('contact', 36).notNullable().index();
        table.string('customer', 64).index(); // keyed hash of the number; null: withheld
        table.text('agent').notNullable();
        table.text('department').notNullable();
        table.text('text').notNullable(); // without numbers of cards and documents
        table.string('state', 16).notNullable();
        table.bigInteger('opened_at').notNullable();
        table.bigInteger('due_at').notNullable();
      });
    },
    async down(knex) {
      await knex.schema.dropTable('ticket');
    },
  },
];
