import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLogger } from '../../src/lib/logger.ts';
import { openClipFolder } from '../../src/speech/clips/clip-folder.ts';
import type { ClipId } from '../../src/speech/speech-service.ts';
import { keepingLogger } from './support/logged.ts';

const clip = (letter: string): ClipId => letter.repeat(64) as ClipId;
const samples = Int16Array.from({ length: 2000 }, (_, i) => i * 7);

let path: string;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'clips-'));
});
afterEach(() => rm(path, { recursive: true }));

test('what was written is read again, by the next process too', async () => {
  const folder = await openClipFolder(path, 1_000_000, silentLogger);
  expect(folder.clips).toEqual([]);
  expect(await folder.read(clip('a'))).toBeUndefined();
  expect(await folder.write(clip('a'), samples)).toBe(true);
  expect(await folder.write(clip('b'), new Int16Array(0))).toBe(true);
  const next = await openClipFolder(path, 1_000_000, silentLogger);
  expect(new Set(next.clips)).toEqual(new Set([clip('a'), clip('b')]));
  expect(await next.read(clip('a'))).toEqual(samples);
  expect(await next.read(clip('b'))).toEqual(new Int16Array(0));
});

test.each([
  ['cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length - 10)],
  ['cut within its header', (bytes: Buffer) => bytes.subarray(0, 20)],
  ['changed', (bytes: Buffer) => Buffer.from(bytes).fill(7, 2000, 2010)],
  ['made longer', (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(2)])],
  ['emptied', () => Buffer.alloc(0)],
  ['of another kind', (bytes: Buffer) => Buffer.from(bytes).fill('x', 0, 4)],
])('a file that was %s is not read, but removed, with a warning', async (_, damage) => {
  const { lines, logger } = keepingLogger();
  const folder = await openClipFolder(path, 1_000_000, logger);
  await folder.write(clip('a'), samples);
  const [name = ''] = await readdir(path);
  await writeFile(join(path, name), damage(await readFile(join(path, name))));
  expect(await folder.read(clip('a'))).toBeUndefined();
  expect(await readdir(path)).toEqual([]);
  expect(lines).toMatchObject([{ level: 'warn', facts: { clip: clip('a') } }]);
});

test('opening it removes what a crash left unfinished and the oldest of what is too much; the rest is not ours', async () => {
  const folder = await openClipFolder(path, 1_000_000, silentLogger);
  for (const [age, letter] of ['a', 'b', 'c'].entries()) {
    await folder.write(clip(letter), samples);
    await utimes(join(path, `${clip(letter)}.s16`), 1000 - age, 1000 - age);
  }
  await writeFile(join(path, `${clip('d')}.123.tmp`), 'half');
  await writeFile(join(path, 'README'), 'not ours');
  const next = await openClipFolder(path, 9000, silentLogger);
  expect(next.clips).toEqual([clip('a'), clip('b')]);
  expect(new Set(await readdir(path))).toEqual(new Set([`${clip('a')}.s16`, `${clip('b')}.s16`, 'README']));
});

test('a folder that cannot be written says so and leaves nothing half done', async () => {
  await writeFile(join(path, 'file'), '');
  const { lines, logger } = keepingLogger();
  const folder = await openClipFolder(join(path, 'file', 'below'), 1000, logger);
  expect(await folder.write(clip('a'), samples)).toBe(false);
  expect(lines.map(({ level }) => level)).toEqual(['warn', 'warn']);
});
