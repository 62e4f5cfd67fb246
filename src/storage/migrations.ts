import type { Knex } from 'knex';
import { IvrError } from '../domain/error.ts';

/**
 * One step of a schema; a released step is never edited, only followed by another. Portable between SQLite and PostgreSQL:
 * times are bigint milliseconds, JSON is text, booleans are 0 and 1.
 */
export interface Migration {
  /** Never changed once released: the database remembers it. */
  readonly name: string;
  readonly up: (knex: Knex) => Promise<void>;
  /** Takes the step back, with what only its tables held. */
  readonly down: (knex: Knex) => Promise<void>;
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

/** In a step back: the table with the triggers that kept it from being changed. */
export async function dropAppendOnly(knex: Knex, table: string): Promise<void> {
  await knex.schema.dropTable(table);
  if (!isSqlite(knex)) await knex.raw(`drop function ${table}_append_only()`);
}

export const isSqlite = (knex: Knex): boolean => String(knex.client.config.client).includes('sqlite');

const sourceOf = (migrations: readonly Migration[]): Knex.MigratorConfig => ({
  tableName: 'migration',
  migrationSource: {
    getMigrations: () => Promise.resolve([...migrations]),
    getMigrationName: (migration: Migration) => migration.name,
    getMigration: (migration: Migration) => Promise.resolve({ up: migration.up, down: migration.down }),
  },
});

/**
 * Brings the schema up to date. The list is code: nothing is looked for in folders. Each part brings its own steps, so a step
 * must not depend on another part's. One process at a time: whoever calls holds the database (`own-database.ts`,
 * `withMigrationLock`), so a lock that is left in it is one of a process that died.
 *
 * @returns the names of the steps that were taken now
 * @throws IvrError STORAGE_FAILED when a newer release has been there
 */
export async function migrate(knex: Knex, migrations: readonly Migration[]): Promise<readonly string[]> {
  const config = sourceOf(migrations);
  if (await knex.schema.hasTable('migration')) {
    const known = new Set(migrations.map(({ name }) => name));
    const taken = (await knex('migration').pluck('name')) as string[];
    const unknown = taken.find((name) => !known.has(name));
    if (unknown !== undefined)
      throw new IvrError(
        'STORAGE_FAILED',
        `a newer release has migrated the database (step ${unknown}); start that release, or use another database`,
        { cause: 'newer-schema', step: unknown },
      );
    await knex.migrate.forceFreeMigrationsLock(config);
  }
  const [, applied] = (await knex.migrate.latest(config)) as [number, string[]];
  return applied;
}

/** Takes back the newest step that was taken. @returns its name; undefined: there is none */
export async function migrateDown(knex: Knex, migrations: readonly Migration[]): Promise<string | undefined> {
  const [, reverted] = (await knex.migrate.down(sourceOf(migrations))) as [number, string[]];
  return reverted[0];
}
