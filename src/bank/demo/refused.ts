import type { Refusal } from '../operations.ts';

/** Thrown by the demo bank's operations: a transaction that it leaves is rolled back. */
export class Refused extends Error {
  readonly because: Refusal;
  constructor(because: Refusal) {
    super(because);
    this.because = because;
  }
}
