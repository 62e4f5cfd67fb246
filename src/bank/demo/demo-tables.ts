import type { Knex } from 'knex';

/* The demo bank's tables, and its customers: nobody of them exists. */

export async function createTables(db: Knex): Promise<void> {
  if (await db.schema.hasTable('customers')) return;
  await db.schema.createTable('customers', (table) => {
    table.string('customer').primary();
    for (const column of ['given_name', 'family_name', 'date_of_birth', 'postcode', 'phone', 'language'])
      table.string(column).notNullable();
  });
  await db.schema.createTable('accounts', (table) => {
    table.string('account').primary();
    table.string('customer').notNullable().references('customers.customer');
    table.string('kind').notNullable();
    table.string('currency').notNullable();
    table.bigInteger('balance').notNullable();
    table.string('pin_digest').notNullable();
    table.string('frozen_reference');
  });
  await db.schema.createTable('payees', (table) => {
    table.string('customer').notNullable().references('customers.customer');
    table.string('payee').notNullable();
    table.string('name').notNullable();
  });
  await db.schema.createTable('cards', (table) => {
    table.string('card').primary();
    table.string('account').notNullable().references('accounts.account');
    table.string('kind').notNullable();
    table.bigInteger('card_limit').notNullable();
    table.boolean('frozen').notNullable().defaultTo(false);
  });
  await db.schema.createTable('transactions', (table) => {
    table.increments('number');
    table.string('account').notNullable().index();
    table.string('booked').notNullable();
    table.bigInteger('amount').notNullable();
    table.string('text').notNullable();
  });
  await db.schema.createTable('keyed_answers', (table) => {
    table.string('key').primary();
    table.string('request').notNullable();
    table.string('answer').notNullable();
  });
  await db.schema.createTable('tickets', (table) => {
    table.increments('number');
    for (const column of ['customer', 'kind', 'text']) table.string(column).notNullable();
    table.integer('grade').notNullable();
  });
  await db.schema.createTable('pin_failures', (table) => {
    table.increments('number');
    table.string('caller').notNullable().index();
    table.string('account').notNullable().index();
    table.bigInteger('at').notNullable();
  });
}

export interface DemoCustomer {
  readonly customer: string;
  readonly given_name: string;
  readonly family_name: string;
  readonly date_of_birth: string;
  readonly postcode: string;
  readonly phone: string;
  readonly language: 'en' | 'zh';
  readonly accounts: readonly {
    readonly account: string;
    readonly kind: string;
    readonly currency: string;
    readonly balance: number;
    readonly pin: string;
    readonly card: string;
  }[];
}

const account = (number: string, kind: string, currency: string, balance: number, pin: string, card: string) => ({
  account: number,
  kind,
  currency,
  balance,
  pin,
  card,
});

/** Whom people are who try the line. */
export const DEMO_CALLER = { account: '12345678', pin: '2468' } as const;

export const DEMO_CUSTOMERS: readonly DemoCustomer[] = [
  {
    customer: 'C1001',
    given_name: 'Katherine',
    family_name: 'Ellis',
    date_of_birth: '1979-09-27',
    postcode: 'EC6 7GJ',
    phone: '+442079460001',
    language: 'en',
    accounts: [
      account(DEMO_CALLER.account, 'current', 'USD', 123_456, DEMO_CALLER.pin, '5555000012345678'),
      account('12345679', 'savings', 'USD', 980_000, '2468', '5555000012345679'),
      account('12345670', 'card', 'USD', -45_000, '2468', '4111000012345670'),
    ],
  },
  {
    customer: 'C1002',
    given_name: 'Rhys',
    family_name: 'Marshall',
    date_of_birth: '1964-08-02',
    postcode: 'EC6 7GJ',
    phone: '+442079460002',
    language: 'en',
    accounts: [account('87654321', 'current', 'USD', 2_050_000, '1357', '5555000087654321')],
  },
  {
    customer: 'C1003',
    given_name: 'Georgina',
    family_name: 'Patel',
    date_of_birth: '2001-11-04',
    postcode: 'W20 0AB',
    phone: '+442079460003',
    language: 'en',
    accounts: [account('11223344', 'current', 'USD', -7520, '9999', '5555000011223344')],
  },
  {
    customer: 'C1004',
    given_name: 'Wei',
    family_name: 'Zhang',
    date_of_birth: '1988-11-24',
    postcode: '200120',
    phone: '+862155550004',
    language: 'en',
    accounts: [account('40050060', 'current', 'EUR', 31_001, '0007', '5555000040050060')],
  },
];

/** Whom they have paid before. */
export const DEMO_PAYEES: readonly { readonly customer: string; readonly payee: string; readonly name: string }[] = [
  { customer: 'C1001', payee: '87654321', name: 'Rhys Marshall' },
  { customer: 'C1001', payee: '11223344', name: 'Georgina Patel' },
  { customer: 'C1002', payee: '12345678', name: 'Katherine Ellis' },
];
