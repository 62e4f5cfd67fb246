import { randomUUID } from 'node:crypto';
import createKnex, { type Knex } from 'knex';
import { Value } from 'typebox/value';
import { IvrError } from '../../domain/error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { WireAnswer } from '../bank-transport.ts';
import { type AnswerOf, type OperationName, OPERATIONS, type RequestOf } from '../operations.ts';
import { seed } from './demo-seed.ts';
import { createTables, type DEMO_CUSTOMERS } from './demo-tables.ts';
import { onceFor } from './once-for.ts';
import { pinDigest } from './pin-digest.ts';
import { Refused } from './refused.ts';

/*
 * A bank of invented customers on SQLite, for the demo and for tests. Its rules are a real one's: three wrong PINs end a caller's tries, ten
 * lock an account, a balance is told only to whom the PIN was verified, a transfer with the same key happens once, also when the caller
 * calls again.
 */

export interface DemoBank extends AsyncDisposable {
  /** @throws IvrError BANK_REFUSED when the request is not what the contract says */
  handle(operation: OperationName, request: unknown, key: string | undefined): Promise<WireAnswer>;
}

const CALLER_TRIES = 3;
const ACCOUNT_TRIES = 10;
const LOCKED_MS = 15 * 60_000;
const SESSION_MS = 10 * 60_000;
/** Whose ticket it is when nobody was verified. */
const ANONYMOUS = 'anonymous';
/** In one transfer by telephone, in hundredths. */
const MOST_TRANSFERRED = 200_000;

interface Work {
  readonly db: Knex;
  readonly now: number;
  readonly sessions: Map<string, { readonly customer: string; readonly until: number }>;
  /** What happens once for the request's idempotency key; who may ask for it is looked at before, each time. */
  readonly once: <T>(work: () => Promise<T>) => Promise<T>;
}
type Handlers = { readonly [N in OperationName]: (work: Work, request: RequestOf<N>) => Promise<AnswerOf<N>> };

/** @param file - SQLite; ':memory:' forgets it all at the end */
export async function openDemoBankStore(file: string, clock: Pick<Clock, 'wall'>): Promise<DemoBank> {
  const db = createKnex({
    client: 'sqlite3',
    connection: { filename: file },
    useNullAsDefault: true,
    pool: { min: 1, max: 1 },
  });
  // all of it or nothing: what a kill left half made would never be finished
  await db
    .transaction(async (trx) => {
      await createTables(trx);
      await seed(trx, clock.wall());
    })
    .catch(async (thrown: unknown) => {
      await db.destroy();
      throw thrown;
    });
  const sessions: Work['sessions'] = new Map();
  return {
    async handle(operation, request, key) {
      if (!Value.Check(OPERATIONS[operation].request, request))
        throw new IvrError('BANK_REFUSED', `the request does not fit ${operation}`, { operation });
      const { repeat } = OPERATIONS[operation];
      if (repeat === 'keyed' && key === undefined)
        throw new IvrError('BANK_REFUSED', 'an idempotency key is needed', { operation });
      // one after the other: of guesses at the same time each is counted before the next is heard
      const answer = db.transaction(async (trx) => {
        const once: Work['once'] = (action) =>
          key === undefined ? action() : onceFor(trx, key, operation, request, action);
        const work = { db: trx, now: clock.wall(), sessions, once };
        const answered = run(operation, work, request).then((body): WireAnswer => ({ outcome: 'answered', body }));
        // what was refused is rolled back, but for counted PINs
        return await (repeat === 'counted' ? answered.catch(refusal) : answered);
      });
      return await answer.catch(refusal);
    },
    [Symbol.asyncDispose]: () => db.destroy(),
  };
}

const run = (operation: OperationName, work: Work, request: unknown): Promise<unknown> =>
  (HANDLERS[operation] as (work: Work, request: unknown) => Promise<unknown>)(work, request);

function refusal(thrown: unknown): WireAnswer {
  if (thrown instanceof Refused) return { outcome: 'refused', because: thrown.because };
  throw thrown;
}

