import type { CustomerReference } from './customer-reference.ts';

/** What is known of a call before anybody has said a word. Any of it may be forged: it moves a threshold, and decides nothing. */
export interface CallerSignals {
  /** The caller's number as the network tells it; undefined when it is withheld. */
  readonly number: string | undefined;
  /** What the network vouches for (STIR/SHAKEN attestation, RFC 8588): A the number, B the customer, C nothing; undefined: it says nothing. */
  readonly attestation: 'A' | 'B' | 'C' | undefined;
  /** A number that the bank or its supplier has listed for fraud. */
  readonly reputation: 'listed' | 'unknown';
  /** Different customers whom this number claimed to be within the last day, and failed. */
  readonly claimedCustomers: number;
}

/** Nats more (or less) that the items must bring. */
const RISK = { listed: 4, withheld: 1, unattested: 0.5, eachClaim: 1, mostClaims: 4, known: -1 } as const;

const digitsOf = (number: string): string => number.replaceAll(/\D/g, '').replace(/^0+/, '');

/** How much more evidence than usual is asked for; below zero for the customer's own number that the network vouches for. */
export function riskOf(signals: CallerSignals, customer: CustomerReference | undefined): number {
  const { number, attestation, reputation, claimedCustomers } = signals;
  const claims = Math.min(RISK.mostClaims, Math.max(0, claimedCustomers - 1) * RISK.eachClaim);
  const own =
    number !== undefined &&
    attestation === 'A' &&
    digitsOf(number) !== '' &&
    customer?.phones.some((phone) => digitsOf(phone) === digitsOf(number)) === true;
  return (
    (reputation === 'listed' ? RISK.listed : 0) +
    (number === undefined ? RISK.withheld : attestation === 'C' ? RISK.unattested : 0) +
    claims +
    (own && reputation !== 'listed' ? RISK.known : 0)
  );
}
