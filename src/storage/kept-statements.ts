import { asError } from '../domain/error.ts';

/** Those that a connection keeps; what is asked with other values again and again is far fewer. */
const MOST_KEPT = 256;
/** Characters. What is longer writes many rows at once: another statement for each number of rows, and each takes memory. */
const LONGEST_KEPT = 4_096;
/** No pragma: it may do its work when it is prepared (https://www.sqlite.org/pragma.html), and would do nothing the second time. */
const KEPT = /^\s*(?:select|with|insert|update|delete|begin|commit|rollback)\b/i;

type Done = (this: unknown, error: Error | null, ...more: readonly unknown[]) => void;
type Method = (sql: string, values: readonly unknown[], done: Done) => unknown;

/** As the driver has it. */
export interface SqliteStatement {
  all(values: readonly unknown[], done: Done): unknown;
  run(values: readonly unknown[], done: Done): unknown;
  finalize(done?: () => void): unknown;
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
 *
 * One that failed goes, too: refused because another connection writes (SQLITE_BUSY) it would stay under way, and SQLite commits what is
 * written outside of transactions when no statement is under way (https://www.sqlite.org/lang_transaction.html).
 */
export function keepStatements(connection: StatementConnection): void {
  const kept = new Map<string, Promise<SqliteStatement>>();
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
  const use = (method: 'all' | 'run'): Method => {
    const once = connection[method].bind(connection);
    const runKept: Method = async (sql, values, done) => {
      const found = statementOf(sql);
      const drop = (): void => {
        if (kept.get(sql) === found) kept.delete(sql);
      };
      let statement: SqliteStatement;
      try {
        statement = await found;
      } catch (thrown) {
        drop();
        return done(asError(thrown));
      }
      const failed = (error: Error): void => {
        drop();
        statement.finalize(() => done(error)); // before anything else is written
      };
      try {
        statement[method](values, function (error, ...more) {
          return error === null ? done.call(this, null, ...more) : failed(error);
        });
      } catch (thrown) {
        failed(asError(thrown)); // values that it cannot take
      }
    };
    // run, a statement stops at its first row; a kept one would hold the database there
    const isKept = (sql: string): boolean =>
      sql.length <= LONGEST_KEPT && KEPT.test(sql) && !(method === 'run' && /\breturning\b/i.test(sql));
    return (sql, values, done) => (isKept(sql) ? runKept(sql, values, done) : once(sql, values, done));
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
