import { unwatchFile, watchFile } from 'node:fs';
import { asError } from '../domain/error.ts';

/** How often files are looked at: they are written by programs that know nothing of us. */
const LOOK_MS = 2_000;

/** Reads again when one of the files changes. What cannot be used is told, and what was read before stays in use. */
export function followFiles<T>(
  files: readonly string[],
  read: () => Promise<T>,
  onRead: (now: T) => void,
  onUnusable: (error: Error) => void,
): Disposable {
  const reload = (): void => {
    read().then(onRead, (thrown: unknown) => onUnusable(asError(thrown)));
  };
  for (const file of files) watchFile(file, { interval: LOOK_MS, persistent: false }, reload);
  return {
    [Symbol.dispose]() {
      for (const file of files) unwatchFile(file, reload);
    },
  };
}
