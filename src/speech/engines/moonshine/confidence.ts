import type { FreeResult } from './free-decoding.ts';

/** What separates a match from a rejection on the scale of confidences. */
export const THRESHOLD = 0.5;

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

/** Placeholder until calibrated. */
export function confidenceInGrammar(fit: { readonly logp: number; readonly tokens: number }, free: FreeResult): number {
  const mean = fit.logp / fit.tokens;
  void free;
  return logistic(2 * (mean + 2));
}

export const confidenceFree = (free: FreeResult): number => logistic(2 * (free.logp / (free.tokens.length + 1) + 1.5));
