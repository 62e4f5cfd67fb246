import { IvrError, type SafeFacts, systemCode } from '../domain/error.ts';
import { isExhaustion } from '../lib/file-descriptors.ts';

/** What a disk threw, as an IvrError: full, unwritable, or that the process may open no more files (EMFILE, ENFILE). */
export function diskError(message: string, facts: SafeFacts, thrown: unknown): IvrError {
  const cause = systemCode(thrown) ?? 'unknown';
  if (isExhaustion(thrown))
    return new IvrError(
      'FILE_DESCRIPTORS_EXHAUSTED',
      `${message}: ${cause}, no file descriptor is free; raise \`ulimit -n\` (LimitNOFILE)`,
      { ...facts, cause },
      thrown,
    );
  const full = cause === 'ENOSPC' || cause === 'EDQUOT';
  return new IvrError(
    full ? 'DISK_FULL' : 'RECORDINGS_UNWRITABLE',
    `${message}: ${cause}`,
    { ...facts, cause },
    thrown,
  );
}
