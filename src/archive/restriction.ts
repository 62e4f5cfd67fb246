export interface Restriction {
  /** Stored only: hidden from all but the privacy officer, until lifted. */
  restrict(
    recordings: readonly string[],
    on: boolean,
    by: { readonly requester: string; readonly approver: string; readonly purpose: string },
  ): Promise<void>;
}
