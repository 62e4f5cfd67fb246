import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/* docs/architecture.md shows the code as it is. */

const root = join(import.meta.dirname, '../..');
const text = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
const foldersIn = (path: string): readonly string[] =>
  readdirSync(join(root, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
/** Row by row, the first cell's names with the whole row. */
const rows = text
  .slice(text.indexOf('## Folders'))
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => ({ name, line })));

test('every folder has its row, which names the folders within', () => {
  const missing = foldersIn('src').flatMap((folder) => {
    const row = rows.find(({ name }) => name === folder);
    if (row === undefined) return [folder];
    return foldersIn(`src/${folder}`)
      .filter((inner) => !row.line.includes(`\`${inner}/\``))
      .map((inner) => `${folder}/${inner}`);
  });
  expect(missing).toEqual([]);
});

test('every file that it names is there', () => {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  const named = [...text.matchAll(/`(?:src\/)?((?:[\w-]+\/)*[\w-]+\.ts)`/g)].map(([, name = '']) => name);
  const others = readdirSync(join(root, 'test/architecture')).map((name) => `test/architecture/${name}`);
  expect(named.filter((name) => ![...files, ...others].some((file) => `/${file}`.endsWith(`/${name}`)))).toEqual([]);
});
