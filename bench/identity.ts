import { performance } from 'node:perf_hooks';
import type { CustomerReference } from '../src/identity/customer-reference.ts';
import { type HeardItems, rankCustomers, verificationScore } from '../src/identity/verify-items.ts';
import { round } from './line/part.ts';
import { quantile } from './line/quantile.ts';

/* What it costs to verify a caller over n-best lists, and to find one among ten thousand customers. Medians, in milliseconds. */

const GIVEN =
  'Katie Dylan Rhys Georgina Stephen Amelia Joshua Harriet Leigh Norman Beverley Mohammed Jodie Iain Sylvia Brett'.split(
    ' ',
  );
const FAMILY =
  'Marshall Carr Bishop Taylor Morgan Smith Gray Miles Anderson Jones Rahman Dodd Bird Harding Morris Field'.split(' ');
const RUNS = 40;

const customers: readonly CustomerReference[] = Array.from({ length: 10_000 }, (_, n) => ({
  customer: `c-${n}`,
  givenName: `${GIVEN[n % 16]}${n % 23 === 0 ? 'a' : ''}`,
  familyName: `${FAMILY[(n >> 4) % 16]}${n % 19 === 0 ? 's' : ''}`,
  dateOfBirth: { year: 1920 + (n % 95), month: 1 + (n % 12), day: 1 + (n % 28) },
  postcode: `${String.fromCharCode(65 + (n % 26))}${((n / 7) % 99) | 0} ${n % 10}${String.fromCharCode(65 + ((n / 26) % 26))}B`,
  accounts: [],
  cards: [],
  phones: [],
  language: 'en',
}));
const heard: HeardItems = {
  postcode: [['whiskey 2 0 alpha bravo', 'whiskey to 0 alpha bravo', 'w20 a b', 'w20 a bee', 'w20 a baby']],
  name: [['Katy Marshall', 'Katie Marshall', 'Katie martial', 'Katie Marshal', 'Kate Marshall']],
  'date-of-birth': [['27th of the 9th 1979', '27th of 9th 1979', '27th of September 1979', '27 9 1979']],
};
const items = ['postcode', 'name', 'date-of-birth'] as const;

function median(run: (at: number) => void): number {
  const times = Array.from({ length: RUNS }, (_, at) => {
    const began = performance.now();
    run(at);
    return performance.now() - began;
  });
  return round(quantile(times, 0.5), 2);
}

const [somebody] = customers;
if (somebody === undefined) throw new Error('no customers');
rankCustomers(customers, heard, 'en', 1);
console.log(
  JSON.stringify({
    verificationMs: median(() => void verificationScore(items, heard, 'en')(somebody)),
    identificationMs: median(() => void rankCustomers(customers, heard, 'en', 5)),
    customers: customers.length,
  }),
);
