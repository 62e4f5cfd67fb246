import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { IndexedRecording } from '../archive/index/archive-index.ts';
import { openArchiveIndex } from '../archive/index/open-archive-index.ts';
import { examine } from '../archive/maintenance/doctor.ts';
import { auditLog } from '../archive/log/audit-log.ts';
import { type ArchiveFinding, checkRecording, fsck, rowsOf } from '../archive/maintenance/fsck.ts';
import { rebuild } from '../archive/maintenance/rebuild.ts';
import { storeRecords } from '../archive/maintenance/retention-store.ts';
import { permitIfDecided } from '../archive/retention/destruction-gate.ts';
import { countDestructions } from '../archive/retention/destruction-rows.ts';
import { openRetention } from '../archive/retention/open-retention.ts';
import { countProtection } from '../archive/retention/protection-rows.ts';
import { countWaiting } from '../archive/retention/record-rows.ts';
import { openRetentionReplay } from '../archive/retention/replay-facts.ts';
import { loadConfig } from '../config/load-config.ts';
import { ARCHIVE_STATES } from '../domain/archive-state.ts';
import { IvrError } from '../domain/error.ts';
import { isUuid, type RecordingId } from '../domain/ids.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/logger.ts';
import { openStorage } from '../storage/open-storage.ts';
import type { ArchiveRequest } from './archive-socket.ts';
import { checkedParts } from './checked-parts.ts';
import { compareCallRecords } from './compare-call-records.ts';
import { diagnoseClock } from './diagnose-clock.ts';
import { diagnoseCompleteness, diagnoseTestCall } from './diagnose-completeness.ts';
import { exportRecording } from './export-recording.ts';
import { logKey, logProblems } from './log-problems.ts';
import { MIGRATIONS } from './migrations.ts';
import { reportEvent } from './report-event.ts';
import { formatVerifierKey } from './verifier-key.ts';
import type { OpenedArchive } from './open-archive.ts';
import { tellFindings } from './tell-findings.ts';
import { describeEvidence, leakCertificateIn, packIfStored, receiptsIn } from './show-recording.ts';

type Print = (line: string) => void;
type Run = (archive: OpenedArchive, request: ArchiveRequest, print: Print) => Promise<number>;

/** What `tellerline archive` does with an archive that is open, here or in the server. */
const COMMANDS: Readonly<Record<string, Run>> = {
  list,
  show,
  export: exportOne,
  fsck: check,
  audit,
  rebuild: rebuildIndex,
  move,
  doctor,
  compare: compareCallRecords,
  event: happened,
};
export const ARCHIVE_COMMANDS = Object.keys(COMMANDS);

/** @returns the exit status @throws IvrError what the parts throw; USAGE */
export async function runArchiveCommand(
  archive: OpenedArchive,
  request: ArchiveRequest,
  print: Print,
): Promise<number> {
  const run = Object.hasOwn(COMMANDS, request.command) ? COMMANDS[request.command] : undefined;
  if (run === undefined) throw new IvrError('USAGE', `there is no \`archive ${request.command}\``);
  return run(archive, request, print);
}

const iso = (time: number | null): string => (time === null ? '-' : new Date(time).toISOString());

/** As scripts read it: times are Unix ms. A recording that no policy is for is kept; its lock's end is shown then. */
const summaryOf = ({ id, contact, startedAt, durationMs, state, retainUntil, lockUntil }: IndexedRecording) => ({
  id,
  contact,
  startedAt,
  durationMs,
  state,
  retainUntil: retainUntil ?? lockUntil,
});

/** @throws IvrError USAGE */
function listed({ state, limit }: ArchiveRequest['options']) {
  const wanted = ARCHIVE_STATES.find((one) => one === state?.toUpperCase());
  if (state !== undefined && wanted === undefined)
    throw new IvrError('USAGE', `--state expects one of ${ARCHIVE_STATES.join(', ')}; not ${state}`);
  if (limit !== undefined && !/^[1-9]\d{0,8}$/.test(limit))
    throw new IvrError('USAGE', `--limit expects how many recordings to list, such as 100; not ${limit}`);
  return { state: wanted, limit: Number(limit ?? Number.POSITIVE_INFINITY) };
}

