import type { SpokenLanguage } from '../language/spoken-language.ts';
import type { CustomerReference, IdentityItem } from './customer-reference.ts';
import { floorOf, likelihoodRatio, rankingRatio } from './evidence/calibration.ts';
import { evidenceOf, type ItemEvidence } from './evidence/item-evidence.ts';
import type { Hearing } from './evidence/readings.ts';

/** All that was heard of each item, in the order of the questions. */
export type HeardItems = Partial<Readonly<Record<IdentityItem, readonly Hearing[]>>>;

type Evidence = readonly (readonly [IdentityItem, ItemEvidence])[];

const evidenceIn = (items: readonly IdentityItem[], heard: HeardItems, language: SpokenLanguage): Evidence =>
  items.map((item) => [item, evidenceOf(item, heard[item] ?? [], language)] as const);

/**
 * How much likelier it is that the caller is this customer than somebody else: nats, all items added up.
 *
 * @param items - those that were asked for; what was not understood of them counts against the caller a little
 */
export function verificationScore(
  items: readonly IdentityItem[],
  heard: HeardItems,
  language: SpokenLanguage,
): (customer: CustomerReference) => number {
  const evidence = evidenceIn(items, heard, language);
  return (customer) =>
    evidence.reduce((sum, [item, fits]) => sum + likelihoodRatio(item, fits(customer, floorOf(item))), 0);
}

export interface RankedCustomer {
  readonly customer: CustomerReference;
  /** Nats against a stranger, and of 1 among all candidates and "nobody of them". */
  readonly score: number;
  readonly posterior: number;
}

/** Best first, at most `most`. Which of the candidates the caller is, by all that was heard. */
export function rankCustomers(
  candidates: readonly CustomerReference[],
  heard: HeardItems,
  language: SpokenLanguage,
  most = 5,
): readonly RankedCustomer[] {
  const items = (Object.keys(heard) as IdentityItem[]).filter((item) => (heard[item]?.length ?? 0) > 0);
  const evidence = evidenceIn(items, heard, language);
  const scores = new Float64Array(candidates.length);
  for (const [index, customer] of candidates.entries())
    scores[index] = evidence.reduce((sum, [item, fits]) => sum + rankingRatio(item, fits(customer, floorOf(item))), 0);
  const best = bestOf(scores, most);
  // one in as many is right; that nobody is weighs as much as one candidate with no evidence
  const top = Math.max(0, scores[best[0] ?? -1] ?? 0);
  const total = scores.reduce((sum, score) => sum + Math.exp(score - top), Math.exp(-top));
  return best.flatMap((index) => {
    const customer = candidates[index];
    const score = scores[index] ?? 0;
    return customer === undefined ? [] : [{ customer, score, posterior: Math.exp(score - top) / total }];
  });
}

function bestOf(scores: Float64Array, most: number): number[] {
  const best: number[] = [];
  for (let index = 0; index < scores.length; index++) {
    const score = scores[index] ?? 0;
    if (best.length === most && score <= (scores[best.at(-1) ?? 0] ?? 0)) continue;
    const place = best.findIndex((other) => score > (scores[other] ?? 0));
    best.splice(place === -1 ? best.length : place, 0, index);
    if (best.length > most) best.pop();
  }
  return best;
}
