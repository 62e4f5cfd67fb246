import type { Knex } from 'knex';

/** An open database with its schema up to date. Whoever keeps something in it brings tables, migrations and SQL of its own. */
export interface Storage extends AsyncDisposable {
  /** Where it lies; undefined for a database server. */
  readonly file: string | undefined;
  readonly knex: Knex;
}
