/** A queue of exponential calls, conversations and patience (M/M/n+M). Times in seconds. */
export interface ErlangA {
  readonly agents: number;
  readonly callsPerSecond: number;
  readonly handlingS: number;
  readonly patienceS: number;
}

/**
 * The share of all callers who are answered within `withinS` (S. Zeltyn, A. Mandelbaum, "Call centers with impatient customers", Queueing
 * Systems 51, 2005): P(no wait) + ∫ v(x) e^(−θx) dx over 0…T, where v(x) = λ π(n−1) exp(λ (1 − e^(−θx)) / θ − nμx) is the density of the wait
 * that is offered.
 */
export function erlangA({ agents: n, callsPerSecond: lambda, handlingS, patienceS }: ErlangA, withinS: number): number {
  const mu = 1 / handlingS;
  const theta = 1 / patienceS;
  // Σ π(j) / π(n−1) for j < n, from the last one down
  let [free, term] = [1, 1];
  for (let j = n - 1; j >= 1; j--) {
    term *= (j * mu) / lambda;
    free += term;
  }
  const density = (x: number): number => lambda * Math.exp((lambda * (1 - Math.exp(-theta * x))) / theta - n * mu * x);
  const all = integral(density, 0, 60 * patienceS);
  const answered = integral((x) => density(x) * Math.exp(-theta * x), 0, withinS);
  return (free + answered) / (free + all);
}

/** Simpson's rule. */
function integral(of: (x: number) => number, from: number, to: number): number {
  const steps = 20_000;
  const width = (to - from) / steps;
  let sum = of(from) + of(to);
  for (let n = 1; n < steps; n++) sum += of(from + n * width) * (n % 2 === 0 ? 2 : 4);
  return (sum * width) / 3;
}
