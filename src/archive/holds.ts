import type { WallMs } from '../domain/units.ts';

export interface Hold {
  readonly id: string;
  readonly caseNo: string;
  readonly reason: string;
  readonly by: string;
  readonly placedAt: WallMs;
  readonly releasedAt: WallMs | null;
  readonly recordings: number;
}

export interface Holds {
  list(filter: { readonly released: boolean; readonly limit: number }): Promise<readonly Hold[]>;
  recordingsOf(hold: string): Promise<readonly string[]>;
  /** In force when it resolves. */
  place(hold: {
    readonly caseNo: string;
    readonly reason: string;
    readonly by: string;
    readonly recordings: readonly string[];
  }): Promise<Hold>;
  release(
    hold: string,
    by: { readonly requester: string; readonly approver: string; readonly reason: string },
  ): Promise<void>;
}
