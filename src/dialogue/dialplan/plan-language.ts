/** A language of a dialplan. */
export interface PlanLanguage {
  /** BCP 47 */
  readonly tag: string;
  /** Numbers whose callers are spoken to in it at first. */
  readonly called: readonly string[];
  readonly key: string | undefined;
}
