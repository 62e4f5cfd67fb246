import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openEspeak } from '../../src/speech/engines/espeak/espeak.ts';
import { WavStream } from '../../src/speech/engines/espeak/wav-stream.ts';
import { joined, rms, secondsOf } from './support/audio.ts';

const forever = new AbortController().signal;
const installed = spawnSync('espeak-ng', ['--version']).status === 0;
if (!installed) console.warn('skipped: espeak-ng is not installed (Debian package espeak-ng)');

describe.skipIf(!installed)('espeak-ng (Debian package espeak-ng)', () => {
  test.each([
    ['en-US', 'Please say your account number.'],
    ['en-GB', 'Please say your account number.'],
    ['zh-CN', '您好，请说您的账号。'],
  ])('speaks %s at 8 kHz', async (language, text) => {
    await using espeak = await openEspeak();
    const speech = await espeak.speak(text, { language }, forever);
    expect(secondsOf(speech)).toBeGreaterThan(0.8);
    expect(secondsOf(speech)).toBeLessThan(5);
    expect(rms(speech)).toBeGreaterThan(500);
  });

  test('a voice it does not know is an error', async () => {
    await using espeak = await openEspeak();
    await expect(espeak.speak('Hello.', { language: 'en', voice: 'nosuch' }, forever)).rejects.toMatchObject({
      code: 'SYNTHESIS_FAILED',
    });
    await expect(espeak.speak('Hello.', { language: 'en', voice: '../x' }, forever)).rejects.toMatchObject({
      code: 'SYNTHESIS_FAILED',
    });
    await expect(espeak.speak('Hello.', { language: 'xx' }, forever)).rejects.toMatchObject({
      code: 'SYNTHESIS_FAILED',
    });
  });

  test('more texts than processes: all are spoken, in turn', async () => {
    await using espeak = await openEspeak({ processes: 1 });
    const all = await Promise.all([1, 2, 3, 4].map((n) => espeak.speak(`Number ${n}.`, { language: 'en' }, forever)));
    for (const spoken of all) expect(secondsOf(spoken)).toBeGreaterThan(0.3);
  });
});

test('when it is not installed the error says which Debian package to install', async () => {
  await expect(openEspeak({ command: '/nowhere/espeak-ng' })).rejects.toMatchObject({
    code: 'SYNTHESIZER_UNREACHABLE',
    message: expect.stringContaining('install the Debian package espeak-ng'),
  });
});

describe('a program in its place that misbehaves', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'espeak-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const program = async (name: string, script: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, `#!/bin/sh\n[ "$1" = --version ] && exit 0\n${script}\n`);
    await chmod(path, 0o755);
    return path;
  };

  test('never ends: killed at the deadline', async () => {
    await using espeak = await openEspeak({ command: await program('hangs', 'exec sleep 60'), limit: 100 as never });
    await expect(espeak.speak('Hello.', { language: 'en' }, forever)).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
  });

  test('is cancelled: killed at once', async () => {
    await using espeak = await openEspeak({ command: await program('waits', 'exec sleep 60'), processes: 1 });
    const stop = new AbortController();
    const running = espeak.speak('Hello.', { language: 'en' }, stop.signal);
    const queued = espeak.speak('Hello.', { language: 'en' }, stop.signal);
    setImmediate(() => stop.abort());
    for (const outcome of await Promise.allSettled([running, queued]))
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'CANCELLED' } });
  });

  test.each([
    ['fails', 'exit 3'],
    ['says nothing', 'exit 0'],
    ['talks nonsense', 'head -c 5000 /dev/zero'],
    ['stops within the header', 'printf RIFF'],
  ])('%s: SYNTHESIS_FAILED', async (name, script) => {
    await using espeak = await openEspeak({ command: await program(name.replaceAll(' ', '-'), script) });
    await expect(espeak.speak('Hello.', { language: 'en' }, forever)).rejects.toMatchObject({
      code: 'SYNTHESIS_FAILED',
    });
  });

  test('is gone by the time it is run: SYNTHESIZER_UNREACHABLE', async () => {
    const command = await program('vanishes', 'exit 0');
    await using espeak = await openEspeak({ command });
    await rm(command);
    await expect(espeak.speak('Hello.', { language: 'en' }, forever)).rejects.toMatchObject({
      code: 'SYNTHESIZER_UNREACHABLE',
    });
  });
});

test('a WAV is read the same however it is cut', () => {
  const header = Buffer.alloc(60);
  header.write('RIFF', 0);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(22_050, 24);
  header.writeUInt16LE(16, 34);
  header.write('LIST', 36);
  header.writeUInt32LE(8, 40);
  header.write('data', 52);
  const wav = Buffer.concat([header, Buffer.from(new Int16Array([1, -2, 3, -4]).buffer)]);
  for (let cut = 0; cut < wav.length; cut++) {
    const stream = new WavStream();
    const samples = joined([stream.push(wav.subarray(0, cut)), stream.push(wav.subarray(cut))]);
    expect(stream.rate).toBe(22_050);
    expect([...samples]).toEqual([1, -2, 3, -4]);
  }
});
