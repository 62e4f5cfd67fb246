/* Error rates of a verifier by its scores, as FVC2000 and the EVI paper count them. A score at or above the threshold is accepted. */

const ascending = (scores: readonly number[]): Float64Array => Float64Array.from(scores).sort();

/** How many of the sorted scores are below the threshold. */
function below(sorted: Float64Array, threshold: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < threshold) low = middle + 1;
    else high = middle;
  }
  return low;
}

export interface ErrorRates {
  /** Of genuine callers, the share rejected. */
  readonly frr: number;
  /** Of impostors, the share accepted. */
  readonly far: number;
}

export function errorRates(
  genuine: readonly number[],
  impostors: readonly number[],
): (threshold: number) => ErrorRates {
  const [own, others] = [ascending(genuine), ascending(impostors)];
  return (threshold) => ({
    frr: below(own, threshold) / Math.max(1, own.length),
    far: 1 - below(others, threshold) / Math.max(1, others.length),
  });
}

/** FVC2000: the largest threshold with FRR ≤ FAR, the smallest with FRR ≥ FAR; of the two pairs the one with the smaller sum, averaged. */
export function equalErrorRate(genuine: readonly number[], impostors: readonly number[]): number {
  const rates = errorRates(genuine, impostors);
  const thresholds = [-Infinity, ...new Set(ascending([...genuine, ...impostors])), Infinity];
  // FRR rises and FAR falls with the threshold
  let [low, high] = [0, thresholds.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    const { frr, far } = rates(thresholds[middle] ?? 0);
    if (frr >= far) high = middle;
    else low = middle + 1;
  }
  const after = rates(thresholds[low] ?? Infinity);
  const before = after.frr === after.far ? after : rates(thresholds[low - 1] ?? -Infinity);
  const best = before.frr + before.far < after.frr + after.far ? before : after;
  return (best.frr + best.far) / 2;
}

/** The lowest threshold at which no more than `far` of the impostors are accepted. */
export function thresholdAt(impostors: readonly number[], far: number): number {
  const sorted = ascending(impostors);
  const accepted = Math.floor(far * sorted.length);
  const first = sorted[sorted.length - accepted - 1] ?? -Infinity;
  // above the first one that must be rejected
  return sorted.find((score) => score > first) ?? first + 1e-9;
}

/** FRR at a FAR, linear between the two thresholds around it. */
export function frrAtFar(genuine: readonly number[], impostors: readonly number[], far: number): number {
  const rates = errorRates(genuine, impostors);
  const strict = rates(thresholdAt(impostors, far));
  const sorted = ascending(impostors);
  const loose = rates(sorted[sorted.length - Math.floor(far * sorted.length) - 1] ?? -Infinity);
  if (loose.far === strict.far) return strict.frr;
  return strict.frr + ((far - strict.far) / (loose.far - strict.far)) * (loose.frr - strict.frr);
}
