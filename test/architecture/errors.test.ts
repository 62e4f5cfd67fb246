import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ERROR_CODES } from '../../src/domain/error.ts';

const root = join(import.meta.dirname, '../..');

test('docs/errors.md lists every code, and no other', () => {
  const documented = [...readFileSync(join(root, 'docs/errors.md'), 'utf8').matchAll(/^\| `([A-Z_]+)`/gm)].map(
    (match) => match[1],
  );
  expect(documented.toSorted()).toEqual(Object.keys(ERROR_CODES).toSorted());
});

test('every code is raised somewhere', () => {
  const source = join(root, 'src');
  const text = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && file !== 'domain/error.ts')
    .map((file) => readFileSync(join(source, file), 'utf8'))
    .join('\n');
  expect(Object.keys(ERROR_CODES).filter((code) => !text.includes(`'${code}'`))).toEqual([]);
});
