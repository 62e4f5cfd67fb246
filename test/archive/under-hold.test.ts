import { readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MIGRATIONS } from '../../src/app/migrations.ts';
import type { Blobs } from '../../src/archive/blobs/blobs.ts';
import { openFileBlobs } from '../../src/archive/blobs/file-blobs.ts';
import { mirroredBlobs } from '../../src/archive/blobs/mirrored-blobs.ts';
import { openArchiveIndex } from '../../src/archive/index/open-archive-index.ts';
import { openKeyStore } from '../../src/archive/keys/open-key-store.ts';
import { logCertifier } from '../../src/archive/log/log-certifier.ts';
import { moveBlobs } from '../../src/archive/maintenance/move-blobs.ts';
import { openDestroyer } from '../../src/archive/maintenance/open-destroyer.ts';
import { archiveRecording } from '../../src/archive/pipeline/archive-recording.ts';
import { verifyCopies } from '../../src/archive/pipeline/verify-copies.ts';
import { destroyRecording } from '../../src/archive/retention/destroy-recording.ts';
import { permitDestruction, permitIfDecided } from '../../src/archive/retention/destruction-gate.ts';
import { selectHeldContacts } from '../../src/archive/retention/held-recordings.ts';
import { openReaper } from '../../src/archive/retention/open-reaper.ts';
import { openRetention } from '../../src/archive/retention/open-retention.ts';
import { REAPER_SETTINGS } from '../../src/archive/retention/reaper.ts';
import type { DestructionPermit } from '../../src/domain/destruction-permit.ts';
import type { CallEvent } from '../../src/domain/call-event.ts';
import { IvrError } from '../../src/domain/error.ts';
import type { RecordingId } from '../../src/domain/ids.ts';
import { sharedMs, wallMs } from '../../src/domain/units.ts';
import { eraseCall } from '../../src/journal/erase-call.ts';
import { openLadderStore } from '../../src/journal/ladder-store.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { Scope } from '../../src/lib/scope.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import { storeOn } from '../support/journal-store.ts';
import { policyOf } from '../support/retention-policy.ts';
import { archiveForTest } from './pipeline/archive-for-test.ts';
import { sealedForTest, STARTED } from './pipeline/sealed-recording.ts';

/*
 * One gate before any destruction: whatever in the archive, the journal and the recordings destroys is found by its name and tried on a recording under a legal
 * hold, of which everything else is over: its term, its grace, its store's lock, with two people's approval.
 */

const SRC = join(import.meta.dirname, '../../src');
/** A function or a method that destroys, by its name. */
const DESTROYS =
  /^\s*(?:export )?(?:readonly )?(?:async )?(?:function )?((?:destroy|shred|remove|delete|erase|drop|purge|reap)(?:[A-Z]\w*)?)\s*(?:[(<]|: (?:async )?\()/gm;
/** By folder and name, how it is tried; or why nothing of a recording that is kept goes by it. */
const FOUND: Readonly<Record<string, keyof ReturnType<typeof attempts> | { readonly harmless: string }>> = {
  'archive destroyRecording': 'destroyRecording',
  'archive destroySecret': 'destroySecret',
  'archive destroy': { harmless: 'the log of secrets behind destroySecret and syncCopy' },
  'archive shred': 'shred',
  'archive deleteVersions': 'deleteVersions',
  'archive remove': 'remove',
  'archive delete': { harmless: 'a version in S3, behind remove' },
  'archive removeSource': 'removeSource',
  'archive removeSourceWhenDue': 'removeSource',
  'archive eraseCall': 'eraseCall',
  'archive removeContent': { harmless: 'rows of the index, within destroyRecording' },
  'archive deleteContent': { harmless: 'rows that are written anew in the same transaction' },
  'journal eraseCall': 'eraseCall',
  'journal dropBefore': 'dropBefore',
  'recording removeSealedFolder': 'removeSource',
  'recording removeFormerSpool': { harmless: 'the spool of a recording that was just sealed' },
  'recording removeFormer': { harmless: 'the spool of a recording that was just sealed' },
  'recording removeReleased': { harmless: 'segments of the spool whose recordings are sealed' },
  'recording erase': { harmless: 'the key of such a segment' },
  'recording drop': { harmless: 'chunks that found no room, which become gaps' },
};

test('every function that destroys is known, and how it is tried under a hold', () => {
  const found = ['archive', 'journal', 'recording'].flatMap((folder) =>
    readdirSync(join(SRC, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !/migrations|saved-search|search\//.test(file))
      .flatMap((file) =>
        [...readFileSync(join(SRC, folder, file), 'utf8').matchAll(DESTROYS)].map(([, name]) => `${folder} ${name!}`),
      ),
  );
  expect([...new Set(found)].toSorted()).toEqual(Object.keys(FOUND).toSorted());
});

test('nobody but the gate hands out permits', () => {
  const issuing = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && /\bissuePermit\b/.test(readFileSync(join(SRC, file), 'utf8')))
    .toSorted();
  expect(issuing).toEqual(['archive/retention/destruction-gate.ts', 'domain/destruction-permit.ts']);
});

let folder: string;
let scope: Scope;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-held-'));
  scope = new Scope();
});
afterEach(async () => {
  await scope.close();
  await rm(folder, { recursive: true, force: true });
});

const DAY = 86_400_000;
async function list(blobs: Blobs): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { key } of blobs.list('')) keys.push(key);
  return keys;
}
/** A permit that looks like one. */
const forged = (recording: RecordingId): DestructionPermit => ({ recording });

