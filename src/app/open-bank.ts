import { randomBytes } from 'node:crypto';
import type { BankServices } from '../bank/bank-services.ts';
import type { BankTransport } from '../bank/bank-transport.ts';
import type { CoreBanking } from '../bank/core-banking.ts';
import { openDemoBankStore } from '../bank/demo/demo-bank.ts';
import { demoBankInProcess } from '../bank/demo/in-process.ts';
import { serveBankHttp } from '../bank/demo/serve-http.ts';
import { type BankPolicy, DEFAULT_BANK_POLICY } from '../bank/guarded.ts';
import { httpTransport } from '../bank/http/http-transport.ts';
import { openCoreBanking } from '../bank/open-core-banking.ts';
import type { Config } from '../config/schema.ts';
import { Secret } from '../domain/secret.ts';
import { ms } from '../domain/units.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import { codeMessage as english } from '../language/en/code-message.ts';
import { codeMessage as chinese } from '../language/zh/code-message.ts';
import { listedWords } from '../lib/listed-words.ts';
import type { Logger } from '../lib/logger.ts';
import type { ClientTls } from '../lib/post-json.ts';
import type { Scope } from '../lib/scope.ts';
import { textOf } from '../lib/text-of.ts';
import type { CodeSender } from '../second-factor/code-sender.ts';
import { consoleSender } from '../second-factor/console-sender.ts';
import type { describeOperation } from '../second-factor/operation.ts';
import { smsSender } from '../second-factor/sms-gateway.ts';
import type { BuiltIn } from '../services/built-in.ts';
import { openServices } from '../services/open-services.ts';
import { openOwnServices, type OwnServices } from './open-own-services.ts';
import { gaugesOf, type Part } from './part.ts';

type BankConfig = Config['bank'];

export interface RunningBank {
  readonly services: BankServices;
  readonly part: Part;
}

/**
 * The bank's core system behind its port, as the configuration says; by default the demo bank, a server of its own on the loopback.
 *
 * @throws IvrError CONFIG_INVALID when a file cannot be read
 */
export async function openBank(
  { bank, second_factor }: Pick<Config, 'bank' | 'second_factor'>,
  scope: Scope,
  logger: Logger,
): Promise<RunningBank> {
  const core = scope.use(openCoreBanking(await transportOf(bank, scope, logger), policyOf(bank), systemClock));
  const own = await openOwnServices(bank.services_file, policyOf(bank), scope, systemClock);
  return {
    services: openServices(core, await codeSender(second_factor, bank, logger), systemClock, {
      own: own.services,
    }),
    part: bankPart(core, own, bank.adapter),
  };
}

/** The code that approves orders in a trial, so that scenarios can key it. */
const TRIAL_CODE = '123456';

/**
 * The demo bank in this process, for trying dialplans: as new each time.
 *
 * @param codes - tells codes; they count whether anybody sees them or not
 * @param own - the bank's own services, which real servers carry out
 */
export function openTrialBank(
  clock: Clock,
  codes: CodeSender = { send: () => Promise.resolve() },
  own: readonly BuiltIn[] = [],
): BankServices & AsyncDisposable {
  const transport = demoBankInProcess(() => openDemoBankStore(':memory:', clock));
  const core = openCoreBanking(transport, DEFAULT_BANK_POLICY, clock);
  return {
    ...openServices(core, codes, clock, { own, newCode: () => new Secret(TRIAL_CODE) }),
    [Symbol.asyncDispose]: () => core[Symbol.asyncDispose](),
  };
}

/** Of the server; undefined when its output goes to a file or a service's log. */
const terminal = (): ((line: string) => void) | undefined =>
  process.stderr.isTTY ? (line) => void process.stderr.write(`${line}\n`) : undefined;