interface AccountRow {
  readonly account: string;
  readonly customer: string;
  readonly kind: string;
  readonly currency: string;
  readonly balance: number;
  readonly pin_digest: string;
  readonly frozen_reference: string | null;
}
interface CardRow {
  readonly card: string;
  readonly account: string;
  readonly kind: string;
  readonly card_limit: number;
  readonly frozen: number;
}
type CustomerRow = Omit<(typeof DEMO_CUSTOMERS)[number], 'accounts'>;

async function accountOf(db: Knex, account: string): Promise<AccountRow> {
  const row = await db<AccountRow>('accounts').where({ account }).first();
  if (row === undefined) throw new Refused('unknown-account');
  return row;
}

function expectSession({ sessions, now }: Work, session: string, customer: string): void {
  const known = sessions.get(session);
  if (known?.customer !== customer || known.until <= now) throw new Refused('not-verified');
}

const withoutBlanks = (postcode: string): string => postcode.replaceAll(' ', '').toUpperCase();

function openSession({ sessions, now }: Work, customer: string): string {
  for (const [id, { until }] of sessions) if (until <= now) sessions.delete(id);
  const session = `demo-${randomUUID()}`;
  sessions.set(session, { customer, until: now + SESSION_MS });
  return session;
}

const HANDLERS: Handlers = {
  async VerifyPin(work, { account, pin, contact }) {
    const { db, now } = work;
    const row = await accountOf(db, account);
    const failures = async (where: object): Promise<number> =>
      Number(
        (
          await db('pin_failures')
            .where(where)
            .where('at', '>', now - LOCKED_MS)
            .count({ n: '*' })
            .first()
        )?.['n'] ?? 0,
      );
    if ((await failures({ caller: contact })) >= CALLER_TRIES) throw new Refused('too-many-tries');
    if ((await failures({ account })) >= ACCOUNT_TRIES) throw new Refused('locked');
    if (row.pin_digest !== pinDigest(account, pin)) {
      await db('pin_failures').insert({ caller: contact, account, at: now });
      if ((await failures({ caller: contact })) >= CALLER_TRIES) throw new Refused('too-many-tries');
      throw new Refused((await failures({ account })) >= ACCOUNT_TRIES ? 'locked' : 'wrong-pin');
    }
    await db('pin_failures').where({ caller: contact }).orWhere({ account }).delete();
    const customer = await db<CustomerRow>('customers').where({ customer: row.customer }).first();
    const session = openSession(work, row.customer);
    return { session, customer: row.customer, name: `${customer?.given_name} ${customer?.family_name}` };
  },
  async FindCustomers({ db }, { accounts, cards, phones, postcodes, dates_of_birth }) {
    const byCard = await db<CardRow>('cards').whereIn('card', cards);
    const byAccount = await db<AccountRow>('accounts').whereIn('account', [
      ...accounts,
      ...byCard.map(({ account }) => account),
    ]);
    const rows = await db<CustomerRow>('customers')
      .whereIn(
        'customer',
        byAccount.map(({ customer }) => customer),
      )
      .orWhereIn('phone', phones)
      .orWhereRaw(
        `replace(upper(postcode), ' ', '') in (${postcodes.map(() => '?').join(', ')})`,
        postcodes.map(withoutBlanks),
      )
      .orWhereIn('date_of_birth', dates_of_birth)
      .limit(1000);
    return { customers: await Promise.all(rows.map((row) => described(db, row))) };
  },
  async ListAccounts({ db }, { customer }) {
    const rows = await db<AccountRow>('accounts').where({ customer });
    if (rows.length === 0) throw new Refused('unknown-customer');
    return { accounts: rows.map(({ account, kind, currency }) => ({ account, kind, currency })) };
  },
  async GetBalance(work, { account, session }) {
    const row = await accountOf(work.db, account);
    expectSession(work, session, row.customer);
    return { account, balance: row.balance, currency: row.currency };
  },
  async ListTransactions(work, { account, session, most }) {
    const { customer, currency } = await accountOf(work.db, account);
    expectSession(work, session, customer);
    const rows = await work
      .db<{ account: string; number: number; booked: string; amount: number; text: string }>('transactions')
      .where({ account })
      .orderBy('number', 'desc')
      .limit(most);
    return {
      account,
      transactions: rows.map(({ number, booked, amount, text }) => ({
        id: String(number),
        booked,
        amount,
        currency,
        text,
      })),
    };
  },
  async ListCards({ db }, { customer }) {
    const accounts = await db<AccountRow>('accounts').where({ customer });
    if (accounts.length === 0) throw new Refused('unknown-customer');
    const currencies = new Map(accounts.map(({ account, currency }) => [account, currency]));
    const rows = await db<CardRow>('cards').whereIn('account', [...currencies.keys()]);
    return {
      cards: rows.map(({ card, account, kind, frozen, card_limit }) => ({
        card,
        kind,
        frozen: frozen !== 0,
        limit: card_limit,
        currency: currencies.get(account) ?? '',
      })),
    };
  },
  async FreezeCards({ db }, { account }) {
    const { frozen_reference } = await accountOf(db, account);
    if (frozen_reference !== null) return { account, reference: frozen_reference };
    const frozen = Number(
      (await db('accounts').whereNotNull('frozen_reference').count({ n: '*' }).first())?.['n'] ?? 0,
    );
    const reference = `LC${48_290 + frozen}`;
    await db('accounts').where({ account }).update({ frozen_reference: reference });
    await db('cards').where({ account }).update({ frozen: true });
    return { account, reference };
  },
  async SetCardLimit(work, { card, limit, session }) {
    const row = await work.db<CardRow>('cards').where({ card }).first();
    if (row === undefined) throw new Refused('unknown-card');
    expectSession(work, session, (await accountOf(work.db, row.account)).customer);
    if (limit < 0 || limit > 10 * MOST_TRANSFERRED) throw new Refused('over-the-limit');
    await work.db('cards').where({ card }).update({ card_limit: limit });
    return { card, limit };
  },
  async Transfer(work, { from, to, amount, currency, text, session }) {
    const [source, target] = [await accountOf(work.db, from), await accountOf(work.db, to)];
    expectSession(work, session, source.customer);
    return await work.once(async () => {
      if (amount <= 0 || amount > MOST_TRANSFERRED || from === to || currency !== source.currency)
        throw new Refused('over-the-limit');
      if (source.balance < amount) throw new Refused('not-enough-money');
      const booked = new Date(work.now).toISOString().slice(0, 10);
      await work.db('accounts').where({ account: from }).decrement('balance', amount);
      await work.db('accounts').where({ account: target.account }).increment('balance', amount);
      const [number = 0] = await work.db('transactions').insert({ account: from, booked, amount: -amount, text });
      await work.db('transactions').insert({ account: to, booked, amount, text });
      return { transfer: `T${number}`, from, to, amount, currency };
    });
  },
  async OpenTicket({ db, once }, { customer, kind, grade, text }) {
    const known = customer === ANONYMOUS || (await db('customers').where({ customer }).first()) !== undefined;
    if (!known) throw new Refused('unknown-customer');
    return await once(async () => {
      const [number = 0] = await db('tickets').insert({ customer, kind, grade, text });
      return { ticket: `TK${10_000 + number}` };
    });
  },
  async OpenSession(work, { customer }) {
    const row = await work.db<CustomerRow>('customers').where({ customer }).first();
    if (row === undefined) throw new Refused('unknown-customer');
    return { session: openSession(work, customer), customer, name: `${row.given_name} ${row.family_name}` };
  },
  async ListPayees(work, { customer, session }) {
    expectSession(work, session, customer);
    const rows = await work.db<{ customer: string; payee: string; name: string }>('payees').where({ customer });
    return { payees: rows.map(({ payee, name }) => ({ payee, name })) };
  },
};

async function described(db: Knex, row: CustomerRow): Promise<AnswerOf<'FindCustomers'>['customers'][number]> {
  const { phone, ...customer } = row;
  const accounts = await db<AccountRow>('accounts').where({ customer: row.customer });
  const cards = await db<CardRow>('cards').whereIn(
    'account',
    accounts.map(({ account }) => account),
  );
  return {
    ...customer,
    accounts: accounts.map(({ account }) => account),
    cards: cards.map(({ card }) => card),
    phones: [phone],
  };
}
