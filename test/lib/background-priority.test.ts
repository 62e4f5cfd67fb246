import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

const MODULE = new URL('../../build/lib/background-priority.js', import.meta.url).href;
const CODE = `
import { getPriority } from 'node:os';
const before = getPriority();
(await import('${MODULE}')).giveWay();
console.log(JSON.stringify([before, getPriority()]));`;

/** The priority of a process before and after it gave way. */
function gaveWay(...nice: readonly string[]): readonly [number, number] {
  const [program, ...words] = [...nice, process.execPath, '--input-type=module', '-e', CODE];
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8', timeout: 30_000 });
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout) as [number, number];
}

test('a thread gives way; one of a server that was started with a lower priority still keeps that one', () => {
  const [before, after] = gaveWay();
  expect(after).toBe(Math.max(5, before));
  const [lower, same] = gaveWay('nice', '-n', '10');
  expect(lower).toBeGreaterThanOrEqual(10);
  expect(same).toBe(lower);
});
