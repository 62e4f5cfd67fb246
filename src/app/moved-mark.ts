import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Config } from '../config/schema.ts';
import { IvrError } from '../domain/error.ts';

/** Says that this database's archive was moved away, whole: whatever came here afterwards would be in neither list. */
export const movedMark = ({ storage }: Config): string => join(dirname(resolve(storage.file)), 'archive-moved');

/** @throws IvrError CONFIG_INVALID */
export async function expectNotMoved(config: Config): Promise<void> {
  const mark = movedMark(config);
  if (config.storage.url !== '' || (await stat(mark).catch(() => undefined)) === undefined) return;
  throw new IvrError(
    'CONFIG_INVALID',
    `the archive of ${config.storage.file} was moved to another place: start with the configuration of that place, or remove ${mark} if the move was abandoned`,
    { path: mark },
  );
}
