import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { expect, onTestFinished, test } from 'vitest';
import { openSealedFiles } from '../../src/app/sealed-files.ts';

const TEXT = 'what the caller said, '.repeat(10_000);

async function opened() {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-sealed-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return { folder, files: await openSealedFiles(folder) };
}
async function readAll(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all).toString();
}
const signal = new AbortController().signal;

test('what is written comes back; on the disk nothing of it is to be read, by nobody else', async () => {
  const { folder, files } = await opened();
  expect(await files.write('a', (output) => pipeline([TEXT], output).then(() => 7))).toBe(7);
  expect(await readAll(files.read('a', signal))).toBe(TEXT);
  const file = join(folder, 'a.sealed');
  expect((await readFile(file)).includes('caller')).toBe(false);
  expect((await stat(file)).mode & 0o077).toBe(0);
  await files.remove('a');
  expect(await readdir(folder)).toEqual([]);
  await expect(readAll(files.read('a', signal))).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('a changed byte is noticed; whoever writes and fails leaves no file that can be read', async () => {
  const { folder, files } = await opened();
  await files.write('a', (output) => pipeline([TEXT], output));
  const file = join(folder, 'a.sealed');
  const bytes = await readFile(file);
  bytes.writeUInt8(bytes.readUInt8(99) ^ 1, 99);
  await writeFile(file, bytes);
  await expect(readAll(files.read('a', signal))).rejects.toThrow();
  await expect(files.write('b', () => Promise.reject(new Error('told to')))).rejects.toThrow('told to');
  await expect(readAll(files.read('b', signal))).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('what another process left is noise, and goes', async () => {
  const { folder, files } = await opened();
  await files.write('a', (output) => pipeline([TEXT], output));
  await openSealedFiles(folder);
  expect(await readdir(folder)).toEqual([]);
});
