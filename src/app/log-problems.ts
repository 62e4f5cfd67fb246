import { fsckLog } from '../archive/log/fsck-log.ts';
import { openLoggedRecords } from '../archive/maintenance/logged-records.ts';
import { rawEd25519 } from '../archive/signing/raw-key.ts';
import { IvrError } from '../domain/error.ts';
import { systemClock } from '../lib/clock.ts';
import type { NoteKey } from '../verify/note.ts';
import { checkLogged } from './log-accesses.ts';
import type { OpenedArchive } from './open-archive.ts';

/** Reads the log back, and compares what it commits to. @returns what is wrong, in sentences @throws IvrError KEYS_UNREADABLE, STORAGE_FAILED */
export async function logProblems(archive: OpenedArchive): Promise<readonly string[]> {
  const { places, log, storage, audit } = archive;
  const { problems } = await fsckLog(places.log, logKey(archive), log.size);
  return [...problems, ...(await checkLogged(openLoggedRecords(storage, log, systemClock), log, audit))];
}

/** @throws IvrError KEYS_UNREADABLE */
export function logKey({ log: { origin }, signers: [signer] }: OpenedArchive): NoteKey {
  if (signer === undefined) throw new IvrError('KEYS_UNREADABLE', 'the archive has no signing key');
  return { name: origin, raw: rawEd25519(signer.publicKey) };
}
