import type { RecordingId } from '../../domain/ids.ts';
import type { WallMs } from '../../domain/units.ts';

/* PORT to retention: policies as data, holds by case, restriction, and destruction when nothing stands against it any more. */

/** Whole calendar units, added in this order in the bank's time zone and rounded up; never days for years. */
export interface CalendarPeriod {
  readonly years: number;
  readonly months: number;
  readonly days: number;
}

export interface RetentionPolicy {
  readonly id: string;
  /** 1, 2, 3…: a policy is never changed, only followed. */
  readonly version: number;
  readonly name: string;
  /** The law, article and paragraph, as a lawyer cites it. */
  readonly legalReference: string;
  /** Recordings of this class. */
  readonly retentionClass: string;
  /** Counted from the end of the recording, or from an event such as 'account-closed' or 'product-ended'. */
  readonly basis: { readonly kind: 'fixed' } | { readonly kind: 'event'; readonly event: string };
  readonly period: CalendarPeriod;
  /** IANA name. */
  readonly zone: string;
  readonly approvedBy: readonly string[];
  readonly effectiveFrom: WallMs;
}

/** Why one recording is kept. `until` null: its event has not happened. */
export interface RetentionBasis {
  readonly recording: RecordingId;
  readonly policy: string;
  readonly policyVersion: number;
  readonly legalReference: string;
  readonly event: string | null;
  readonly startedAt: WallMs | null;
  readonly until: WallMs | null;
}

export interface LegalHold {
  readonly id: string;
  readonly caseNumber: string;
  readonly reason: string;
  readonly placedBy: string;
  readonly placedAt: WallMs;
  readonly releasedBy: readonly string[];
  readonly releasedAt: WallMs | null;
}

/** Said of whom a request under PIPL or GDPR came from, or why it was refused. */
export interface Restriction {
  readonly recording: RecordingId;
  readonly reason: string;
  readonly restrictedBy: string;
  readonly restrictedAt: WallMs;
}

/** What stands against destruction; none: it may be destroyed. */
export type Obstacle =
  | { readonly kind: 'retention'; readonly until: WallMs; readonly policy: string }
  | { readonly kind: 'event-unknown'; readonly event: string; readonly policy: string }
  | { readonly kind: 'no-policy' }
  | { readonly kind: 'hold'; readonly hold: string; readonly caseNumber: string }
  | { readonly kind: 'state'; readonly state: string }
  | { readonly kind: 'lock'; readonly until: WallMs }
  /** Its objects are still under a legal hold that nothing asks for any more. */
  | { readonly kind: 'store-hold' };

/** The one gate before any destruction, of recordings, versions and keys alike. */
export interface DestructionGate {
  /** @throws IvrError DESTRUCTION_REFUSED naming what stands against it; RECORDING_NOT_FOUND; STORAGE_FAILED */
  assertDestroyable(recording: RecordingId): Promise<void>;
}

export interface Retention extends DestructionGate {
  /** @throws IvrError RETENTION_INVALID when the version is not the next one, or would shorten without two who approve */
  addPolicy(policy: RetentionPolicy): Promise<void>;
  /** All versions of all policies, by id and version. */
  policies(): Promise<readonly RetentionPolicy[]>;
  /** Writes the bases of a recording by the policies of its class. Idempotent. @throws IvrError RECORDING_NOT_FOUND */
  apply(recording: RecordingId): Promise<void>;
  /** An event that bases wait for. A later report of the same event only ever lengthens. @param subject - keyed hash of an account */
  occurred(event: {
    readonly name: string;
    readonly subject: string;
    readonly at: WallMs;
    readonly reportedBy: string;
  }): Promise<number>;
  bases(recording: RecordingId): Promise<readonly RetentionBasis[]>;
  obstacles(recording: RecordingId): Promise<readonly Obstacle[]>;
  /** @returns the hold's id. Idempotent by case number and recordings. @throws IvrError RECORDING_NOT_FOUND for any: none is held then */
  placeHold(
    hold: Pick<LegalHold, 'caseNumber' | 'reason' | 'placedBy'>,
    recordings: readonly RecordingId[],
  ): Promise<string>;
  /** @param approvedBy - two different people @throws IvrError RETENTION_INVALID, NOT_FOUND */
  releaseHold(id: string, approvedBy: readonly string[]): Promise<void>;
  holds(filter: {
    readonly caseNumber?: string;
    readonly recording?: RecordingId;
    readonly inForce?: boolean;
  }): Promise<readonly LegalHold[]>;
  restrict(restriction: Omit<Restriction, 'restrictedAt'>): Promise<void>;
  liftRestriction(recording: RecordingId, by: string): Promise<void>;
}
