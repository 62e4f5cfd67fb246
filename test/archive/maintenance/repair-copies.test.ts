import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openFileBlobs } from '../../../src/archive/blobs/file-blobs.ts';
import { mirroredBlobs } from '../../../src/archive/blobs/mirrored-blobs.ts';
import { type ArchiveFinding, fsck } from '../../../src/archive/maintenance/fsck.ts';
import { rebuild } from '../../../src/archive/maintenance/rebuild.ts';
import { copyMissing } from '../../../src/archive/maintenance/repair-copies.ts';
import { archiveRecording } from '../../../src/archive/pipeline/archive-recording.ts';
import { openPlayback } from '../../../src/archive/pipeline/playback.ts';
import { Scope } from '../../../src/lib/scope.ts';
import { archiveForTest } from '../pipeline/archive-for-test.ts';
import { memoryIndex } from '../pipeline/memory-index.ts';
import { STARTED, sealedForTest } from '../pipeline/sealed-recording.ts';

let folder: string;
let scope: Scope;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-repair-'));
  scope = new Scope();
});
afterEach(async () => {
  await scope.close();
  await rm(folder, { recursive: true, force: true });
});

const OPTIONS = { keepSealedMs: 1e12, software: 'test' } as const;
const storeIn = (name: string) => openFileBlobs(join(folder, name), () => STARTED);

/** Recordings archived in two folders. */
async function twoCopies(count: number) {
  const single = await archiveForTest(folder, scope);
  const blobs = scope.use(mirroredBlobs(await storeIn('blobs'), await storeIn('copy'), () => STARTED));
  const parts = { ...single, blobs };
  const rows = [];
  for (let n = 0; n < count; n++) {
    const { recording, folder: source } = await sealedForTest(join(folder, 'recordings'), { callMs: 1_000 });
    await archiveRecording(recording, source, parts, { ...OPTIONS, workFolder: join(folder, 'work') });
    rows.push((await parts.index.find(recording))!);
  }
  return { parts, rows };
}
async function damage(path: string): Promise<void> {
  const bytes = await readFile(path);
  bytes[bytes.length - 40]! ^= 1;
  await rm(path);
  await writeFile(path, bytes);
}
async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
const inTrouble = (findings: readonly ArchiveFinding[]) => findings.filter(({ problems }) => problems.length > 0);

test('a recording is verified when both copies were read back, and not when one of them cannot be', async () => {
  const { parts, rows } = await twoCopies(1);
  expect(rows[0]).toMatchObject({ state: 'VERIFIED', problems: [] });
  for (const store of ['blobs', 'copy'])
    expect((await readFile(join(folder, store, rows[0]!.location!))).length).toBe(rows[0]!.bytes);
  // the second store loses what it took
  const { recording, folder: source } = await sealedForTest(join(folder, 'recordings'), { callMs: 1_000 });
  const steps = async (step: string): Promise<void> => {
    if (step === 'archived') await damage(join(folder, 'copy', (await parts.index.find(recording))!.location!));
  };
  await archiveRecording(recording, source, parts, { ...OPTIONS, workFolder: join(folder, 'work'), onStep: steps });
  const row = (await parts.index.find(recording))!;
  expect(row.state).toBe('ARCHIVED');
  expect(row.problems).toEqual([expect.stringMatching(/^archive: audio: .*altered.*\(.*copy\)$/)]);
});

test('a store that is away keeps a recording from being archived; nothing is lost, and it is finished later', async () => {
  const { parts } = await twoCopies(0);
  const { recording, folder: source } = await sealedForTest(join(folder, 'recordings'), { callMs: 1_000 });
  await rm(join(folder, 'copy'), { recursive: true });
  await writeFile(join(folder, 'copy'), 'no folder');
  const options = { ...OPTIONS, workFolder: join(folder, 'work') };
  await expect(archiveRecording(recording, source, parts, options)).rejects.toMatchObject({
    code: 'BLOBS_UNREACHABLE',
  });
  expect((await parts.index.find(recording))?.state).toBe('SEALED');
  await rm(join(folder, 'copy'));
  const blobs = scope.use(mirroredBlobs(await storeIn('blobs'), await storeIn('copy'), () => STARTED));
  expect(await archiveRecording(recording, source, { ...parts, blobs }, options)).toEqual([]);
  expect((await parts.index.find(recording))?.state).toBe('VERIFIED');
});

test('repair makes each damaged or lost copy anew from the other, whichever it is, and says so', async () => {
  const { parts, rows } = await twoCopies(3);
  const [one, two, three] = rows.map(({ location }) => location!) as [string, string, string];
  await damage(join(folder, 'blobs', one));
  await rm(join(folder, 'copy', two));
  await damage(join(folder, 'blobs', three.replace('.rec', '.mft')));
  expect(inTrouble(await all(fsck(parts)))).toHaveLength(3);
  expect(inTrouble(await all(fsck(parts)))).toHaveLength(3); // a look mends nothing
  const findings = await all(fsck(parts, { repair: true }));
  expect(inTrouble(findings)).toEqual([]);
  const from = findings.flatMap(({ repaired = [] }) => repaired).map((said) => said.slice(said.lastIndexOf('/') + 1));
  expect(from.toSorted()).toEqual(['blobs', 'copy', 'copy']);
  expect(inTrouble(await all(fsck(parts)))).toEqual([]);
  for (const at of [one, two, three])
    expect(await readFile(join(folder, 'copy', at))).toEqual(await readFile(join(folder, 'blobs', at)));
});

test('what is damaged in both is said to be, and left as it is', async () => {
  const { parts, rows } = await twoCopies(1);
  for (const store of ['blobs', 'copy']) await damage(join(folder, store, rows[0]!.location!));
  const before = await readFile(join(folder, 'blobs', rows[0]!.location!));
  const [finding] = await all(fsck(parts, { repair: true }));
  expect(finding?.problems).toHaveLength(2);
  expect(finding?.repaired).toBeUndefined();
  expect(await readFile(join(folder, 'blobs', rows[0]!.location!))).toEqual(before);
});

test('a copy that is configured later is filled; either copy alone plays, and makes the index anew', async () => {
  const { parts, rows } = await twoCopies(2);
  await rm(join(folder, 'copy'), { recursive: true });
  const blobs = scope.use(mirroredBlobs(await storeIn('blobs'), await storeIn('copy'), () => STARTED));
  expect(await copyMissing('', blobs, () => STARTED)).toHaveLength(6);
  expect(await copyMissing('', blobs, () => STARTED)).toEqual([]);
  for (const lost of ['blobs', 'copy']) {
    await rm(join(folder, lost), { recursive: true });
    const left = scope.use(mirroredBlobs(await storeIn('blobs'), await storeIn('copy'), () => STARTED));
    await using wav = await openPlayback({ ...parts, blobs: left }).open(rows[0]!.id, false);
    expect((await all(wav.read(0, wav.bytes, new AbortController().signal))).length).toBeGreaterThan(0);
    const fresh = memoryIndex();
    const retention = { begin: async () => undefined, apply: async () => undefined, finish: async () => undefined };
    const rebuilt = await all(rebuild({ ...parts, blobs: left, index: fresh, retention }));
    expect(rebuilt.map(({ recording }) => recording).toSorted()).toEqual(rows.map(({ id }) => id as string).toSorted());
    expect(await copyMissing('', left, () => STARTED)).toHaveLength(6);
  }
});
