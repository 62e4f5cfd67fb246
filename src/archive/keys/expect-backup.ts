import { IvrError } from '../../domain/error.ts';
import type { KeyStoreState } from './key-store.ts';

/** For `archive.keys.require_backup`. @throws IvrError KEYS_NOT_BACKED_UP */
export function expectBackup({ backedUp, location }: KeyStoreState): void {
  if (backedUp === undefined)
    throw new IvrError(
      'KEYS_NOT_BACKED_UP',
      `the keys in ${location} have no backup, and archive.keys.require_backup is set: run \`tellerline archive keys backup\``,
      { path: location },
    );
}
