import { asError, IvrError, systemCode } from '../domain/error.ts';

/**
 * What a database throws, as the error that the rest of the server knows: with the driver's code, without the statement and
 * its values, which are transcripts and numbers.
 *
 * @param what - "reading a call": what could not be done
 * @throws IvrError STORAGE_FAILED
 */
export async function orStorageFailed<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (thrown) {
    if (thrown instanceof IvrError) throw thrown; // said already, and more precisely
    const cause = systemCode(thrown) ?? asError(thrown).name;
    throw new IvrError('STORAGE_FAILED', `${what}: ${cause}`, { what, cause }, thrown);
  }
}

/** A row with this key exists already: SQLITE_CONSTRAINT, or PostgreSQL's 23505. */
export function isDuplicateKey(thrown: unknown): boolean {
  const code = systemCode(thrown) ?? '';
  return code.startsWith('SQLITE_CONSTRAINT') || code === '23505';
}
