/** A transaction of an account, to be said. */
export interface SaidTransaction {
  /** ISO 8601. */
  readonly booked: string;
  /** In hundredths; below zero when it left the account. */
  readonly amount: number;
  readonly currency: string;
  /** In the bank's words, which are left as they are. */
  readonly text: string;
}
