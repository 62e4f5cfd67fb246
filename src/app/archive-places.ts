import { dirname, join, resolve } from 'node:path';
import type { Config } from '../config/schema.ts';

/** Where the archive of a configuration keeps what on this machine. */
export interface ArchivePlaces {
  readonly blobs: string;
  readonly log: string;
  readonly work: string;
  readonly keys: string;
  /** Of the second copy of the objects, when that is a folder. */
  readonly copy: string;
  /** Of the second copy of the recordings' keys; undefined: there is none. */
  readonly keysCopy: string | undefined;
  /** Bundles that the console's staff have not fetched yet, encrypted. */
  readonly exports: string;
  /** Commands of this machine ask the server here. */
  readonly socket: string;
  /** What `archive audit` remembers. */
  readonly audit: string;
}

export function archivePlaces({ archive, recordings, storage }: Config): ArchivePlaces {
  const home = resolve(archive.directory === '' ? join(recordings.directory, 'archive') : archive.directory);
  const data = dirname(resolve(storage.file));
  return {
    blobs: join(home, 'blobs'),
    log: join(home, 'tlog'),
    work: join(home, 'work'),
    exports: join(home, 'exports'),
    keys: resolve(archive.keys.directory === '' ? join(data, 'keys') : archive.keys.directory),
    copy: resolve(archive.copy.directory),
    keysCopy: archive.copy.keys_directory === '' ? undefined : resolve(archive.copy.keys_directory),
    socket: join(data, 'archive.sock'),
    audit: join(data, 'archive-audit'),
  };
}
