import type { WallMs } from '../../domain/units.ts';
import type { BlobLock, LockMode } from '../blobs/blobs.ts';
import type { RetentionBasis } from './retention.ts';

/*
 * How the store is to protect the objects of a recording. It follows from why the recording is kept, and from nothing else: whatever the store has is
 * brought to it (`maintenance/protect-objects.ts`). Pure.
 */

export interface Protection {
  /** Undefined: no date keeps it, or the date has passed. */
  readonly lock: BlobLock | undefined;
  readonly legalHold: boolean;
}

/**
 * A hold, an event that nobody has reported and the lack of any policy have no date: they are a legal hold of the store. Whatever has a date is a lock
 * until the latest of them.
 *
 * @param holds - in force
 * @param mode - COMPLIANCE once nobody may need to remove it early
 */
export function wantedProtection(
  {
    bases,
    holds,
    mode,
  }: {
    readonly bases: readonly Pick<RetentionBasis, 'until'>[];
    readonly holds: number;
    readonly mode: LockMode;
  },
  now: WallMs,
): Protection {
  let until: WallMs | undefined;
  for (const basis of bases)
    if (basis.until !== null && basis.until > now && (until === undefined || basis.until > until)) until = basis.until;
  const undated = bases.length === 0 || bases.some((basis) => basis.until === null);
  return { lock: until === undefined ? undefined : { mode, until }, legalHold: holds > 0 || undated };
}

/** Stores keep dates by the second. */
const SECOND = 1_000;

export interface ProtectionChange {
  readonly lock?: BlobLock;
  readonly legalHold?: boolean;
}

/**
 * What has to be done to an object so that it is protected as wanted; undefined: nothing. A lock is never weakened, whatever is wanted: the stronger mode and
 * the later date of both.
 */
export function changeTo(wanted: Protection, found: Protection): ProtectionChange | undefined {
  const legalHold = wanted.legalHold === found.legalHold ? undefined : wanted.legalHold;
  const lock = strongerLock(wanted.lock, found.lock);
  if (lock === undefined && legalHold === undefined) return undefined;
  return { ...(lock === undefined ? {} : { lock }), ...(legalHold === undefined ? {} : { legalHold }) };
}

function strongerLock(wanted: BlobLock | undefined, found: BlobLock | undefined): BlobLock | undefined {
  if (wanted === undefined) return undefined;
  if (found === undefined) return wanted;
  const longer = wanted.until - found.until >= SECOND;
  const harder = wanted.mode === 'COMPLIANCE' && found.mode === 'GOVERNANCE';
  if (!longer && !harder) return undefined;
  return { mode: harder ? 'COMPLIANCE' : found.mode, until: longer ? wanted.until : found.until };
}

/** For people: how an object is protected less than it should be, or longer; undefined: as wanted, or by a later date. */
export function sayDifference(wanted: Protection, found: Protection): string | undefined {
  const change = changeTo(wanted, found);
  if (change === undefined) return undefined;
  const said: string[] = [];
  if (change.lock !== undefined)
    said.push(`it is locked ${sayLock(found.lock)}, and should be ${sayLock(change.lock)}`);
  if (change.legalHold === true) said.push('it should be under a legal hold of the store, and is not');
  if (change.legalHold === false) said.push('a legal hold of the store keeps it that nothing asks for');
  return said.join('; ');
}

const sayLock = (lock: BlobLock | undefined): string =>
  lock === undefined ? 'not at all' : `${lock.mode} until ${new Date(lock.until).toISOString()}`;