async function list({ index }: OpenedArchive, { options, json }: ArchiveRequest, print: Print): Promise<number> {
  const { state, limit } = listed(options);
  const rows: ReturnType<typeof summaryOf>[] = [];
  for await (const row of rowsOf(index)) {
    if (rows.length >= limit) break;
    if (state !== undefined && row.state !== state) continue;
    if (options['unheard-notice'] !== undefined && row.unheardNotices.length === 0) continue;
    rows.push(summaryOf(row));
  }
  if (json) print(JSON.stringify(rows));
  else
    for (const { id, contact, startedAt, durationMs, state, retainUntil } of rows)
      print(
        `${id}  ${state.padEnd(9)} ${iso(startedAt)}  ${((durationMs ?? 0) / 1000).toFixed(1).padStart(7)} s  until ${iso(retainUntil).slice(0, 10)}  call ${contact}`,
      );
  return 0;
}

async function show(
  archive: OpenedArchive,
  { arguments: [id = ''], json }: ArchiveRequest,
  print: Print,
): Promise<number> {
  const row = await recordingNamed(archive, id);
  const content = await archive.index.content(row.id);
  const pack = await packIfStored(archive, row);
  if (json) {
    const leakCertificate = leakCertificateIn(pack);
    const evidence = {
      receipts: receiptsIn(pack),
      leakCertificate: leakCertificate === undefined ? null : (JSON.parse(leakCertificate) as unknown),
      leaks: pack?.leaks ?? [],
    };
    print(JSON.stringify({ ...row, wrappedKey: undefined, ...content, ...evidence }));
  } else {
    for (const [key, value] of Object.entries(row))
      if (key !== 'wrappedKey' && value !== null && !(Array.isArray(value) && value.length === 0))
        print(`${key.padEnd(18)} ${/At$|Until$|Since$/.test(key) ? iso(Number(value)) : String(value)}`);
    for (const { fromMs, toMs, speaker, text } of content.segments)
      print(`  ${(fromMs / 1000).toFixed(1)}–${(toMs / 1000).toFixed(1)} s  ${speaker}: ${text}`);
    for (const line of describeEvidence(pack)) print(line);
  }
  return 0;
}

/** @throws IvrError USAGE, RECORDING_NOT_FOUND */
export async function recordingNamed({ index }: Pick<OpenedArchive, 'index'>, id: string): Promise<IndexedRecording> {
  if (!isUuid(id)) throw new IvrError('USAGE', 'name the id of a recording; `tellerline archive list` shows them');
  const row = await index.find(id as RecordingId);
  if (row === undefined)
    throw new IvrError('RECORDING_NOT_FOUND', `the archive has no recording ${id}`, { recording: id });
  return row;
}

async function exportOne(archive: OpenedArchive, request: ArchiveRequest, print: Print): Promise<number> {
  const row = await recordingNamed(archive, request.arguments[0] ?? '');
  const { file, bytes, sha256, files, leaf } = await exportRecording(archive, row, request);
  if (request.json) print(JSON.stringify({ recording: row.id, file, bytes, sha256, files, leaf }));
  else {
    print(`${file}: ${files.length} files, ${bytes} bytes, SHA-256 ${sha256}`);
    print(`the export is leaf ${leaf} of the log; check the bundle with \`tellerline archive verify ${file}\``);
  }
  return 0;
}

async function check(
  archive: OpenedArchive,
  { arguments: [id], options, json }: ArchiveRequest,
  print: Print,
): Promise<number> {
  const parts = checkedParts(archive, systemClock);
  const repair = options['repair'] !== undefined;
  if (repair && archive.blobs.copies.length === 1)
    throw new IvrError('USAGE', 'there is nothing to repair from: archive.copy names no second copy');
  if (repair) await archive.keys.syncCopy({ permit: (one) => permitIfDecided(archive.storage.knex, one), repair });
  const findings: ArchiveFinding[] = [];
  if (id !== undefined) findings.push(await checkRecording(await recordingNamed(archive, id), parts, { repair }));
  else {
    for await (const finding of fsck(parts, { repair })) findings.push(finding);
    findings.push(...(await logProblems(archive)).map((problem) => ({ recording: 'log', problems: [problem] })));
  }
  return tellFindings(findings, { json, repair }, print);
}

async function audit(archive: OpenedArchive, { json }: ArchiveRequest, print: Print): Promise<number> {
  const { log, places } = archive;
  const result = await auditLog(log, logKey(archive), join(places.audit, 'checkpoint'));
  if (json) print(JSON.stringify(result));
  else if (!result.ok) print(result.problem);
  else
    print(
      result.from === 0
        ? `the log of ${log.origin} has ${result.to} leaves; this is the first audit, and its head is kept for the next one in ${places.audit}`
        : `the log of ${log.origin} has ${result.to} leaves; the first ${result.from} are those that were there at the last audit`,
    );
  return result.ok ? 0 : 1;
}