/** An archived recording whose term, lock and grace are over, approved by two people; copies of objects and keys; the sealed folder still there. */
async function overdue() {
  const clock = { at: STARTED, wall: () => wallMs(clock.at), shared: () => sharedMs(clock.at) };
  const file = join(folder, 'index.sqlite');
  const storage = scope.use(await openStorage({ file, migrations: MIGRATIONS }, silentLogger));
  const journal = storeOn(storage);
  const retention = openRetention(storage, { wall: clock.wall, trusted: clock.wall });
  await retention.addPolicy(policyOf({ period: { years: 1, months: 0, days: 0 } }));
  const [keysFolder, keysCopy] = [join(folder, 'keys'), join(folder, 'keys-copy')];
  const blobs = scope.use(
    mirroredBlobs(
      await openFileBlobs(join(folder, 'blobs'), clock.wall),
      await openFileBlobs(join(folder, 'copy'), clock.wall),
      clock.wall,
    ),
  );
  const made = await archiveForTest(folder, scope);
  const keys = scope.use(await openKeyStore(keysFolder, 'international', keysCopy));
  const index = openArchiveIndex(storage, clock);
  const parts = { ...made, keys, blobs, index, retain: (id: RecordingId) => retention.apply(id), wall: clock.wall };
  const { recording, folder: source } = await sealedForTest(join(folder, 'recordings'), { callMs: 1_000 });
  const options = { workFolder: join(folder, 'work'), keepSealedMs: 100_000 * DAY, software: 't' } as const;
  expect(await archiveRecording(recording, source, parts, options)).toEqual([]);
  const row = (await index.find(recording))!;
  const { contact } = row;
  const fact = { type: 'call-answered', leg: row.leg, codec: 'PCMU', telephone_event: true, setup_ms: 1 } as const;
  const event = { ...fact, contact, seq: 1, at: STARTED, t_ms: 0, v: 1 } as unknown as CallEvent;
  await journal.commit({ events: [event], calls: [], recordings: [] });
  const ladders = openLadderStore(storage);
  await ladders.put(contact, { steps: [], omitted: 0 }, wallMs(STARTED));
  const destroyer = openDestroyer({ keys, blobs, folders: () => [source] });
  const destroying = {
    storage,
    clock,
    destroyer,
    certifier: logCertifier(made.signers, made.log, 'DESTROY'),
    eraseCall,
    software: 't',
  };
  const reaper = await openReaper(
    { ...destroying, reference: () => Promise.resolve(clock.wall()) },
    { ...REAPER_SETTINGS, graceMs: DAY },
  );
  for (let at = STARTED; at < STARTED + 2_200 * DAY; at += 700 * DAY) {
    clock.at = at;
    await reaper.pass();
  }
  await reaper.approve([recording], ['ann', 'bo'], 'its term is over');
  clock.at += 8 * DAY;
  /** All of it that can be destroyed. */
  const left = async () => {
    const now = (await index.find(recording))!;
    const objects = await Promise.all(blobs.copies.map(async (copy) => (await list(copy)).length));
    const sealed = await stat(source).catch(() => undefined);
    return {
      state: now.state,
      secret: await keys.has(recording),
      objects,
      content: await index.content(recording),
      events: await journal.events(contact),
      ladder: await ladders.find(contact),
      sealed: sealed !== undefined,
    };
  };
  const verified = async () => {
    const { location, bytes, sha256, leafIndex } = (await index.find(recording))!;
    const pack = (await blobs.find(location!.replace(/\.rec$/, '.mft')))!;
    const audio = { key: location!, version: '1', bytes: bytes!, sha256: sha256! };
    return verifyCopies(recording, { audio, pack, leafIndex: leafIndex! }, parts);
  };
  return {
    clock,
    storage,
    parts,
    recording,
    row,
    source,
    destroyer,
    destroying,
    reaper,
    retention,
    ladders,
    left,
    verified,
    options,
    keysFolder,
    keysCopy,
  };
}
/** Of an attempt: whatever else fails is the test's own. */
function onlyRefused(thrown: unknown): void {
  if (!(thrown instanceof IvrError)) throw thrown;
}
type Overdue = Awaited<ReturnType<typeof overdue>>;

