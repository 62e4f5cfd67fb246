import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ARCHIVE_STEPS, archiveRecording } from '../../../src/archive/pipeline/archive-recording.ts';
import { Scope } from '../../../src/lib/scope.ts';
import { SEAL_STEPS } from '../../../src/recording/seal-recording.ts';
import { hashSealedFile, openSealedFolder, removeSealedFolder } from '../../../src/recording/sealed-folder.ts';
import { verifyRecording } from '../../../src/recording/verify-recording.ts';
import { tone } from '../../recording/spoken-audio.ts';
import { type ClearAudio, clearAudioBelow } from '../../support/clear-audio.ts';
import { archiveForTest } from './archive-for-test.ts';
import { SEALED_KEYS, sealedForTest } from './sealed-recording.ts';

/* What waits for the archive is encrypted: nothing of a call's audio lies on a disk in the clear, at no step. */

let folder: string;
let scope: Scope;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-at-rest-'));
  scope = new Scope();
});
afterEach(async () => {
  await scope.close();
  await rm(folder, { recursive: true, force: true });
});

/** A piece of what the customer says in `sealedForTest`. */
const SAID = tone('PCMU', 440, 0, 800);
const clear = (): Promise<readonly ClearAudio[]> => clearAudioBelow(folder, SAID);

test('whoever looks does find audio that lies in the clear', async () => {
  await sealedForTest(join(folder, 'recordings'), { tracks: ['customer'] });
  const found = await clear();
  expect(found.map(({ as }) => as)).toEqual(expect.arrayContaining(['G.711', '16 bits, left', 'an audio file']));
});

test('from the first step of the seal to the last of the archive nothing lies in the clear, and what is archived is whole', async () => {
  const parts = await archiveForTest(folder, scope);
  const steps: string[] = [];
  const look = async (step: string): Promise<void> => {
    steps.push(step);
    expect(await clear(), step).toEqual([]);
  };
  const { recording, folder: source } = await sealedForTest(join(folder, 'recordings'), {
    encrypted: true,
    onStep: look,
  });
  expect((await readdir(source)).toSorted()).toEqual(['audio.wav.enc', 'key.json', 'manifest.json', 'tracks']);
  expect(await verifyRecording(source, SEALED_KEYS)).toMatchObject({ ok: true, problems: [] });
  const options = {
    workFolder: join(folder, 'work'),
    sealedKeys: SEALED_KEYS,
    keepSealedMs: 0,
    software: 'test',
    onStep: look,
  };
  expect(await archiveRecording(recording, source, parts, options)).toEqual([]);
  expect(await parts.index.find(recording)).toMatchObject({ state: 'VERIFIED' });
  expect(steps).toEqual([...SEAL_STEPS, ...ARCHIVE_STEPS]);
  await look('the end');
  await expect(readdir(source)).rejects.toThrow('ENOENT');
});

test('without its key it says so; a changed, cut or exchanged file is damaged', async () => {
  const { folder: source } = await sealedForTest(join(folder, 'recordings'), { encrypted: true });
  expect((await verifyRecording(source)).problems).toEqual([expect.stringContaining('it is encrypted until')]);
  const others = { wrapping: new Uint8Array(32).fill(1), former: [] };
  expect((await verifyRecording(source, others)).problems).toEqual([
    expect.stringContaining("none of the spool's keys opens it"),
  ]);
  expect((await verifyRecording(source, { ...others, former: [SEALED_KEYS.wrapping] })).ok).toBe(true);
  const [customer, bot] = ['customer', 'bot'].map((name) => join(source, 'tracks', `${name}.pcmu.wav.enc`)) as [
    string,
    string,
  ];
  const whole = await readFile(customer);
  const changed = Buffer.from(whole);
  changed[1_000] = (changed[1_000] ?? 0) ^ 1;
  for (const bytes of [changed, whole.subarray(0, -1), Buffer.concat([whole, Buffer.of(0)]), await readFile(bot)]) {
    await rm(customer);
    await writeFile(customer, bytes);
    const { intact, problems } = await verifyRecording(source, SEALED_KEYS);
    expect(intact).toBe(false);
    expect(problems).toEqual([expect.stringMatching(/^tracks\/customer\.pcmu\.wav: it cannot be read: .*was changed/)]);
  }
  await rm(customer);
  await writeFile(customer, whole);
  expect((await verifyRecording(source, SEALED_KEYS)).ok).toBe(true);
});

test('when it goes its key goes first; a removal that was cut short leaves noise', async () => {
  const { folder: source } = await sealedForTest(join(folder, 'recordings'), { encrypted: true });
  const audio = await readFile(join(source, 'audio.wav.enc'));
  const key = await readFile(join(source, 'key.json'));
  const sealed = await openSealedFolder(source, SEALED_KEYS);
  expect(await hashSealedFile(sealed.at('audio.wav'))).toMatch(/^[0-9a-f]{64}$/);
  await removeSealedFolder(source);
  await removeSealedFolder(source);
  await expect(readdir(source)).rejects.toThrow('ENOENT');
  expect(dirname(source)).toContain('recordings');
  // as a crash between the two leaves it
  const { folder: other } = await sealedForTest(join(folder, 'recordings'), { encrypted: true });
  await writeFile(join(other, 'key.json'), Buffer.alloc(key.length));
  await rm(join(other, 'audio.wav.enc'));
  await writeFile(join(other, 'audio.wav.enc'), audio);
  await expect(openSealedFolder(other, SEALED_KEYS)).rejects.toMatchObject({ code: 'KEYS_UNREADABLE' });
});
