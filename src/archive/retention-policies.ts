import type { WallMs } from '../domain/units.ts';

export interface RetentionPolicy {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  readonly legalReference: string;
  readonly basis: { readonly kind: 'fixed' } | { readonly kind: 'event'; readonly event: string };
  readonly years: number;
  readonly months: number;
  readonly approvedBy: string;
  readonly since: WallMs;
}

export interface RetentionPolicies {
  /** The newest version of each. */
  list(): Promise<readonly RetentionPolicy[]>;
  /** Newest first. */
  history(policy: string): Promise<readonly RetentionPolicy[]>;
  /** A new version, or a first one. Never shortens what is kept already. */
  put(
    policy: Omit<RetentionPolicy, 'version' | 'since' | 'approvedBy'>,
    by: { readonly requester: string; readonly approver: string },
  ): Promise<RetentionPolicy>;
}