/** Each rejects, or changes nothing. */
function attempts(made: Overdue) {
  const { storage, parts, recording, row, source, destroyer, destroying, reaper, ladders, clock, options } = made;
  const { keys, blobs } = parts;
  const { knex } = storage;
  const permit = forged(recording);
  return {
    reaper: () => reaper.pass(),
    permit: () => permitDestruction(knex, recording),
    destroyRecording: () => destroyRecording(destroying, recording, clock.wall()),
    destroySecret: () => keys.destroySecret(permit),
    shred: () => destroyer.shred(row, permit),
    deleteVersions: () => destroyer.deleteVersions(row, permit),
    remove: async () => {
      for (const store of [blobs, ...blobs.copies])
        await expect(store.remove(row.location!, permit)).rejects.toMatchObject({ code: 'DESTRUCTION_REFUSED' });
    },
    removeSource: async () => {
      const { removeSourceWhenDue } = await import('../../src/archive/pipeline/remove-source.ts');
      await removeSourceWhenDue(recording, source, parts, options);
    },
    eraseCall: () => knex.transaction((trx) => eraseCall(trx, row.contact, clock.wall(), permit)),
    dropBefore: () => ladders.dropBefore(clock.wall(), selectHeldContacts(knex)),
    /** Zeros in one copy of the keys: what the comparison of copies must not take for a decision. */
    syncCopy: async () => {
      const path = join(made.keysCopy, 'secrets', '2026-02-28.secrets');
      const bytes = await readFile(path);
      await writeFile(path, Buffer.from(bytes).fill(0, 16));
      const decided = { permit: (one: RecordingId) => permitIfDecided(knex, one) };
      expect(await keys.syncCopy(decided)).toEqual({ changed: 0, undecided: [recording] });
      await writeFile(path, bytes);
    },
    /** The objects vanish where they come from, between two passes of a move. */
    moveBlobs: async () => {
      const [from, to] = [join(folder, 'from'), join(folder, 'to')];
      await cp(join(folder, 'blobs'), from, { recursive: true });
      const [here, there] = [await openFileBlobs(from, clock.wall), await openFileBlobs(to, clock.wall)];
      const decided = (one: RecordingId) => permitIfDecided(knex, one);
      const { objects } = await moveBlobs(here, there, join(folder, 'move/p'), clock.wall, decided);
      await rm(from, { recursive: true });
      await mkdir(from);
      const moved = await moveBlobs(here, there, join(folder, 'move/p'), clock.wall, decided);
      expect(moved).toMatchObject({ removed: 0, undecided: { length: objects } });
      expect(await there.find(row.location!)).toBeDefined();
    },
  };
}

test('under a hold nothing that destroys does; once it is released, the same pass destroys all of it', async () => {
  const made = await overdue();
  const { recording, retention, reaper } = made;
  const hold = await retention.placeHold({ caseNumber: '2031-7', reason: 'suit', placedBy: 'cy' }, [recording]);
  const before = await made.left();
  expect(before).toMatchObject({ state: 'VERIFIED', secret: true, sealed: true, ladder: { omitted: 0 } });
  expect(before.objects).toEqual([3, 3]);
  const tries = attempts(made);
  for (const [name, attempt] of Object.entries(tries)) {
    await Promise.resolve(attempt()).catch(onlyRefused);
    expect(await made.left(), name).toEqual(before);
  }
  // decided, and then held by somebody who writes to the database: the permit is asked for again
  await made.storage.knex('destruction').where({ recording }).update({ state: 'shredding' });
  for (const [name, attempt] of Object.entries(tries)) {
    await Promise.resolve(attempt()).catch(onlyRefused);
    expect(await made.left(), `${name}, begun`).toEqual(before);
  }
  expect(await made.verified()).toEqual([]);
  await retention.releaseHold(hold, ['ann', 'bo']);
  expect((await reaper.pass()).destroyed).toEqual([recording]);
  expect(await made.parts.index.find(recording)).toMatchObject({ state: 'DESTROYED' });
  expect(await made.parts.keys.isDestroyed(recording)).toBe(true);
  await expect(stat(made.source)).rejects.toMatchObject({ code: 'ENOENT' });
});
