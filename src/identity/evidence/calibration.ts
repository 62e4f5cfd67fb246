import type { IdentityItem } from '../customer-reference.ts';

/*
 * From the raw score of an item to evidence that may be added up: a calibrated log-likelihood ratio (nats) between "the customer says it" and
 * "somebody else does", by logistic regression of what real callers said (`scripts/fit-identity.mjs`).
 *
 * It is bounded on both sides. Below, because any turn may be garbage: a customer who coughs is not an impostor. Above, because a stranger may
 * know an item: who lives next door knows the postcode, whatever it is worth among ten thousand.
 */

export interface Calibration {
  readonly offset: number;
  readonly slope: number;
  readonly least: number;
  readonly most: number;
  /** When nothing was understood. */
  readonly missing: number;
}

const SPOKEN_NUMBER = { offset: -5, slope: 0.45, missing: -0.5 };

export const CALIBRATIONS: Readonly<Record<IdentityItem, Calibration>> = {
  postcode: { offset: -1.88, slope: 0.414, least: -3, most: 1, missing: -0.5 },
  name: { offset: -3.15, slope: 0.267, least: -4, most: 4, missing: -0.5 },
  'date-of-birth': { offset: -4.17, slope: 0.505, least: -4, most: 5, missing: -0.5 },
  // printed on cards and statements: assumed, not fitted
  'account-number': { ...SPOKEN_NUMBER, least: -4, most: 2 },
  'card-number': { ...SPOKEN_NUMBER, least: -4, most: 2 },
  'phone-number': { ...SPOKEN_NUMBER, least: -2, most: 1 },
};

export function likelihoodRatio(item: IdentityItem, raw: number | undefined): number {
  const { offset, slope, least, most, missing } = CALIBRATIONS[item];
  return raw === undefined ? missing : Math.min(most, Math.max(least, offset + slope * raw));
}

/** Below this raw score an item counts `least`, however much less it is. */
export const floorOf = (item: IdentityItem): number => {
  const { offset, slope, least } = CALIBRATIONS[item];
  return (least - offset) / slope;
};

/** For telling customers apart, what an item is worth has no upper bound: everybody is compared by the same hearing. */
export function rankingRatio(item: IdentityItem, raw: number | undefined): number {
  const { offset, slope, least } = CALIBRATIONS[item];
  return raw === undefined ? 0 : Math.max(least, offset + slope * raw);
}
