import type { Knex } from 'knex';

export interface Migration {
  /** Never changed once released: the database remembers it. */
  readonly name: string;
  readonly up: (knex: Knex) => Promise<void>;
}

/**
 * The schema, step by step; a step is never edited, only followed by another. Portable between SQLite and PostgreSQL: times
 * are bigint milliseconds, JSON is text, booleans are 0 and 1.
 */
export const MIGRATIONS: readonly Migration[] = [
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
  },
  {
    name: '0003-no-language',
    // nothing was ever written there
    up: async (knex) => void (await knex.raw('alter table ?? drop column ??', ['call', 'language'])),
  },
];

/** The database itself refuses to change what was written. (SQLite: REPLACE deletes, which needs recursive_triggers to be seen.) */
async function appendOnly(knex: Knex, table: string): Promise<void> {
  if (isSqlite(knex)) {
    for (const verb of ['update', 'delete'])
      await knex.raw(
        `create trigger ${table}_no_${verb} before ${verb} on ${table} begin select raise(abort, '${table} is append-only'); end`,
      );
    return;
  }
  await knex.raw(
    `create function ${table}_append_only() returns trigger language plpgsql as $$ begin raise exception '${table} is append-only'; end $$`,
  );
  await knex.raw(
    `create trigger ${table}_append_only before update or delete on ${table} for each row execute function ${table}_append_only()`,
  );
  await knex.raw(
    `create trigger ${table}_no_truncate before truncate on ${table} for each statement execute function ${table}_append_only()`,
  );
}

export const isSqlite = (knex: Knex): boolean => String(knex.client.config.client).includes('sqlite');

/** Brings the schema up to date. The list is code: nothing is looked for in folders. */
export async function migrate(knex: Knex, migrations: readonly Migration[] = MIGRATIONS): Promise<readonly string[]> {
  const [, applied] = (await knex.migrate.latest({
    tableName: 'migration',
    migrationSource: {
      getMigrations: () => Promise.resolve([...migrations]),
      getMigrationName: (migration: Migration) => migration.name,
      getMigration: (migration: Migration) => Promise.resolve({ up: migration.up, down: () => Promise.resolve() }),
    },
  })) as [number, string[]];
  return applied;
}
