const BUCKETS_PER_MS = 4;
const BUCKETS = 100 * BUCKETS_PER_MS + 1;

/** How late playout ticks ran: 0.25 ms buckets up to 100 ms, the last one open. Costs one addition per tick. */
export class LatenessHistogram {
  #counts = new Uint32Array(BUCKETS);

  add(latenessMs: number): void {
    const bucket = Math.min(BUCKETS - 1, Math.max(0, Math.floor(latenessMs * BUCKETS_PER_MS)));
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
  }

  /** What was counted since the last taking. */
  take(): Uint32Array {
    const counts = this.#counts;
    this.#counts = new Uint32Array(BUCKETS);
    return counts;
  }
}

/** The upper edge, in ms, of the bucket where the given share (0…1) of all ticks has been counted; 0 without ticks. */
export function latenessPercentile(histograms: readonly Uint32Array[], share: number): number {
  let total = 0;
  for (const counts of histograms) for (const n of counts) total += n;
  if (total === 0) return 0;
  let seen = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    for (const counts of histograms) seen += counts[bucket] ?? 0;
    if (seen >= total * share) return (bucket + 1) / BUCKETS_PER_MS;
  }
  return BUCKETS / BUCKETS_PER_MS;
}
