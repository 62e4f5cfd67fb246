import { asError } from '../domain/error.ts';

/** Those that a connection keeps; what is asked with other values again and again is far fewer. */
const MOST_KEPT = 256;

type Done = (error: Error | null, ...more: readonly unknown[]) => void;
type Method = (sql: string, values: readonly unknown[], done: Done) => unknown;

/** As the driver has it. */
export interface SqliteStatement {
  all(values: readonly unknown[], done: Done): unknown;
  run(values: readonly unknown[], done: Done): unknown;
  finalize(): void;
}

export interface StatementConnection {
  all: Method;
  run: Method;
  close: (done: (error: Error | null) => void) => unknown;
  prepare(sql: string, done: (error: Error | null) => void): SqliteStatement;
}

/**
 * Prepared statements, kept for the next time: the driver prepares each query anew, which is a turn of its own through libuv's pool and
 * takes longer than to run it. The one that was asked for longest ago goes when there are too many.
 */
export function keepStatements(connection: StatementConnection): void {
  const kept = new Map<string, Promise<SqliteStatement>>();
  const runOnce = connection.run.bind(connection);
  const close = connection.close.bind(connection);

  const prepare = (sql: string): Promise<SqliteStatement> =>
    new Promise((resolve, reject) => {
      const statement = connection.prepare(sql, (error) => (error === null ? resolve(statement) : reject(error)));
    });
  const forget = async (sql: string): Promise<void> => {
    const statement = kept.get(sql);
    kept.delete(sql);
    (await statement)?.finalize(); // behind what it still has to do
  };
  const statementOf = (sql: string): Promise<SqliteStatement> => {
    const known = kept.get(sql);
    kept.delete(sql);
    const statement = known ?? prepare(sql);
    kept.set(sql, statement);
    const [oldest] = kept.keys();
    if (kept.size > MOST_KEPT && oldest !== undefined) forget(oldest).catch(() => undefined); // told to whoever asked for it
    return statement;
  };
  const use =
    (method: 'all' | 'run'): Method =>
    async (sql, values, done) => {
      // stopped at its first row, a kept one would hold the database
      if (method === 'run' && /\breturning\b/i.test(sql)) return runOnce(sql, values, done);
      let statement: SqliteStatement;
      try {
        statement = await statementOf(sql);
      } catch (thrown) {
        kept.delete(sql);
        return done(asError(thrown));
      }
      return statement[method](values, done);
    };
  connection.all = use('all');
  connection.run = use('run');
  connection.close = async (done) => {
    // a statement that is left keeps the file open
    await Promise.allSettled(kept.values());
    await Promise.allSettled([...kept.keys()].map(forget));
    close(done);
  };
}
