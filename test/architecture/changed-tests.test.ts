import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ABOUT, edgesIn, testsOfWholeProduct, testsTouchedBy } from '../../scripts/changed-tests.mjs';

/* `npm test -- --changed` runs what a change touches, also where nothing imports it. */

const root = join(import.meta.dirname, '../..');
const edges = edgesIn(root);
const touchedBy = (...changed: readonly string[]): readonly string[] => testsTouchedBy(root, changed, edges) ?? [];

test('what is said to be about something runs the whole product, and is about what is there', () => {
  const whole = new Set(testsOfWholeProduct(edges));
  expect(Object.keys(ABOUT).filter((name) => !whole.has(`test/${name}.test.ts`))).toEqual([]);
  expect([...new Set(Object.values(ABOUT).flat())].filter((place) => !existsSync(join(root, place)))).toEqual([]);
});

test.each([
  ['src/sip-server/trunks.ts', ['test/sip-server/trunks.test.ts', 'test/acceptance/trunk.test.ts']],
  // a thread's module, which no test imports
  ['src/recording/recorder-worker.ts', ['test/recording/recorder.test.ts', 'test/acceptance/archive.test.ts']],
  ['src/media/engine/track-tap.ts', ['test/media/track-tap.test.ts', 'test/media/tap.test.ts']],
  ['src/speech/engines/whisper/whisper-process.ts', ['test/recognition/whisper.test.ts']],
  ['docs/errors.md', ['test/architecture/errors.test.ts']],
  ['test/acceptance/dialplans/two-languages.yaml', ['test/web/product.test.ts']],
  ['web/src/main.tsx', ['test/web/pages.test.ts']],
  ['test/support/server-process.ts', ['test/acceptance/trouble-ending.test.ts', 'test/cli/queues.test.ts']],
])('a change of %s touches its tests, and not all', (changed, tests) => {
  const touched = touchedBy(changed);
  expect(touched).toEqual(expect.arrayContaining(tests));
  expect(touched.length).toBeLessThan(100);
});

test('what all tests stand on touches all of them; nothing changed, none', () => {
  expect(testsTouchedBy(root, ['package-lock.json'], edges)).toBeUndefined();
  expect(testsTouchedBy(root, [], edges)).toEqual([]);
});
