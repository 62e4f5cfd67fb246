import type { CheckedParts } from '../archive/maintenance/fsck.ts';
import { protectionFor } from '../archive/maintenance/protect-objects.ts';
import { isProtectionUnderWay } from '../archive/retention/protection-rows.ts';
import type { Clock } from '../lib/clock.ts';
import type { OpenedArchive } from './open-archive.ts';
import { protectingParts } from './protecting-parts.ts';

/** So long a change of protection may take to reach the store before its lack is told as a fault. */
const UNDER_WAY_MS = 300_000;

/** What recordings are read back with, and how the store should protect them. */
export function checkedParts(archive: OpenedArchive, clock: Pick<Clock, 'wall'>): CheckedParts {
  const { storage } = archive;
  const protecting = protectingParts(archive, clock);
  return {
    ...archive,
    node: storage.node,
    wall: () => clock.wall(),
    protectionOf: async (row) =>
      (await isProtectionUnderWay(storage.knex, row.id, clock.wall() - UNDER_WAY_MS))
        ? undefined
        : protectionFor(row, protecting),
  };
}
