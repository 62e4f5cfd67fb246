import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

test('no property that waits is told as a time-out: its runs and its shrinking are bounded by assertProperty', () => {
  const folder = join(import.meta.dirname, '..');
  const unbounded = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.startsWith('architecture/'))
    .filter((file) => /fc\.assert\(\s*fc\s*\.asyncProperty/.test(readFileSync(join(folder, file), 'utf8')));
  expect(unbounded).toEqual([]);
});
