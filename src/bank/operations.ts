import { type Static, type TObject, Type } from 'typebox';

/*
 * What is asked of the bank's core system: each operation with its request and its answer. The adapters, the demo bank, docs/bank-api.yaml and
 * bank.proto say the same, and a test compares them. Amounts are whole hundredths of their currency.
 */

const text = Type.String({ minLength: 1, maxLength: 200 });
const number = Type.String({ pattern: '^[0-9A-Za-z]{4,34}$' });
const currency = Type.String({ pattern: '^[A-Z]{3}$' });
const amount = Type.Integer({ minimum: -1e13, maximum: 1e13 });
const date = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' });
const strict = { additionalProperties: false };

/** The customer of a ticket of somebody who was not verified: they may complain too. */
export const ANONYMOUS = 'anonymous';

const Customer = Type.Object(
  {
    customer: text,
    given_name: text,
    family_name: text,
    date_of_birth: date,
    postcode: text,
    accounts: Type.Array(number),
    cards: Type.Array(number),
    phones: Type.Array(text),
    language: Type.Union([Type.Literal('en'), Type.Literal('zh')]),
  },
  strict,
);
const Transaction = Type.Object({ id: text, booked: date, amount, currency, text }, strict);
const Card = Type.Object({ card: number, kind: text, frozen: Type.Boolean(), limit: amount, currency }, strict);

export interface Operation {
  /** In a URL. */
  readonly path: string;
  /**
   * What happens when it is sent twice: `safe` reads, `idempotent` does it once by its nature, `keyed` by its idempotency key, `counted`
   * is never sent again by itself.
   */
  readonly repeat: 'safe' | 'idempotent' | 'keyed' | 'counted';
  readonly request: TObject;
  readonly answer: TObject;
}

export const OPERATIONS = {
  VerifyPin: {
    path: '/v1/pin-verifications',
    repeat: 'counted',
    request: Type.Object({ account: number, pin: Type.String({ pattern: '^\\d{4,12}$' }), contact: text }, strict),
    answer: Type.Object({ session: text, customer: text, name: text }, strict),
  },
  FindCustomers: {
    path: '/v1/customer-searches',
    repeat: 'safe',
    request: Type.Object(
      {
        accounts: Type.Array(number, { maxItems: 20 }),
        cards: Type.Array(number, { maxItems: 20 }),
        phones: Type.Array(text, { maxItems: 20 }),
        postcodes: Type.Array(text, { maxItems: 50, description: 'blanks and case do not count' }),
        dates_of_birth: Type.Array(date, { maxItems: 50 }),
      },
      strict,
    ),
    answer: Type.Object({ customers: Type.Array(Customer, { maxItems: 1000 }) }, strict),
  },
  ListAccounts: {
    path: '/v1/account-lists',
    repeat: 'safe',
    request: Type.Object({ customer: text }, strict),
    answer: Type.Object(
      { accounts: Type.Array(Type.Object({ account: number, kind: text, currency }, strict)) },
      strict,
    ),
  },
  GetBalance: {
    path: '/v1/balances',
    repeat: 'safe',
    request: Type.Object({ account: number, session: text }, strict),
    answer: Type.Object({ account: number, balance: amount, currency }, strict),
  },
  ListTransactions: {
    path: '/v1/transaction-lists',
    repeat: 'safe',
    request: Type.Object({ account: number, session: text, most: Type.Integer({ minimum: 1, maximum: 50 }) }, strict),
    answer: Type.Object({ account: number, transactions: Type.Array(Transaction, { maxItems: 50 }) }, strict),
  },
  ListCards: {
    path: '/v1/card-lists',
    repeat: 'safe',
    request: Type.Object({ customer: text }, strict),
    answer: Type.Object({ cards: Type.Array(Card) }, strict),
  },
  FreezeCards: {
    path: '/v1/card-freezes',
    repeat: 'idempotent',
    request: Type.Object({ account: number }, strict),
    answer: Type.Object({ account: number, reference: text }, strict),
  },
  SetCardLimit: {
    path: '/v1/card-limits',
    repeat: 'idempotent',
    request: Type.Object({ card: number, limit: amount, session: text }, strict),
    answer: Type.Object({ card: number, limit: amount }, strict),
  },
  Transfer: {
    path: '/v1/transfers',
    repeat: 'keyed',
    request: Type.Object({ from: number, to: number, amount, currency, text, session: text }, strict),
    answer: Type.Object({ transfer: text, from: number, to: number, amount, currency }, strict),
  },
  OpenTicket: {
    path: '/v1/tickets',
    repeat: 'keyed',
    request: Type.Object({ customer: text, kind: text, grade: Type.Integer({ minimum: 1, maximum: 4 }), text }, strict),
    answer: Type.Object({ ticket: text }, strict),
  },
  OpenSession: {
    path: '/v1/sessions',
    repeat: 'idempotent',
    request: Type.Object({ customer: text, contact: text }, strict),
    answer: Type.Object({ session: text, customer: text, name: text }, strict),
  },
  ListPayees: {
    path: '/v1/payee-lists',
    repeat: 'safe',
    request: Type.Object({ customer: text, session: text }, strict),
    answer: Type.Object(
      { payees: Type.Array(Type.Object({ payee: number, name: text }, strict), { maxItems: 200 }) },
      strict,
    ),
  },
} as const satisfies Readonly<Record<string, Operation>>;

export type OperationName = keyof typeof OPERATIONS;
export type RequestOf<N extends OperationName> = Static<(typeof OPERATIONS)[N]['request']>;
export type AnswerOf<N extends OperationName> = Static<(typeof OPERATIONS)[N]['answer']>;
export const OPERATION_NAMES = Object.keys(OPERATIONS) as readonly OperationName[];

/** Why the bank does not do what was asked: for dialplans, which say it in their words. */
export const REFUSALS = [
  'unknown-account',
  'unknown-customer',
  'unknown-card',
  'wrong-pin',
  'too-many-tries',
  'locked',
  'not-verified',
  'not-enough-money',
  'over-the-limit',
  'key-used-otherwise',
] as const;
export type Refusal = (typeof REFUSALS)[number];
