import type { Knex } from 'knex';
import { DEMO_CUSTOMERS, DEMO_PAYEES } from './demo-tables.ts';
import { pinDigest } from './pin-digest.ts';

const DAY = 86_400_000;
/** What happens on accounts, newest last: amounts in hundredths. */
const ROUTINE = [
  [-4210, 'Groceries'],
  [-1299, 'Streaming'],
  [245_000, 'Salary'],
  [-90_000, 'Rent'],
  [-3560, 'Fuel'],
] as const;

export async function seed(db: Knex, now: number): Promise<void> {
  if ((await db('customers').first()) !== undefined) return;
  for (const { accounts, ...customer } of DEMO_CUSTOMERS) {
    await db('customers').insert(customer);
    for (const { account, kind, currency, balance, pin, card } of accounts) {
      await db('accounts').insert({
        account,
        customer: customer.customer,
        kind,
        currency,
        balance,
        pin_digest: pinDigest(account, pin),
      });
      await db('cards').insert({
        card,
        account,
        kind: kind === 'card' ? 'credit' : 'debit',
        card_limit: 100_000,
        frozen: false,
      });
      for (const [at, [amount, text]] of ROUTINE.entries()) {
        const booked = new Date(now - (ROUTINE.length - at) * 3 * DAY).toISOString().slice(0, 10);
        await db('transactions').insert({ account, booked, amount, text });
      }
    }
  }
  await db('payees').insert(DEMO_PAYEES.map((payee) => ({ ...payee })));
}
