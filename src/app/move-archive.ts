import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import type { Knex } from 'knex';
import { openPartitions } from '../archive/index/partitions.ts';
import { PARTED } from '../archive/index/index-migrations.ts';
import type { RecordingRow } from '../archive/index/recording-row.ts';
import { writeWords } from '../archive/index/word-rows.ts';
import { copyFolder } from '../archive/maintenance/copy-folder.ts';
import { moveBlobs } from '../archive/maintenance/move-blobs.ts';
import { permitIfDecided } from '../archive/retention/destruction-gate.ts';
import type { Config } from '../config/schema.ts';
import { IvrError } from '../domain/error.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/logger.ts';
import { replaceFile } from '../lib/place-file.ts';
import { openStorage } from '../storage/open-storage.ts';
import type { Storage } from '../storage/storage.ts';
import { dataTables, type Row, type SyncedTable, syncTable } from '../storage/sync-table.ts';
import { archivePlaces } from './archive-places.ts';
import { MIGRATIONS } from './migrations.ts';
import { movedMark } from './moved-mark.ts';
import { openBlobs, type OpenedArchive } from './open-archive.ts';
import { storageOptions } from './storage-options.ts';
import { type MoveCheck, verifyMoved } from './verify-moved.ts';

export interface Move {
  /** Nothing is missing there, and nobody writes here any more: the server starts with the new configuration. */
  readonly complete: boolean;
  readonly objects: number;
  readonly tables: readonly SyncedTable[];
  readonly checks: readonly MoveCheck[];
  /** The first is what to look at; none: all is well. */
  readonly problems: readonly string[];
}

/** What changes while the tables are read is taken by the next pass; whoever writes without end is a server. */
const MOST_PASSES = 3;

/**
 * Makes an archive on SQLite and files the same on PostgreSQL, and on S3 where the new configuration says so: journal, staff, audit, index and
 * retention, objects, log and keys. Goes on where it was stopped. While a server runs it copies what is there; what the server writes meanwhile is copied by
 * the run after it was stopped, which alone is complete.
 *
 * @param to - the new configuration
 * @throws IvrError CONFIG_INVALID, CONFLICT, and what the stores throw
 */
export async function moveArchive(archive: OpenedArchive, to: Config, say: (line: string) => void): Promise<Move> {
  expectMovable(archive.config, to);
  const [here, there] = [archive.places, archivePlaces(to)];
  const wall = () => systemClock.wall();
  // beside the archive: the database's own folder may be the one that a server holds
  const file = join(there.work, '..', 'move', 'tellerline.sqlite');
  await using target = await openStorage({ ...(await storageOptions(to)), file, migrations: MIGRATIONS }, silentLogger);
  let objects = 0;
  let versions: ReadonlyMap<string, string> | undefined;
  let undecided: readonly string[] = [];
  await using blobs = await openBlobs(to, there, systemClock);
  if (blobs.location !== archive.blobs.location) {
    say(`objects: from ${archive.blobs.location} to ${blobs.location}`);
    const progress = join(here.work, '..', 'move', `${shortHash(blobs.location)}.jsonl`);
    const moved = await moveBlobs(archive.blobs, blobs, progress, wall, (id) =>
      permitIfDecided(archive.storage.knex, id),
    );
    ({ objects, versions, undecided } = moved);
    say(`objects: ${moved.objects} there, ${moved.changed} copied or protected anew, ${moved.removed} removed`);
  }
  for (const [from, into] of [
    [here.log, there.log],
    [here.keys, there.keys],
  ] as const)
    if (from !== into) say(`${into}: ${await copyFolder(from, into)} files written`);
  const tables = await syncDatabase(archive.storage, target, versions, say);
  const checks = await verifyMoved(archive, {
    storage: target,
    blobs,
    log: there.log === here.log ? undefined : there.log,
  });
  const changing = tables.filter(({ changed }) => changed > 0);
  const problems = [
    ...undecided.map(
      (key) => `${key}: it is gone here, though nobody decided to destroy it; it was kept in the new store`,
    ),
    ...checks.flatMap(({ name, problem }) => (problem === undefined ? [] : [`${name}: ${problem}`])),
    ...(archive.serving
      ? ['not complete: a server is writing here; stop it, and run the same command again']
      : changing.map(({ table, changed }) => `${table}: ${changed} rows still changed in the last pass; run it again`)),
  ];
  const complete = problems.length === 0;
  if (complete) await replaceFile(movedMark(archive.config), Buffer.from(`${new Date(wall()).toISOString()}\n`));
  return { complete, objects, tables, checks, problems };
}

