import type { ArchiveServices } from '../../../archive/archive-services.ts';
import { IvrError } from '../../../domain/error.ts';
import type { Action } from '../../../staff/staff-service.ts';

/** Parts that a server may be without, and what nobody can do then. */
const ACTIONS_OF = {
  holds: ['hold.read', 'hold.place', 'hold.release'],
  exports: ['recording.export'],
  destruction: ['recording.destroy', 'destruction.resume'],
  restriction: ['recording.restrict'],
  policies: ['policy.change'],
  completeness: ['completeness.read'],
} as const satisfies Partial<Record<keyof ArchiveServices, readonly Action[]>>;
export type ArchivePart = keyof typeof ACTIONS_OF;

const PARTS = Object.keys(ACTIONS_OF) as ArchivePart[];

/** What the pages of the console are told of. */
export const partsOf = (archive: ArchiveServices | undefined): readonly ArchivePart[] =>
  PARTS.filter((part) => archive?.[part] !== undefined);

/** What no role can do here. */
export const impossibleWith = (archive: ArchiveServices): ReadonlySet<Action> =>
  new Set(PARTS.filter((part) => archive[part] === undefined).flatMap((part): readonly Action[] => ACTIONS_OF[part]));

/** @throws IvrError NOT_FOUND */
export function available<T>(part: T | undefined, name: ArchivePart): T {
  if (part === undefined) throw new IvrError('NOT_FOUND', `not available on this server: ${name}`);
  return part;
}
