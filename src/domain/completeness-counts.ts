/** Of the calls of a time. */
export interface CompletenessCounts {
  readonly expected: number;
  readonly found: number;
  readonly exempt: number;
  readonly missing: number;
  /** There, and not proven to be whole. */
  readonly unverified: number;
  /** Of call legs and of audio. */
  readonly callMs: number;
  readonly audioMs: number;
}
