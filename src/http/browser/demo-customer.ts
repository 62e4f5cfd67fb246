/** Somebody to be in a first call: of the demo bank, which is no secret. */
export interface DemoCustomer {
  readonly account: string;
  readonly pin: string;
}
