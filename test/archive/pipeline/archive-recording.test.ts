import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { spansFoundSince } from '../../../src/app/bundle-source.ts';
import type { Blobs } from '../../../src/archive/blobs/blobs.ts';
import { openContainer } from '../../../src/archive/container/open-container.ts';
import type { KeyStore } from '../../../src/archive/keys/key-store.ts';
import type { ArchivedManifest } from '../../../src/archive/manifest/archived-manifest.ts';
import { frameTree } from '../../../src/archive/manifest/frame-tree.ts';
import { ARCHIVE_STEPS, type ArchiveStep, archiveRecording } from '../../../src/archive/pipeline/archive-recording.ts';
import { blobSource, readStoredPack } from '../../../src/archive/pipeline/pack-file.ts';
import { removeSourceWhenDue } from '../../../src/archive/pipeline/remove-source.ts';
import { parseWav } from '../../../src/audio/wav.ts';
import type { RecordingId } from '../../../src/domain/ids.ts';
import { Scope } from '../../../src/lib/scope.ts';
import { hasPeer } from '../../support/peers.ts';
import { archiveForTest, FACTS } from './archive-for-test.ts';
import { memoryIndex } from './memory-index.ts';
import { sealedForTest } from './sealed-recording.ts';

const BASE = 'customer-call/2026/02/28/23';
let folder: string;
let scope: Scope;
let index = memoryIndex();
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-archive-'));
  scope = new Scope();
  index = memoryIndex();
});
afterEach(async () => {
  await scope.close();
  await rm(folder, { recursive: true, force: true });
});

