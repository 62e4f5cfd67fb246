import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { positionFinder } from '../../src/lib/original-positions.ts';

/** One segment: line 3, column 5 of the file is line 8, column 3 of its source. */
const MAP = { version: 3, sources: ['../../src/calls/run-call.ts'], names: [], mappings: ';;IAOE', sourceRoot: '' };

test('a position of a file that has a map is that of its source; others stay', () => {
  let reads = 0;
  const find = positionFinder((file) => {
    reads++;
    return file === '/product/dist/chunks/open-app-1.js' ? MAP : undefined;
  });
  const stack = `Error: two at /product/dist/a.js
    at run (file:///product/dist/chunks/open-app-1.js:3:5)
    at async /product/dist/chunks/open-app-1.js:3:9
    at other (file:///product/node_modules/knex/lib/client.js:3:5)
    at node:internal/process/task_queues:95:5`;
  expect(find(stack)).toBe(`Error: two at /product/dist/a.js
    at run (src/calls/run-call.ts:8:3)
    at async src/calls/run-call.ts:8:3
    at other (file:///product/node_modules/knex/lib/client.js:3:5)
    at node:internal/process/task_queues:95:5`);
  expect(find(stack)).toContain('src/calls/run-call.ts:8:3');
  expect(reads).toBe(2); // each file once
});

test('what the product throws, as it is bundled, names its sources', () => {
  // the product reads its version when it is loaded
  const fault = `const { parse } = JSON;
    JSON.parse = (text, ...rest) => {
      if (/"name": "tellerline"/.test(text)) throw new Error('a fault');
      return parse(text, ...rest);
    };`;
  const { stderr } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(fault)}`, 'dist/main.js', '--version'],
    { encoding: 'utf8' },
  );
  expect(stderr).toMatch(/Error: a fault\n.*\n? +at .*src\/version\.ts:\d+:\d+/);
});
