import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const rows = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && line.includes('?'))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, question = '', folder = '', files = '']) => ({ question, folder, files }));

/** `src/calls/` and ["turn-speech.ts", "src/media/vad/endpointer.ts"] → paths from the root. */
function paths(folder: string, files: string): readonly string[] {
  const [where = ''] = named(folder);
  return named(files).map((file) => (file.includes('/') ? file : join(where, file)));
}
const named = (text: string): readonly string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);

test('a stranger has ten questions', () => {
  expect(rows).toHaveLength(10);
});

test.each(rows)('$question The answer is where CONTRIBUTING says', ({ folder, files }) => {
  const answers = paths(folder, files);
  expect(answers.length).toBeGreaterThan(0);
  expect(answers.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

/** What the file must speak of, or the answer has moved away from it. */
const SPEAKS_OF: readonly (readonly [file: string, words: RegExp])[] = [
  ['src/calls/turn/turn-speech.ts', /completeMs/],
  ['src/media/vad/endpointer.ts', /incompleteMs/],
  ['src/media/engine/secret-entry.ts', /mask/i],
  ['src/calls/refuse-call.ts', /488/],
  ['src/signalling/drachtio/srf-reoffer.ts', /glare/],
  ['src/signalling/drachtio/srf-offers.ts', /491/],
  ['src/metrics/turn-metrics.ts', /barge_in_total/],
  ['src/speech/clips/prompt-cache.ts', /cache/i],
  ['src/calls/maximum-duration.ts', /maximumCallMs/],
  ['src/media/embedded/port-pool.ts', /port/i],
  ['src/calls/conversation/recognizer-outage.ts', /keys-only\.escalate/],
  ['src/domain/admission.ts', /retryAfter/i],
];

test('every answer is listed here, and its file speaks of it', () => {
  const listed = new Set(SPEAKS_OF.map(([file]) => file));
  expect(rows.flatMap(({ folder, files }) => paths(folder, files)).filter((file) => !listed.has(file))).toEqual([]);
  const silent = SPEAKS_OF.filter(([file, words]) => !words.test(readFileSync(join(root, file), 'utf8')));
  expect(silent).toEqual([]);
});
