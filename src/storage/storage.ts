import type { Knex } from 'knex';
import type { WritePriority } from './write-priority.ts';

/** An open database with its schema up to date. Whoever keeps something in it brings tables, migrations and SQL of its own. */
export interface Storage extends AsyncDisposable {
  /** The SQLite database; with a database server what this node keeps by itself is named after it, such as events that the server refuses. */
  readonly file: string;
  readonly dialect: 'sqlite' | 'postgresql';
  /** This node among those that write the same database. */
  readonly node: string;
  readonly knex: Knex;
  /** Among the threads of this process that write it. */
  readonly priority: WritePriority;
}
