import type { LockMode } from '../archive/blobs/blobs.ts';
import type { ProtectingParts } from '../archive/maintenance/protect-objects.ts';
import type { Config } from '../config/schema.ts';
import type { Clock } from '../lib/clock.ts';
import type { OpenedArchive } from './open-archive.ts';

/** How objects of verified recordings are locked. */
const lockModeOf = ({ archive }: Pick<Config, 'archive'>): LockMode =>
  archive.lock === 'compliance' ? 'COMPLIANCE' : 'GOVERNANCE';

/** What the protection of objects is worked out with, wherever it is brought about or checked. */
export const protectingParts = (archive: OpenedArchive, clock: Pick<Clock, 'wall'>): ProtectingParts => ({
  ...archive,
  finalMode: lockModeOf(archive.config),
  wall: () => clock.wall(),
});
