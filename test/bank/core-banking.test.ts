import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { credentials } from '@grpc/grpc-js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { BankTransport } from '../../src/bank/bank-transport.ts';
import { CLOSED, step } from '../../src/bank/circuit-breaker.ts';
import { protoText } from '../../src/bank/grpc/bank-proto.ts';
import { grpcTransport } from '../../src/bank/grpc/grpc-transport.ts';
import { httpTransport } from '../../src/bank/http/http-transport.ts';
import { bankOpenApi } from '../../src/bank/http/openapi.ts';
import type { BankPolicy } from '../../src/bank/guarded.ts';
import { openCoreBanking } from '../../src/bank/open-core-banking.ts';
import { ms } from '../../src/domain/units.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { Scope } from '../../src/lib/scope.ts';
import { balanceOf, never, opened, PATIENT, signedIn, TOKEN, WIRES } from './support/core-banks.ts';

describe.each(WIRES)('core banking over %s', (_, open) => {
  test('customers, accounts, balances, transactions, cards, limits and tickets', { timeout: 60_000 }, async () => {
    await using scope = opened();
    const bank = await open(scope);
    const session = await signedIn(bank);
    expect(await balanceOf(bank, session)).toEqual({
      outcome: 'done',
      answer: { account: '12345678', balance: 123_456, currency: 'USD' },
    });
    const list = { accounts: [], cards: [], phones: [], postcodes: ['EC6 7GJ'], dates_of_birth: [] };
    const found = await bank.ask('FindCustomers', list, never);
    expect(found.outcome === 'done' && found.answer.customers.map(({ customer }) => customer)).toEqual([
      'C1001',
      'C1002',
    ]);
    const accounts = await bank.ask('ListAccounts', { customer: 'C1001' }, never);
    expect(accounts.outcome === 'done' && accounts.answer.accounts).toHaveLength(3);
    const last = await bank.ask('ListTransactions', { account: '12345678', session, most: 2 }, never);
    expect(last.outcome === 'done' && last.answer.transactions.map(({ text }) => text)).toEqual(['Fuel', 'Rent']);
    await bank.ask('FreezeCards', { account: '12345678' }, never);
    const again = await bank.ask('FreezeCards', { account: '12345678' }, never);
    expect(again).toEqual({ outcome: 'done', answer: { account: '12345678', reference: 'LC48290' } });
    const limit = await bank.ask('SetCardLimit', { card: '5555000012345678', limit: 50_000, session }, never);
    expect(limit).toEqual({ outcome: 'done', answer: { card: '5555000012345678', limit: 50_000 } });
    const cards = await bank.ask('ListCards', { customer: 'C1001' }, never);
    expect(cards.outcome === 'done' && cards.answer.cards[0]).toMatchObject({ frozen: true, limit: 50_000 });
    const ticket = { customer: 'C1001', kind: 'complaint', grade: 2, text: 'card swallowed' };
    expect(await bank.ask('OpenTicket', ticket, never, 'ticket-1')).toEqual({
      outcome: 'done',
      answer: { ticket: 'TK10001' },
    });
  });

  test('what the bank refuses is a value with its reason', { timeout: 60_000 }, async () => {
    await using scope = opened();
    const bank = await open(scope);
    const refused = (because: string): object => ({ outcome: 'refused', because });
    expect(await balanceOf(bank, 'no-session')).toEqual(refused('not-verified'));
    const wrong = { account: '12345678', pin: '1111', contact: 'k-1' };
    const tries = [];
    for (let at = 0; at < 4; at++) tries.push(await bank.ask('VerifyPin', wrong, never));
    expect(tries).toEqual(['wrong-pin', 'wrong-pin', 'too-many-tries', 'too-many-tries'].map(refused));
    const session = await signedIn(bank, 'k-2');
    const order = { from: '12345678', to: '87654321', currency: 'USD', text: 'rent', session };
    expect(await bank.ask('Transfer', { ...order, amount: 150_000 }, never, 'a')).toEqual(refused('not-enough-money'));
    expect(await bank.ask('Transfer', { ...order, amount: 900_000 }, never, 'b')).toEqual(refused('over-the-limit'));
  });

  test('a transfer whose answer was lost happens once, by the retry and by the caller who calls again', {
    timeout: 60_000,
  }, async () => {
    let lost = 0;
    /** The bank does it, and the line drops before it says so. */
    const dropping = (transport: BankTransport): BankTransport => ({
      async send(operation, request, key, signal) {
        const answer = await transport.send(operation, request, key, signal);
        if (operation === 'Transfer' && lost++ === 0) throw new Error('the line dropped');
        return answer;
      },
      [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
    });
    await using scope = opened();
    const bank = await open(scope, dropping);
    const session = await signedIn(bank);
    const order = { from: '12345678', to: '87654321', amount: 10_000, currency: 'USD', text: 'rent', session };
    const first = await bank.ask('Transfer', order, never, 'intention-1');
    expect(await bank.ask('Transfer', order, never, 'intention-1')).toEqual(first);
    expect(first.outcome).toBe('done');
    expect(lost).toBe(3);
    expect(await balanceOf(bank, session)).toMatchObject({ answer: { balance: 113_456 } });
    expect(await bank.ask('Transfer', { ...order, amount: 20_000 }, never, 'intention-1')).toEqual({
      outcome: 'refused',
      because: 'key-used-otherwise',
    });
  });

  test('a wrong token is a refusal of ours, not an outage', { timeout: 60_000 }, async () => {
    await using scope = opened();
    const bank = await open(scope);
    await expect(bank.ask('ListAccounts', { customer: '' }, never)).rejects.toMatchObject({ code: 'BANK_REFUSED' });
    expect(bank.reachable).toBe(true);
  });
});

type Behaviour = (request: IncomingMessage, response: ServerResponse, body: string) => void;
/** A bank that behaves as each test wants. */
async function bankThat(scope: Scope, behaves: Behaviour, policy: Partial<BankPolicy> = {}) {
  const requests: string[] = [];
  const server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      requests.push(request.url ?? '');
      behaves(request, response, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  scope.defer(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const bank = scope.use(
    openCoreBanking(httpTransport({ url, token: TOKEN }), { ...PATIENT, pause: ms(1), ...policy }, systemClock),
  );
  return { bank, requests };
}
const says =
  (body: unknown, status = 200): Behaviour =>
  (_, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const LIST = { customer: 'C1001' };

describe('a bank in trouble', { timeout: 60_000 }, () => {
  test('slow: reads are tried twice within their time-outs, a PIN once', async () => {
    await using scope = opened();
    const { bank, requests } = await bankThat(scope, () => undefined, { timeout: ms(500) });
    await expect(bank.ask('ListAccounts', LIST, never)).rejects.toMatchObject({ code: 'BANK_UNREACHABLE' });
    const pin = { account: '12345678', pin: '2468', contact: 'k' };
    const failure: unknown = await bank.ask('VerifyPin', pin, never).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'BANK_UNREACHABLE' });
    expect(JSON.stringify(failure) + String(failure)).not.toMatch(/12345678|2468/);
    expect(requests.filter((path) => path === '/v1/pin-verifications').length).toBeLessThanOrEqual(1);
    expect(requests.filter((path) => path === '/v1/account-lists').length).toBeLessThanOrEqual(2);
  });

  test('failing: after five failures in a row it is left alone, and asked once when its rest is over', async () => {
    let down = true;
    await using scope = opened();
    const { bank, requests } = await bankThat(
      scope,
      (request, response, body) => says(down ? {} : { accounts: [] }, down ? 503 : 200)(request, response, body),
      { retries: 0, breaker: { failures: 5, rest: ms(300) } },
    );
    for (let at = 0; at < 9; at++)
      await expect(bank.ask('ListAccounts', LIST, never)).rejects.toMatchObject({ code: 'BANK_UNREACHABLE' });
    expect(requests).toHaveLength(5);
    expect(bank.reachable).toBe(false);
    down = false;
    await expect
      .poll(() => bank.ask('ListAccounts', LIST, never).catch(() => undefined), { timeout: 20_000 })
      .toEqual({
        outcome: 'done',
        answer: { accounts: [] },
      });
    expect(requests).toHaveLength(6);
    expect(bank.reachable).toBe(true);
  });

  test.each<[string, Behaviour]>([
    ['no JSON', (_, response) => void response.writeHead(200).end('<html>')],
    ['a balance that is a text', says({ account: '12345678', balance: 'much', currency: 'USD' })],
    ['the balance of another account', says({ account: '87654321', balance: 1, currency: 'USD' })],
    ['more than the contract has', says({ account: '12345678', balance: 1, currency: 'USD', note: 'x' })],
    ['no field at all', says({})],
    ['a reason that nobody knows', says({ because: 'a-whim' }, 409)],
    ['an answer without an end', (_, response) => void response.writeHead(200).end('x'.repeat(1_100_000))],
  ])('lying: %s is no answer, and is not asked for again', async (_, behaves) => {
    await using scope = opened();
    const { bank, requests } = await bankThat(scope, behaves);
    const failure: unknown = await bank
      .ask('GetBalance', { account: '12345678', session: 's' }, never)
      .catch((e: unknown) => e);
    expect(failure).toMatchObject({ code: 'BANK_ANSWER_INVALID' });
    expect(String(failure)).not.toMatch(/12345678|87654321|much/);
    expect(requests).toHaveLength(1);
  });

  test('a caller who hangs up cancels the request, which is no failure of the bank', async () => {
    const caller = new AbortController();
    await using scope = opened();
    const { bank } = await bankThat(scope, () => caller.abort(), { breaker: { failures: 1, rest: ms(60_000) } });
    await expect(bank.ask('ListAccounts', LIST, caller.signal)).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(bank.reachable).toBe(true);
  });
});

test('the breaker, whatever comes: closed it lets all through, open nobody, half-open one', () => {
  const limits = { failures: 3, rest: ms(100) };
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('failed', 'succeeded', 'cancelled'), fc.nat(60))), (steps) => {
      let breaker = CLOSED;
      let now = 0;
      for (const [outcome, later] of steps) {
        now += later;
        const before = breaker;
        const [wanted, effect] = step(breaker, { type: 'request-wanted', now: ms(now) }, limits);
        breaker = wanted;
        const resting = before.until !== undefined && now < before.until;
        expect(effect?.do).toBe(resting ? 'reject' : 'let-through');
        if (resting) continue;
        if (breaker.trying)
          expect(step(breaker, { type: 'request-wanted', now: ms(now) }, limits)[1]?.do).toBe('reject');
        [breaker] =
          outcome === 'failed'
            ? step(breaker, { type: 'request-failed', now: ms(now) }, limits)
            : step(breaker, { type: outcome === 'succeeded' ? 'request-succeeded' : 'request-cancelled' }, limits);
        if (outcome === 'succeeded') expect(breaker).toEqual(CLOSED);
      }
    }),
  );
});

test('nothing goes to another machine without TLS', () => {
  expect(() => httpTransport({ url: 'http://core.bank.example/api', token: TOKEN })).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID' }),
  );
  const insecure = credentials.createInsecure();
  for (const address of ['core.bank.example:443', 'dns:///core.bank.example', '10.0.0.1:443'])
    expect(() => grpcTransport({ address, token: TOKEN, credentials: insecure }), address).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
});

describe('the contract', () => {
  test('docs/bank-api.yaml is what the adapter and the demo bank speak', () => {
    expect(parse(readFileSync('docs/bank-api.yaml', 'utf8'))).toEqual(JSON.parse(JSON.stringify(bankOpenApi())));
  });
  test('docs/bank-api.proto is what the adapter and the demo bank speak', () => {
    expect(readFileSync('docs/bank-api.proto', 'utf8')).toBe(protoText());
  });
});
