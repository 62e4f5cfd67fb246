/*
 * What a look-up may ask for, as it is declared: the checker of dialplans reads it, the call obeys it. Whoever carries it out is behind the
 * port of the bank's services.
 */

/** What a call has to have passed before something is done for the caller: it is known who they are; they approved this very operation. */
export type Proof = 'session' | 'second-factor';

export interface ServiceArgument {
  /** Keyed and never kept: a PIN, a one-time code. Such a value goes nowhere else. */
  readonly secret: boolean;
  readonly required: boolean;
}

export interface Service {
  readonly name: string;
  readonly arguments: Readonly<Record<string, ServiceArgument>>;
  /** Values that it may answer with. */
  readonly results: readonly string[];
  /** What it may refuse for. */
  readonly refusals: readonly string[];
  /** When nobody waits for it any more. */
  readonly timeoutMs: number;
  /** What it changes at the bank: `money` moves money, `data` changes something else, `none` only reads. */
  readonly effect: 'money' | 'data' | 'none';
  readonly needs: readonly Proof[];
  /** What a call has passed once it is done. */
  readonly gives: readonly Proof[];
}

/** A caller who waits this long for a service is put through to a person. */
export const LONGEST_SERVICE_MS = 12_000;
