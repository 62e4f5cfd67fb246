import type { WallMs } from '../domain/units.ts';

/** One thing that was looked at. */
export interface VerificationStep {
  readonly name:
    | 'stored-bytes'
    | 'decryption'
    | 'manifest-signature'
    | 'audio-hash'
    | 'inclusion-proof'
    | 'checkpoint-signature'
    | 'time-stamp'
    | 'witness'
    | 'call-covered'
    | 'object-lock'
    | 'leak-certificate';
  /** `absent`: there is none, which is no fault. */
  readonly result: 'proved' | 'failed' | 'not-configured' | 'pending' | 'absent';
  /** Safe facts to show: digest, index, time, name of the key, or what is wrong. */
  readonly facts: Readonly<Record<string, string | number>>;
}

export interface Verification {
  /** No step failed. */
  readonly ok: boolean;
  readonly at: WallMs;
  readonly steps: readonly VerificationStep[];
}

export interface Verifier {
  verify(id: string, signal: AbortSignal): Promise<Verification>;
}
