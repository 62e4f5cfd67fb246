import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeDatabases } from '../support/databases.ts';

const text = readFileSync(join(import.meta.dirname, '../../docs/data-dictionary.md'), 'utf8');
/** table → its columns, as docs/data-dictionary.md tells them. */
const told = new Map(
  text
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const columns = [...section.matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, names]) =>
        [...(names ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name ?? ''),
      );
      return [/^\w+/.exec(section)?.[0] ?? '', columns] as const;
    }),
);

describeDatabases('docs/data-dictionary.md', (database) => {
  test('tells each table and each column that there is, and none that there is not', async () => {
    await using storage = await database.open();
    const actual = new Map<string, Set<string>>();
    const add = (table: string, column: string): void => {
      if (/^(?:migration|sqlite_|archive_words_)|_\d{4}_\d\d$/.test(table)) return; // knex's, SQLite's, and partitions
      actual.set(table, (actual.get(table) ?? new Set()).add(column));
    };
    if (database.dialect === 'sqlite')
      for (const { t, c } of await storage.knex
        .select<{ t: string; c: string }[]>({ t: 'm.name', c: 'p.name' })
        .fromRaw("sqlite_master m join pragma_table_info(m.name) p where m.type = 'table'"))
        add(t, c);
    else
      for (const { t, c } of await storage
        .knex('information_schema.columns')
        .where('table_schema', 'public')
        .select<{ t: string; c: string }[]>({ t: 'table_name', c: 'column_name' }))
        add(t, c);
    expect(actual.size).toBeGreaterThan(8);
    for (const [table, columns] of actual)
      expect(
        [...columns].filter((column) => told.get(table)?.includes(column) !== true),
        table,
      ).toEqual([]);
    for (const [table, columns] of told) {
      const there = actual.get(table);
      expect(there, table).toBeDefined();
      const elsewhere = database.dialect === 'sqlite' ? ['archive_words.recording'] : ['archive_recording.ordinal'];
      const gone = columns.filter((column) => there?.has(column) !== true && !elsewhere.includes(`${table}.${column}`));
      expect(gone, table).toEqual([]);
    }
  });
});
