import type { Knex } from 'knex';

/**
 * One step of a schema; a released step is never edited, only followed by another. Portable between SQLite and PostgreSQL:
 * times are bigint milliseconds, JSON is text, booleans are 0 and 1.
 */
export interface Migration {
  /** Never changed once released: the database remembers it. */
  readonly name: string;
  readonly up: (knex: Knex) => Promise<void>;
}

/** The database itself refuses to change what was written. (SQLite: REPLACE deletes, which needs recursive_triggers to be seen.) */
export async function appendOnly(knex: Knex, table: string): Promise<void> {
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

/**
 * Brings the schema up to date. The list is code: nothing is looked for in folders. Each part brings its own steps, so a step
 * must not depend on another part's.
 *
 * @returns the names of the steps that were taken now
 */
export async function migrate(knex: Knex, migrations: readonly Migration[]): Promise<readonly string[]> {
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