/** Everything opened anew, as by the next start; the index is a database and stays. */
async function openParts(): Promise<Awaited<ReturnType<typeof archiveForTest>>> {
  await scope.close();
  scope = new Scope();
  return archiveForTest(folder, scope, index);
}
const options = (onStep?: (step: ArchiveStep) => void) => ({
  workFolder: join(folder, 'work'),
  keepSealedMs: 0,
  software: 'tellerline test',
  ...(onStep === undefined ? {} : { onStep }),
});
const filesBelow = async (path: string): Promise<string[]> =>
  (await readdir(join(folder, path), { recursive: true, withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + path.length + 2))
    .toSorted();
async function plainOf(blobs: Blobs, keys: KeyStore, key: string): Promise<Buffer> {
  const ref = (await blobs.find(key))!;
  const container = await openContainer(await blobSource(blobs, ref), ({ recording, key: wrapped }) =>
    keys.openDataKey(recording, wrapped),
  );
  return Buffer.from(await container.read(0, container.bytes));
}
const objectsOf = (recording: string): string[] =>
  ['.mft', '.mft.lock', '.rec', '.rec.lock', '.supervisor-private.pcmu.rec', '.supervisor-private.pcmu.rec.lock'].map(
    (end) => `${BASE}/${recording}${end}`,
  );

test('where a card number was said is in the index as found later: silent for who hears it masked, and in a masked export', async () => {
  const parts = await openParts();
  const found = [
    { track: 'customer', fromMs: 500, toMs: 900, kind: 'masked', level: 'C2', source: 'card-number' } as const,
    { track: 'agent', fromMs: 600, toMs: 800, kind: 'masked', level: 'C3', source: 'pause-ran-out' } as const,
  ];
  const facts: typeof parts.facts = async (...call) => ({ ...(await parts.facts(...call)), found });
  const { recording, folder: source } = await sealedForTest(join(folder, 'recordings'));
  await archiveRecording(recording, source, { ...parts, facts }, options());
  const content = await index.content(recording);
  expect(content.spans).toContainEqual(found[0]);
  const pack = (await readStoredPack(parts.blobs, `${BASE}/${recording}.mft`, recording, parts.keys))!.value;
  expect(spansFoundSince(pack, content)).toEqual([
    { channel: 0, from_ms: 500, to_ms: 900, kind: 'card-number' },
    { channel: 1, from_ms: 600, to_ms: 800, kind: 'pause' },
  ]);
});

test('a sealed recording becomes three sealed objects, a signed manifest and a leaf, is read back, and its folder in the clear is gone', async () => {
  const parts = await openParts();
  const { recording, folder: source } = await sealedForTest(join(folder, 'recordings'));
  const wav = await readFile(join(source, 'audio.wav'));
  const sealedText = await readFile(join(source, 'manifest.json'), 'utf8');
  expect(await archiveRecording(recording, source, parts, options())).toEqual([]);

  expect(index.history.get(recording)).toEqual(['EXPECTED', 'SEALED', 'ARCHIVED', 'VERIFIED']);
  expect(parts.retained).toEqual([recording]);
  expect(await filesBelow('blobs')).toEqual(objectsOf(recording));
  expect([await filesBelow('recordings'), await filesBelow('work')]).toEqual([[], []]);
  const row = (await index.find(recording))!;
  expect(row).toMatchObject({
    location: `${BASE}/${recording}.rec`,
    lockMode: 'governance',
    leafIndex: 0,
    keyEpoch: 'customer-call.2026-02',
    durationMs: 3000,
    intents: ['balance'],
  });
  expect(row.lockUntil).toBe(Date.parse('2031-03-01T00:00:00.000Z'));

  const pack = (await readStoredPack(parts.blobs, `${BASE}/${recording}.mft`, recording, parts.keys))!.value;
  const manifest = JSON.parse(pack.manifest.text) as ArchivedManifest;
  expect(pack.files['sealed.json']).toBe(sealedText);
  expect(manifest.sealed.manifest_sha256).toBe(createHash('sha256').update(sealedText).digest('hex'));
  expect(manifest.files.map(({ path }) => path)).toEqual([
    'events.json',
    'leak-certificate.json',
    'leak-certificate.sig.json',
    'sealed.json',
    'supervisor-private.pcmu.flac',
  ]);
  expect(manifest.audio.channels).toEqual([
    { role: 'customer', tracks: ['customer'] },
    { role: 'heard-by-customer', tracks: ['bot'] },
  ]);
  expect(await parts.log.leaf(0)).toMatchObject({
    type: 'RECORDING',
    digest: createHash('sha256').update(pack.manifest.text).digest(),
  });

  const flac = await plainOf(parts.blobs, parts.keys, `${BASE}/${recording}.rec`);
  expect(createHash('sha256').update(flac).digest('hex')).toBe(manifest.audio.sha256);
  if (hasPeer('flac')) {
    await writeFile(join(folder, 'a.flac'), flac);
    expect(spawnSync('flac', ['-t', '--silent', join(folder, 'a.flac')]).status).toBe(0);
    spawnSync('flac', ['-d', '--silent', join(folder, 'a.flac'), '-o', join(folder, 'a.wav')]);
    expect(parseWav(await readFile(join(folder, 'a.wav'))).samples).toEqual(parseWav(wav).samples);
  }
});

test('nothing of the audio or the manifest lies in the clear in the store', async () => {
  const parts = await openParts();
  const { recording, folder: source } = await sealedForTest(join(folder, 'recordings'));
  await archiveRecording(recording, source, parts, options());
  for (const name of await filesBelow('blobs')) {
    const bytes = await readFile(join(folder, 'blobs', name));
    if (name.endsWith('.lock')) continue;
    for (const text of ['fLaC', 'started_at', 'caller', 'sip_call_id', '"salt"'])
      expect([name, text, bytes.includes(text)]).toEqual([name, text, false]);
  }
});

test.each(ARCHIVE_STEPS)(
  'stopped at "%s", the next start leaves one sealed object, each leaf once, no work, and states without a gap',
  async (at) => {
    const { recording, folder: source } = await sealedForTest(join(folder, 'recordings'), { callMs: 1_000 });
    const crash = archiveRecording(
      recording,
      source,
      await openParts(),
      options((step) => {
        if (step === at) throw new Error('the process died here');
      }),
    );
    await expect(crash).rejects.toThrow('died here');
    const parts = await openParts();
    expect(await archiveRecording(recording, source, parts, options())).toEqual([]);
    expect(await archiveRecording(recording, source, parts, options())).toEqual([]);
    expect(await filesBelow('blobs')).toEqual(objectsOf(recording));
    // of the manifest, and of the leak certificate
    expect(parts.log.size).toBe(2);
    expect([await filesBelow('recordings'), await filesBelow('work')]).toEqual([[], []]);
    expect(index.history.get(recording)).toEqual(['EXPECTED', 'SEALED', 'ARCHIVED', 'VERIFIED']);
    const pack = (await readStoredPack(parts.blobs, `${BASE}/${recording}.mft`, recording, parts.keys))!.value;
    expect((await parts.log.leaf(0)).digest).toEqual(createHash('sha256').update(pack.manifest.text).digest());
  },
);

test('work that is lost before it is stored is made anew; work that is lost afterwards is found in the store', async () => {
  for (const at of ['packed', 'stored'] as const) {
    const { recording, folder: source } = await sealedForTest(join(folder, 'recordings'), {
      callMs: 1_000,
      tracks: ['customer', 'bot'],
    });
    const crash = archiveRecording(
      recording,
      source,
      await openParts(),
      options((step) => {
        if (step === at) throw new Error('the process died here');
      }),
    );
    await expect(crash).rejects.toThrow();
    await rm(join(folder, 'work'), { recursive: true });
    expect(await archiveRecording(recording, source, await openParts(), options())).toEqual([]);
    expect(await index.find(recording)).toMatchObject({ state: 'VERIFIED' });
    expect(await filesBelow('blobs').then((names) => names.filter((name) => name.includes(recording)))).toHaveLength(4);
  }
});

test('a recording that lacks a part of its call is archived and not verified: the reason stands in the index', async () => {
  const { recording, folder: source } = await sealedForTest(join(folder, 'recordings'), {
    callMs: 20_000,
    heardMs: 6_000,
    tracks: ['customer', 'bot'],
  });
  const problems = await archiveRecording(recording, source, await openParts(), options());
  expect(problems).toEqual([expect.stringMatching(/^call: .*14\.0 s of the customer's 20\.0 s were not recorded/)]);
  expect(await index.find(recording)).toMatchObject({ state: 'ARCHIVED', problems });
});

test('what was archived and not read back, by a crash that took the work with it, is read back before its folder goes', async () => {
  const { recording, folder: source } = await sealedForTest(join(folder, 'recordings'));
  const stopped = options((step) => {
    if (step === 'archived') throw new Error('stop');
  });
  await expect(archiveRecording(recording, source, await openParts(), stopped)).rejects.toThrow('stop');
  await rm(join(folder, 'work'), { recursive: true });
  await mkdir(join(folder, 'work'));
  expect(await index.find(recording)).toMatchObject({ state: 'ARCHIVED', problems: [] });
  await removeSourceWhenDue(recording, source, await openParts(), options());
  expect(await readdir(source)).toContain('audio.wav');
  expect(await archiveRecording(recording, source, await openParts(), options())).toEqual([]);
  expect(await index.find(recording)).toMatchObject({ state: 'VERIFIED' });
  await expect(readdir(source)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('audio that was changed after the seal is not archived, and stays where it is', async () => {
  const { recording, folder: source } = await sealedForTest(join(folder, 'recordings'));
  const audio = join(source, 'audio.wav');
  const bytes = await readFile(audio);
  bytes[5_000] = bytes[5_000]! ^ 1;
  await rm(audio);
  await writeFile(audio, bytes);
  await expect(archiveRecording(recording, source, await openParts(), options())).rejects.toMatchObject({
    code: 'RECORDING_DAMAGED',
  });
  expect(await index.find(recording)).toMatchObject({ state: 'SEALED' });
  expect(await filesBelow('blobs')).toEqual([]);
  expect(await readFile(audio)).toEqual(bytes);
});

test('retention is worked out once it is known whose account a recording is of', async () => {
  const parts = await openParts();
  const { recording, folder: source } = await sealedForTest(join(folder, 'recordings'));
  const seen: unknown[] = [];
  const facts = () =>
    Promise.resolve({ ...FACTS, description: { ...FACTS.description, accountHashes: ['of an account'] } });
  const retain = async (id: RecordingId): Promise<void> => void seen.push(await parts.index.find(id));
  await archiveRecording(recording, source, { ...parts, facts, retain }, options());
  expect(seen).toMatchObject([{ accountHashes: ['of an account'], state: 'SEALED' }]);
});

test('the frames that the manifest commits to are those that a verifier finds in the FLAC', async () => {
  const parts = await openParts();
  const { recording, folder: source } = await sealedForTest(join(folder, 'recordings'), { callMs: 2_300 });
  await archiveRecording(recording, source, parts, options());
  const pack = (await readStoredPack(parts.blobs, `${BASE}/${recording}.mft`, recording, parts.keys))!.value;
  const flac = await plainOf(parts.blobs, parts.keys, `${BASE}/${recording}.rec`);
  const { audio } = JSON.parse(pack.manifest.text) as ArchivedManifest;
  expect(audio.frames).toEqual(await frameTree(flac, Buffer.from(pack.frameSecret, 'hex'), 'sha256'));
  expect(audio.frames.frames).toBe(6);
});
