import { readFile, stat } from 'node:fs/promises';
import { agrees, importCdr } from '../archive/completeness/import-cdr.ts';
import { IvrError, systemCode } from '../domain/error.ts';
import { systemClock } from '../lib/clock.ts';
import { logCertifier } from '../archive/log/log-certifier.ts';
import type { ArchiveRequest } from './archive-socket.ts';
import type { OpenedArchive } from './open-archive.ts';

const LARGEST_FILE = 256 << 20;
/** Of each kind; --json has all. */
const MOST_SHOWN = 20;

/** `archive compare FILE.csv`. @returns 0 when both agree @throws IvrError USAGE, CALL_RECORDS_INVALID, STORAGE_FAILED */
export async function compareCallRecords(
  archive: OpenedArchive,
  { arguments: [file], json, actor }: ArchiveRequest,
  print: (line: string) => void,
): Promise<number> {
  if (file === undefined) throw new IvrError('USAGE', 'which call records? Name a CSV file');
  const { storage } = archive;
  const signer = logCertifier(archive.signers, archive.log, 'RECONCILE');
  const result = await importCdr({ storage, signer, clock: systemClock }, await read(file), `command line: ${actor}`);
  const good = agrees(result);
  if (json) {
    const { report: _, ...rest } = result;
    print(JSON.stringify({ agrees: good, ...rest }));
    return good ? 0 : 1;
  }
  const { compared, unknownHere, unknownThere, differing, unrecorded, leafIndex } = result;
  const rows = [
    ...few(unknownHere, ({ line }) => `line ${line}: this server has no record of that call`),
    ...few(unrecorded, ({ line, contact, state }) => `line ${line}: the recording of call ${contact} is ${state}`),
    ...few(differing, ({ line, contact, ourMs, durationMs }) => {
      const [theirs, ours] = [durationMs ?? 0, ourMs].map((length) => (length / 1000).toFixed(1));
      return `line ${line}: ${theirs} s there, ${ours} s here (call ${contact})`;
    }),
    ...few(unknownThere, ({ contact }) => `call ${contact} is not in the file`),
  ];
  for (const row of rows) print(row);
  print(
    `${compared} calls compared: ${unknownHere.length} unknown here, ${unrecorded.length} without a recording in the archive, ${differing.length} of another length, ${unknownThere.length} unknown there`,
  );
  print(`the signed report is leaf ${leafIndex ?? '-'} of the log`);
  return good ? 0 : 1;
}

function few<T>(found: readonly T[], say: (one: T) => string): readonly string[] {
  const more = found.length - MOST_SHOWN;
  return [...found.slice(0, MOST_SHOWN).map(say), ...(more > 0 ? [`  and ${more} more of this kind`] : [])];
}

async function read(file: string): Promise<string> {
  try {
    if ((await stat(file)).size > LARGEST_FILE)
      throw new IvrError('USAGE', `${file} is larger than ${LARGEST_FILE >> 20} MB; compare it day by day`);
    return await readFile(file, 'utf8');
  } catch (thrown) {
    if (thrown instanceof IvrError) throw thrown;
    throw new IvrError('USAGE', `${file} cannot be read: ${systemCode(thrown) ?? 'unknown'}`, {}, thrown);
  }
}
