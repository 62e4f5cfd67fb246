import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openBank } from '../../src/app/open-bank.ts';
import { openDemoBankStore } from '../../src/bank/demo/demo-bank.ts';
import { serveBankGrpc } from '../../src/bank/demo/serve-grpc.ts';
import { serveBankHttp } from '../../src/bank/demo/serve-http.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { opened } from '../bank/support/core-banks.ts';

/* The bank of the configuration behind its port. */

const { signal } = new AbortController();
const config = (overrides: Readonly<Record<string, string | number>>) => loadConfig({ environment: {}, overrides });

async function tokenFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bank-token-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'token'), 'of-the-bank\n');
  return join(folder, 'token');
}

test('by default it is the demo bank, a server of its own on SQLite; probes and metrics know', async () => {
  await using scope = opened();
  const { services, part } = await openBank(await config({}), scope, silentLogger);
  expect(await services.call('block-card', { account: '12345678' }, signal)).toEqual({
    outcome: 'done',
    values: { reference: 'LC48290' },
  });
  expect(await part.checks?.()).toEqual([{ name: 'bank', state: 'ok', stops: 'nothing' }]);
  expect(await part.gauges?.read()).toEqual({
    bank_reachable: 1,
    bank_demo: 1,
    bank_requests_answered: 1,
    bank_requests_failed: 0,
    bank_requests_rejected: 0,
  });
});

test.each(['http', 'grpc'] as const)(
  'with bank.adapter %s it is the bank of bank.url, with its token',
  async (wire) => {
    await using scope = opened();
    const store = scope.use(await openDemoBankStore(':memory:', systemClock));
    const url =
      wire === 'http'
        ? scope.use(await serveBankHttp(store, 'of-the-bank')).url
        : scope.use(await serveBankGrpc(store, 'of-the-bank')).address;
    const set = { 'bank.adapter': wire, 'bank.url': url, 'bank.token_file': await tokenFile() };
    const { services } = await openBank(await config(set), scope, silentLogger);
    expect(await services.call('block-card', { account: '00000000' }, signal)).toEqual({
      outcome: 'refused',
      because: 'unknown-account',
    });
  },
);

test('a bank that is down is left alone after as many failures as configured, and the probe says so', async () => {
  await using scope = opened();
  const set = {
    'bank.adapter': 'http',
    'bank.url': 'http://127.0.0.1:1',
    'bank.token_file': await tokenFile(),
    'bank.retries': 0,
    'bank.breaker_failures': 2,
  };
  const { services, part } = await openBank(await config(set), scope, silentLogger);
  for (let tries = 0; tries < 4; tries++)
    await expect(services.call('block-card', { account: '12345678' }, signal)).rejects.toMatchObject({
      code: 'BANK_UNREACHABLE',
    });
  const [check] = (await part.checks?.()) ?? [];
  expect(check?.state).toContain('left alone');
  expect(await part.gauges?.read()).toMatchObject({
    bank_reachable: 0,
    bank_demo: 0,
    bank_requests_failed: 2,
    bank_requests_rejected: 2,
  });
});

test.each([
  [
    { 'bank.adapter': 'http', 'bank.url': 'http://core.bank.example', 'bank.token_file': 't' },
    'bank.url expects https',
  ],
  [{ 'bank.adapter': 'grpc', 'bank.url': 'https://core', 'bank.token_file': 't' }, 'bank.url expects host:port'],
  [{ 'bank.adapter': 'http', 'bank.url': 'https://core.bank.example' }, 'bank.token_file expects a file'],
  [{ 'bank.url': 'https://core.bank.example' }, 'bank.url and bank.token_file expect bank.adapter http or grpc'],
  [{ 'bank.tls.certificate': 'c.pem' }, 'bank.tls.certificate and bank.tls.key'],
])('keys that do not fit together are refused: %o', async (set, message) => {
  await expect(config(set)).rejects.toThrow(message);
});