const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** @throws IvrError CONFIG_INVALID */
function expectMovable(from: Config, to: Config): void {
  const same = (a: string, b: string): boolean => (a === '' || b === '' ? a === b : resolve(a) === resolve(b));
  const problem =
    from.storage.url !== ''
      ? 'storage.url is set already: `archive move` leads from SQLite and files to PostgreSQL'
      : to.storage.url === ''
        ? 'storage.url of the new configuration expects a PostgreSQL database'
        : !to.archive.enabled
          ? 'archive.enabled of the new configuration is off'
          : to.archive.origin !== from.archive.origin
            ? 'archive.origin expects the same name in both: it is the name of the log, for ever'
            : !same(to.recordings.directory, from.recordings.directory)
              ? 'recordings.directory expects the same folder in both: what is not archived yet waits there'
              : !same(to.staff.key_file, from.staff.key_file)
                ? 'staff.key_file expects the same file in both: second factors are sealed with it'
                : undefined;
  if (problem !== undefined) throw new IvrError('CONFIG_INVALID', problem);
}

/** @returns the tables as they were in the last pass */
async function syncDatabase(
  from: Storage,
  to: Storage,
  versions: ReadonlyMap<string, string> | undefined,
  say: (line: string) => void,
): Promise<readonly SyncedTable[]> {
  const partitions = openPartitions(to.knex);
  const words = async (trx: Knex, ids: readonly unknown[]): Promise<void> => {
    for (const id of new Set(ids)) await writeWordsOf(from.knex, trx, String(id));
  };
  let synced: SyncedTable[] = [];
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    synced = [];
    for (const table of await dataTables(from.knex)) {
      const column = PARTED[table];
      const isRecording = table === 'archive_recording';
      synced.push(
        await syncTable(from.knex, to.knex, table, {
          ...(isRecording ? { translate: (row) => inStore(row, versions) } : {}),
          ...(column === undefined
            ? {}
            : { before: (rows) => partitions.ensure(rows.map((row) => String(row[column]))) }),
          ...(isRecording || table === 'archive_segment'
            ? {
                after: (trx, rows) =>
                  words(
                    trx,
                    rows.map((row) => row[isRecording ? 'id' : 'recording']),
                  ),
              }
            : {}),
        }),
      );
    }
    const changed = synced.filter((table) => table.changed > 0);
    say(
      `tables: ${synced.length}, rows: ${synced.reduce((sum, { rows }) => sum + rows, 0)}, changed in pass ${pass + 1}: ${changed.reduce((sum, table) => sum + table.changed, 0)}`,
    );
    if (changed.length === 0) break;
  }
  return synced;
}

/** Where its object lies in the other store. */
const inStore = (row: Row, versions: ReadonlyMap<string, string> | undefined): Row => {
  const version = versions?.get(String(row['location']));
  return version === undefined ? row : { ...row, version_id: version };
};

/** The words that search finds a recording by: each database keeps them in its own way, so they are made anew from its row and its texts. */
async function writeWordsOf(from: Knex, trx: Knex, id: string): Promise<void> {
  const row = (await from('archive_recording').where({ id }).first()) as RecordingRow | undefined;
  if (row === undefined || row['state'] === 'DESTROYED') {
    await trx('archive_words').where({ recording: id }).delete();
    return;
  }
  const texts = (await from('archive_segment').where({ recording: id }).pluck('text')) as string[];
  await openPartitions(trx).ensure([id]);
  await writeWords(trx, 'postgresql', row, texts);
}