async function codeSender(
  { sender, url, token_file, secret_file, timeout_ms }: Config['second_factor'],
  { adapter }: BankConfig,
  logger: Logger,
) {
  if (sender === 'console' && adapter !== 'demo') {
    // whoever sits in front of the server is not the customer
    logger.warn(
      {},
      'no one-time codes are sent: second_factor.sender is the terminal, which is for the demo bank alone; set second_factor.sender: sms',
    );
    return consoleSender(undefined);
  }
  if (sender === 'console') return consoleSender(terminal());
  const token = (await textOf(token_file, 'second_factor.token_file')).trim();
  const secret = (await textOf(secret_file, 'second_factor.secret_file')).trim();
  const gateways = listedWords(url).map((one) => ({ url: one, token, secret }));
  return smsSender({ gateways, timeout: ms(timeout_ms), text: smsText }, systemClock);
}

const smsText = (code: string, { amount, payee }: ReturnType<typeof describeOperation>, language?: string): string =>
  (language === 'zh' ? chinese : english)(code, amount, payee);

const policyOf = (bank: BankConfig): BankPolicy => ({
  timeout: ms(bank.timeout_ms),
  retries: bank.retries,
  pause: ms(bank.retry_pause_ms),
  breaker: { failures: bank.breaker_failures, rest: ms(bank.breaker_rest_ms) },
});

async function transportOf(bank: BankConfig, scope: Scope, logger: Logger): Promise<BankTransport> {
  switch (bank.adapter) {
    case 'demo': {
      const store = scope.use(
        await openDemoBankStore(bank.demo_file === '' ? ':memory:' : bank.demo_file, systemClock),
      );
      const token = randomBytes(32).toString('base64url');
      const { url } = scope.use(await serveBankHttp(store, token));
      logger.info({ url }, 'the bank is the demo bank: none of its customers exists');
      return httpTransport({ url, token });
    }
    case 'http':
      return httpTransport({ url: bank.url, token: await tokenOf(bank), tls: await tlsOf(bank) });
    case 'grpc':
      // a tenth of a second of a start, which only this needs
      return (await import('./grpc-bank.ts')).grpcBank(bank.url, await tokenOf(bank), await tlsOf(bank));
  }
}

const tokenOf = async ({ token_file }: BankConfig): Promise<string> =>
  (await textOf(token_file, 'bank.token_file')).trim();

async function tlsOf({ tls }: BankConfig): Promise<ClientTls> {
  const pem = async (key: keyof typeof tls): Promise<string | undefined> =>
    tls[key] === '' ? undefined : textOf(tls[key], `bank.tls.${key}`);
  const [ca, cert, key] = [await pem('authorities'), await pem('certificate'), await pem('key')];
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

const bankPart = (core: CoreBanking, { guards }: OwnServices, adapter: BankConfig['adapter']): Part => ({
  name: 'bank',
  checks: () => [
    {
      name: 'bank',
      state: core.reachable ? 'ok' : 'the core system failed repeatedly and is left alone for a while; see the log',
      // callers hear so, and are put through to a person
      stops: 'nothing',
    },
    ...(guards.size === 0
      ? []
      : [
          {
            name: 'services',
            state: [...guards.values()].every(({ reachable }) => reachable)
              ? ('ok' as const)
              : `servers of the bank's own services failed repeatedly and are left alone for a while (${[...guards].flatMap(([name, { reachable }]) => (reachable ? [] : [name])).join(', ')}); see the log`,
            stops: 'nothing' as const,
          },
        ]),
  ],
  gauges: gaugesOf(
    {
      bank_reachable: '1 unless the core system failed repeatedly and is left alone for a while: 0 is an alarm',
      bank_demo: '1 while the bank is the demo bank, whose customers do not exist',
      bank_requests_answered: 'Requests to the core system since the start that it answered or refused',
      bank_requests_failed: 'Requests to the core system since the start that failed or came to no answer in time',
      bank_requests_rejected: 'Requests that were not sent since the start, because the core system was left alone',
    },
    () => ({
      bank_reachable: Number(core.reachable),
      bank_demo: Number(adapter === 'demo'),
      bank_requests_answered: core.counts.answered,
      bank_requests_failed: core.counts.failed,
      bank_requests_rejected: core.counts.rejected,
    }),
  ),
});
