import { chmod, cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { examine } from '../../../src/archive/maintenance/doctor.ts';
import { type ArchiveFinding, fsck } from '../../../src/archive/maintenance/fsck.ts';
import { type Rebuilt, rebuild } from '../../../src/archive/maintenance/rebuild.ts';
import { archiveRecording } from '../../../src/archive/pipeline/archive-recording.ts';
import { issuePermit } from '../../../src/domain/destruction-permit.ts';
import type { RecordingId } from '../../../src/domain/ids.ts';
import { Scope } from '../../../src/lib/scope.ts';
import { archiveForTest } from '../pipeline/archive-for-test.ts';
import { memoryIndex } from '../pipeline/memory-index.ts';
import { STARTED, sealedForTest } from '../pipeline/sealed-recording.ts';

let folder: string;
let scope: Scope;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-maintenance-'));
  scope = new Scope();
});
afterEach(async () => {
  await scope.close();
  await rm(folder, { recursive: true, force: true });
});

type Archive = Awaited<ReturnType<typeof archiveForTest>>;
async function archived(
  count: number,
): Promise<{ readonly parts: Archive; readonly recordings: readonly RecordingId[] }> {
  const parts = await archiveForTest(folder, scope);
  const recordings: RecordingId[] = [];
  for (let i = 0; i < count; i++) {
    const { recording, folder: source } = await sealedForTest(join(folder, 'recordings'), { callMs: 1_000 });
    await archiveRecording(recording, source, parts, {
      workFolder: join(folder, 'work'),
      keepSealedMs: 0,
      software: 'test',
    });
    recordings.push(recording);
  }
  return { parts, recordings };
}
async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
const wrongIn = async (parts: Archive): Promise<readonly ArchiveFinding[]> =>
  (await all(fsck(parts))).filter(({ problems }) => problems.length > 0);
const blob = (recording: string, end: string): string =>
  join(folder, 'blobs/customer-call/2026/02/28/23', `${recording}${end}`);

async function flip(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[at < 0 ? bytes.length + at : at]! ^= 1;
  await rm(path);
  await writeFile(path, bytes);
}

test('fsck: a whole archive is whole; each kind of damage is named with its recording', async () => {
  const { parts, recordings } = await archived(6);
  expect(await wrongIn(parts)).toEqual([]);
  expect(await all(fsck(parts))).toHaveLength(6);
  const [audio, pack, gone, unlocked, stranger, otherLeaf] = recordings as [
    RecordingId,
    RecordingId,
    RecordingId,
    RecordingId,
    RecordingId,
    RecordingId,
  ];
  await flip(blob(audio, '.rec'), -40);
  await flip(blob(pack, '.mft'), 900);
  await rm(blob(gone, '.mft'));
  await rm(blob(unlocked, '.rec.lock'));
  await cp(blob(stranger, '.mft'), blob('0190a0a0-0000-7000-8000-000000000001', '.mft'));
  await parts.index.advance(otherLeaf, 'VERIFIED', { leafIndex: 0 });
  const found = new Map((await wrongIn(parts)).map(({ recording, problems }) => [recording, problems.join('; ')]));
  expect([...found.keys()].toSorted()).toEqual(
    [audio, pack, gone, unlocked, otherLeaf, '0190a0a0-0000-7000-8000-000000000001'].toSorted(),
  );
  expect(found.get(audio)).toContain('archive: audio: the sealed object was altered');
  expect(found.get(pack)).toContain('archive: manifest: the sealed object was altered');
  expect(found.get(gone)).toContain('.mft is not in the store');
  expect(found.get(unlocked)).toContain('archive: lock: it is not locked');
  expect(found.get(otherLeaf)).toContain('archive: log: leaf 0 is of something else');
  expect(found.get('0190a0a0-0000-7000-8000-000000000001')).toContain('archive rebuild');
});

test('fsck: a recording that was destroyed and whose secret or object is left is found', async () => {
  const { parts, recordings } = await archived(1);
  const [recording] = recordings as [RecordingId];
  const row = await parts.index.find(recording);
  await parts.index.put({ ...row!, state: 'DESTROYED' }, { events: [], spans: [], segments: [] });
  expect((await wrongIn(parts))[0]?.problems).toEqual([
    'it was destroyed, and its secret is still there',
    'it was destroyed, and its object is still in the store',
  ]);
});

