/** A call in a list, as the journal tells it. */
export interface CallSummary {
  readonly contact: string;
  readonly live: boolean;
  /** Unix time, ms. */
  readonly offered_at: number;
  readonly answered_at: number | null;
  readonly ended_at: number | null;
  /** Masked. */
  readonly from: string;
  readonly to: string;
  readonly because: string | null;
  readonly duration_ms: number | null;
  readonly recording: string | null;
  readonly dialplan: string | null;
}
