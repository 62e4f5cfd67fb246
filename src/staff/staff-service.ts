import type { DataLevel } from '../domain/data-level.ts';
import type { SearchScope } from '../domain/search-scope.ts';
import type { WallMs } from '../domain/units.ts';

/*
 * PORT: who may do what with the archive, and under which name. The composition root hands it to the web server and to
 * whatever serves audio; nothing leaves the archive without its word and the row that `audit.ts` describes.
 */

export const ROLES = [
  'agent',
  'supervisor',
  'quality',
  'compliance',
  'legal',
  'privacy',
  'auditor',
  'administrator',
] as const;
export type Role = (typeof ROLES)[number];

/** What narrows a role down. Supervisors hear their queues alone; the rest is for everybody. */
export interface Attributes {
  /** Queues a supervisor is responsible for. */
  readonly queues: readonly string[];
  /** Up to and with this level. */
  readonly level: DataLevel;
  /** Only recordings not older than this; null: of any age. */
  readonly maxAgeDays: number | null;
}

/** Somebody who signed in with both factors. */
export interface StaffActor {
  readonly kind: 'staff';
  readonly id: string;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly attributes: Attributes;
  /** Public id of the session, not its token. */
  readonly session: string;
  /** IP address. */
  readonly address: string;
}

/** A user of the operating system at the command line, or a part of the server that acts by itself (reaper, locker). */
export interface MachineActor {
  readonly kind: 'system-user' | 'service';
  readonly name: string;
}
export type Actor = StaffActor | MachineActor;

export const ACTIONS = [
  'recording.search',
  'recording.view',
  'recording.play',
  'recording.play-clear',
  'recording.verify',
  'recording.export',
  'recording.restrict',
  'recording.destroy',
  'destruction.resume',
  'hold.read',
  'hold.place',
  'hold.release',
  'policy.read',
  'policy.change',
  'audit.read',
  'completeness.read',
  'staff.manage',
  'approval.decide',
  'break-glass.use',
  'break-glass.review',
  'desk.use',
  'floor.watch',
  'floor.direct',
  'floor.monitor',
  'report.read',
] as const;
export type Action = (typeof ACTIONS)[number];

/** What an action is aimed at: one recording with what the rules look at, or a list of exact ids, or nothing in particular. */
export interface Target {
  /** Recordings, holds, policies, accounts, agents or contacts, as the action says. */
  readonly ids: readonly string[];
  /** Those that are directed, watched, or whose conversation is heard as it goes on. */
  readonly queues?: readonly string[];
  /** Of the one recording that is meant. */
  readonly recording?: {
    /** All that the call was in. */
    readonly queues: readonly string[];
    readonly level: DataLevel;
    readonly startedAt: WallMs;
    /** Stored only: hidden from everybody but the privacy officer. */
    readonly restricted: boolean;
  };
}

/** Why somebody wants it; both are written into the audit row. */
export interface Stated {
  readonly purpose: string;
  /** Number of the complaint, case or work order; '' where none is asked for. */
  readonly ticket: string;
}

/** For what needs no reason. */
export const NOTHING_STATED: Stated = { purpose: '', ticket: '' };

export type Denial =
  | 'role'
  | 'queue'
  | 'level'
  | 'age'
  | 'restricted'
  | 'not-sampled'
  | 'purpose-missing'
  | 'ticket-missing'
  | 'approval-missing'
  | 'not-signed-in';

export type Decision =
  | {
      readonly allow: true;
      readonly role: Role | 'system-user' | 'service';
      /** Masked spans are silent and their text hidden. */
      readonly masked: boolean;
      /** The approval that it was used under, if the action needs four eyes. */
      readonly approval: string | null;
    }
  | { readonly allow: false; readonly because: Denial };

export interface StaffService {
  /** Pure judgement and the lookup of an approval; writes nothing. @throws IvrError STORAGE_FAILED */
  authorize(actor: Actor, action: Action, target: Target, stated: Stated): Promise<Decision>;
  /** What the actor may find at all; undefined: nothing. */
  searchScope(actor: Actor): SearchScope | undefined;
}