test('rebuild: the index is made anew from the store and the keys alone, row by row as it was', async () => {
  const { parts, recordings } = await archived(3);
  const fresh = memoryIndex();
  const [destroyed, kept, other] = recordings as [RecordingId, RecordingId, RecordingId];
  await parts.keys.destroySecret(issuePermit(destroyed));
  const retained: string[] = [];
  const retention = {
    begin: () => Promise.resolve(),
    apply: async (id: RecordingId) => void retained.push(id),
    finish: () => Promise.resolve(),
  };
  const results = await all<Rebuilt>(rebuild({ ...parts, index: fresh, retention }));
  expect(results.filter(({ problem }) => problem === undefined).map(({ recording }) => recording)).toEqual(
    [kept, other].toSorted(),
  );
  expect(results.find(({ problem }) => problem !== undefined)).toMatchObject({
    problem: expect.stringContaining('destroyed'),
  });
  expect(retained).toEqual([kept, other].toSorted());
  for (const id of [kept, other]) {
    const before = (await parts.index.find(id))!;
    expect(await fresh.find(id)).toEqual({
      ...before,
      state: 'VERIFIED', // proven anew
      stateSince: expect.any(Number),
      retainUntil: Date.parse('2031-03-01T00:00:00Z'),
    });
    expect(await fresh.content(id)).toEqual(await parts.index.content(id));
  }
  expect(await fresh.find(destroyed)).toBeUndefined();
  // and what was rebuilt is verified again
  expect((await all(fsck({ ...parts, index: fresh }))).filter(({ problems }) => problems.length > 0)).toEqual([
    expect.objectContaining({ recording: destroyed }),
  ]);
});

test('rebuild: what does not verify any more is not said to be verified, nor is anything without the log', async () => {
  const { parts, recordings } = await archived(2);
  const [damaged, whole] = recordings as [RecordingId, RecordingId];
  await flip(blob(damaged, '.rec'), -40);
  const retention = {
    begin: () => Promise.resolve(),
    apply: () => Promise.resolve(),
    finish: () => Promise.resolve(),
  };
  const fresh = memoryIndex();
  await all<Rebuilt>(rebuild({ ...parts, index: fresh, retention }));
  expect(await fresh.find(whole)).toMatchObject({ state: 'VERIFIED', problems: [] });
  expect(await fresh.find(damaged)).toMatchObject({
    state: 'ARCHIVED',
    problems: [expect.stringMatching(/^archive: audio: /)],
  });
  const without = memoryIndex();
  await all<Rebuilt>(rebuild({ ...parts, log: undefined, index: without, retention }));
  expect(await without.find(whole)).toMatchObject({ state: 'ARCHIVED', leafIndex: null });
});

test('doctor: says what is at risk, and what is bad', async () => {
  const { parts, recordings } = await archived(1);
  const retention = {
    destructions: async () => ({ proposed: 2, approved: 1, shredding: 1, destroyed: 0, withdrawn: 0 }),
    waiting: async () => ({ records: 1, since: STARTED }),
    wall: () => STARTED + 3_600_000,
  };
  let protection = { due: 0, since: null as number | null, wrong: 0 };
  const states = async () =>
    Object.fromEntries(
      (
        await examine({
          ...parts,
          folders: { archive: folder },
          witnesses: 0,
          timeStamps: true,
          retention,
          protection: async () => protection,
          others: {},
        })
      ).map(({ name, state }) => [name, state]),
    );
  expect(await states()).toMatchObject({
    keys: 'risk',
    store: 'risk',
    copies: 'risk',
    protection: 'ok',
    recordings: 'ok',
    retention: 'risk',
    destruction: 'risk',
    log: 'ok',
    witness: 'risk',
    'time stamps': 'ok',
  });
  protection = { due: 5, since: STARTED, wrong: 0 };
  expect(await states()).toMatchObject({ protection: 'risk' });
  protection = { due: 0, since: null, wrong: 1 };
  expect(await states()).toMatchObject({ protection: 'bad' });
  await parts.index.advance(recordings[0]!, 'MISSING', {});
  await rename(join(folder, 'keys/epochs'), join(folder, 'keys/elsewhere'));
  await writeFile(join(folder, 'keys/epochs'), '');
  await chmod(join(folder, 'keys/epochs'), 0o600);
  expect(await states()).toMatchObject({ keys: 'bad', recordings: 'bad' });
});
