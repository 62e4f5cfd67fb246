import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** A loop that sleeps and knows no end: it hangs instead of failing. `waitWhile` has a deadline and says what it waited for. */
const ENDLESS =
  /while \((?:(?!deadline|until|performance\.now).)*\)\s*await (?:new Promise\(\(resolve\) => set(?:Timeout|Immediate)\(|(?:sleep|delay|pause)\()/;

test('no test polls without a deadline', () => {
  const folder = join(import.meta.dirname, '..');
  const polling = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(?:ts|mjs)$/.test(file) && !file.startsWith('architecture/'))
    .filter((file) => ENDLESS.test(readFileSync(join(folder, file), 'utf8')));
  expect(polling).toEqual([]);
});
