import type { WallMs } from '../domain/units.ts';

export interface DestructionCandidate {
  readonly recording: string;
  readonly startedAt: WallMs;
  /** ISO date: its retention ended then. */
  readonly retainedUntil: string;
  /** The end of the grace after which it is destroyed. */
  readonly notBefore: WallMs;
  readonly approved: boolean;
  /** `shredding`: it has begun, and is not finished. */
  readonly state: 'proposed' | 'approved' | 'shredding';
  /** Names of those who agreed. */
  readonly approvers: readonly string[];
}

export interface DestructionCertificate {
  readonly id: string;
  readonly recording: string;
  readonly destroyedAt: WallMs;
  readonly basis: string;
  readonly approvers: readonly string[];
  readonly method: string;
  readonly leafIndex: number | null;
}

/** Why a recording was not handed over: somebody proposed nothing of it, or something stands against it. */
export type DestructionRefusal = 'not-proposed' | 'held' | 'retained' | 'locked' | 'state';

export interface DestructionOverview {
  /** Two people have to agree to these. */
  readonly proposed: number;
  /** Their grace runs, or the next pass destroys them. */
  readonly approved: number;
  readonly unfinished: number;
  readonly destroyed: number;
  /** Something came up during the grace. */
  readonly withdrawn: number;
  /** Why nothing is destroyed now, such as `set-forward`, `clock-suspect`: `trustClock` ends it. */
  readonly stopped: string | null;
}

/** As it was signed: canonical JSON, and the signatures over its bytes (base64) by the hash of the key. */
export interface SignedCertificate extends DestructionCertificate {
  readonly text: string;
  readonly signatures: readonly { readonly key: string; readonly value: string }[];
}

export interface Destruction {
  overview(): Promise<DestructionOverview>;
  /** What has begun, what was agreed to, and what is due, in this order. */
  candidates(limit: number): Promise<readonly DestructionCandidate[]>;
  /**
   * Hands recordings over to the reaper, which looks at holds and bases again before it shreds anything.
   *
   * @returns why some stay, by recording
   */
  approve(
    recordings: readonly string[],
    by: { readonly requester: string; readonly approver: string; readonly purpose: string },
  ): Promise<Readonly<Record<string, DestructionRefusal>>>;
  /** Newest recordings first. @param before - id of the last one of the page before */
  certificates(limit: number, before: string | null): Promise<readonly DestructionCertificate[]>;
  /** Undefined: this recording was not destroyed. */
  certificate(recording: string): Promise<SignedCertificate | undefined>;
  /** Two people say that the clock is right again. */
  trustClock(by: { readonly requester: string; readonly approver: string }): Promise<void>;
}