async function happened(archive: OpenedArchive, request: ArchiveRequest, print: Print): Promise<number> {
  const reported = await reportEvent(archive, request);
  if (request.json) print(JSON.stringify(reported));
  else
    print(
      `${reported.event} on ${reported.at.slice(0, 10)}: the term of ${reported.recordings} recordings counts from it`,
    );
  return 0;
}

async function rebuildIndex(archive: OpenedArchive, { options, json }: ArchiveRequest, print: Print): Promise<number> {
  const to = options['to'];
  if (to === undefined) throw new IvrError('USAGE', 'name a folder with --to; the new database is created in it');
  const file = join(to, 'tellerline.sqlite');
  if ((await readFile(file).catch(() => undefined)) !== undefined)
    throw new IvrError('USAGE', `${file} already exists; name an empty folder`);
  // what was decided a moment ago is in the store, too, before it is read
  await storeRecords({ ...archive, wall: () => systemClock.wall() });
  await using storage = await openStorage({ file, migrations: MIGRATIONS }, silentLogger);
  const index = openArchiveIndex(storage, systemClock);
  const retention = openRetention(storage, {
    wall: () => systemClock.wall(),
    trusted: () => systemClock.wall(),
  });
  const replay = { ...openRetentionReplay(storage, index), apply: (id: RecordingId) => retention.apply(id) };
  const problems: { readonly recording: string; readonly problem: string }[] = [];
  let made = 0;
  for await (const { recording, problem } of rebuild({ ...archive, index, retention: replay })) {
    if (problem === undefined) made += 1;
    else problems.push({ recording, problem });
  }
  if (json) print(JSON.stringify({ file, recordings: made, problems }));
  else {
    for (const { recording, problem } of problems) print(`${recording}  ${problem}`);
    print(`${made} recordings written to ${file}, ${problems.length} could not be read`);
  }
  return problems.length === 0 ? 0 : 1;
}

async function move(archive: OpenedArchive, { options, json }: ArchiveRequest, print: Print): Promise<number> {
  const file = options['to'];
  if (file === undefined)
    throw new IvrError(
      'USAGE',
      'where to? Name the configuration of the new place with --to: storage.url, and archive.blobs: s3 where objects are to be stored there',
    );
  // loaded at the first use: PostgreSQL, and perhaps S3
  const { moveArchive } = await import('./move-archive.ts');
  const to = await loadConfig({ environment: {}, file });
  const moved = await moveArchive(archive, to, json ? () => undefined : print);
  const { complete, objects, tables, checks, problems } = moved;
  if (json) {
    const rows = Object.fromEntries(tables.map((table) => [table.table, table.rows]));
    print(JSON.stringify({ complete, objects, rows, checks, problems }));
  } else {
    for (const problem of problems) print(problem);
    for (const { name, says } of checks) print(`${name}: ${says}`);
    if (complete) print(`complete: start the server with ${file}`);
  }
  return complete ? 0 : 1;
}

/** What fills up on this machine, by what it is for. */
const foldersOf = ({ config, places, blobs }: OpenedArchive): Readonly<Record<string, string>> => ({
  recordings: config.recordings.directory,
  database: dirname(resolve(config.storage.file)),
  log: places.log,
  work: places.work,
  keys: places.keys,
  ...(blobs.copies[0]?.kind === 'files' ? { store: places.blobs } : {}),
  ...(config.archive.copy.blobs === 'files' ? { 'second copy': places.copy } : {}),
  ...(places.keysCopy === undefined ? {} : { 'second copy of the keys': places.keysCopy }),
});

async function doctor(archive: OpenedArchive, { json }: ArchiveRequest, print: Print): Promise<number> {
  const found = await examine({
    ...archive,
    folders: foldersOf(archive),
    protection: () => countProtection(archive.storage.knex),
    witnesses: archive.witnesses,
    timeStamps: archive.timeStamps,
    retention: {
      destructions: () => countDestructions(archive.storage.knex),
      waiting: () => countWaiting(archive.storage.knex),
      wall: () => systemClock.wall(),
    },
    others: {
      completeness: () => diagnoseCompleteness(archive),
      clock: () => diagnoseClock(archive),
      'test call': () => diagnoseTestCall(archive, archive.config.archive.test_call_minutes),
    },
  });
  const key = await formatVerifierKey(logKey(archive), 'log');
  const WORDS = { ok: 'ok    ', risk: 'risk  ', bad: 'BAD   ' };
  if (json) print(JSON.stringify(found));
  else {
    for (const { name, state, says } of found) print(`${WORDS[state]}  ${name}: ${says}`);
    print(`key of the log, for its witnesses and auditors: ${key}`);
  }
  return found.some(({ state }) => state === 'bad') ? 1 : 0;
}
