import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { IvrError, systemCode } from '../domain/error.ts';
import { ownDatabase } from '../storage/own-database.ts';

/**
 * Makes this process the only one on a list of active dialogs: a second server there would hang up on the first one's callers.
 *
 * @throws IvrError STORAGE_FAILED
 */
export async function ownLedger(path: string): Promise<AsyncDisposable> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return await ownDatabase(path, { name: 'the list of active dialogs', setting: 'signalling.ledger' });
  } catch (thrown) {
    if (thrown instanceof IvrError) throw thrown;
    const cause = systemCode(thrown) ?? 'unknown';
    throw new IvrError(
      'STORAGE_FAILED',
      `the list of active dialogs ${path} (signalling.ledger) cannot be opened: ${cause}`,
      { path, cause },
      thrown,
    );
  }
}
