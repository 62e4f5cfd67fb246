import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server, ServerCredentials, type sendUnaryData, type ServerUnaryCall, status } from '@grpc/grpc-js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openTrialBank } from '../../src/app/open-bank.ts';
import { knownServices, openOwnServices } from '../../src/app/open-own-services.ts';
import { declaredServices } from '../../src/bank/grpc/grpc-services.ts';
import { DEFAULT_BANK_POLICY } from '../../src/bank/guarded.ts';
import type { BankServices } from '../../src/bank/bank-services.ts';
import { openDialogue } from '../../src/dialogue/open-dialogue.ts';
import { Secret } from '../../src/domain/secret.ts';
import { ms } from '../../src/domain/units.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { Scope } from '../../src/lib/scope.ts';
import { PLAN_HEAD } from '../dialogue/support/plan-head.ts';
import { smallGrammars } from '../dialogue/support/small-plan.ts';
import { never, opened } from './support/core-banks.ts';

/* Services that the operator declares in a file, carried out by servers of the bank's. */

interface Asked {
  readonly service: string;
  readonly args: Readonly<Record<string, string>>;
  readonly key: string;
  readonly token: string;
}
type Reply =
  | { readonly values: Readonly<Record<string, unknown>> }
  | { readonly because: string }
  | 'nonsense'
  | 'endless'
  | 'silent';
type Answer = (asked: Asked) => Reply;

async function httpServer(scope: Scope, answer: Answer): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const reply = answer({
        service: (request.url ?? '').slice(1),
        args: JSON.parse(Buffer.concat(chunks).toString()) as Record<string, string>,
        key: String(request.headers['idempotency-key']),
        token: String(request.headers.authorization),
      });
      if (reply === 'silent') return;
      if (reply === 'nonsense') response.end('<html>');
      else if (reply === 'endless') response.end('{"opens":1e999,"days":5}');
      else if ('because' in reply) response.writeHead(409).end(JSON.stringify({ because: reply.because }));
      else response.end(JSON.stringify(reply.values));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  scope.defer(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `url: 'http://127.0.0.1:${(server.address() as AddressInfo).port}'`;
}

async function grpcServer(scope: Scope, answer: Answer): Promise<string> {
  const server = new Server();
  type Call = ServerUnaryCall<{ service: string; arguments: Record<string, string> }, unknown>;
  server.addService(declaredServices(), {
    Call(call: Call, reply: sendUnaryData<unknown>) {
      const [key, token] = ['idempotency-key', 'authorization'].map((name) => String(call.metadata.get(name)[0]));
      const { service, arguments: args } = call.request;
      const found = answer({ service, args: { ...args }, key: key ?? '', token: token ?? '' });
      if (found === 'silent') return;
      if (found === 'nonsense' || found === 'endless') reply(null, { values: {} });
      else if ('because' in found) reply({ code: status.FAILED_PRECONDITION, details: found.because });
      else
        reply(null, {
          values: Object.fromEntries(Object.entries(found.values).map(([name, value]) => [name, String(value)])),
        });
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  scope.defer(() => server.forceShutdown());
  return `grpc: '127.0.0.1:${port}'`;
}

const SERVICES = `
services:
  branch-hours: { server: bank, arguments: { town: needed }, results: [opens, days], refusals: [no-branch] }
  standing-order:
    server: bank
    arguments: { contact: needed, session: needed, from: needed, to: needed, amount: needed, currency: needed }
    results: [reference]
    refusals: [not-enough-money]
    effect: money
    needs: [session, second-factor]
  voice-print: { server: bank, arguments: { contact: needed, code: secret }, results: [session, customer-number], gives: [session] }
`;

async function fileOf(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-services-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'token'), 'own-token\n');
  await writeFile(join(folder, 'services.yaml'), text);
  return join(folder, 'services.yaml');
}

async function open(
  scope: Scope,
  serve: (scope: Scope, answer: Answer) => Promise<string>,
  answer: Answer,
  timeoutMs = 2_500,
) {
  const asked: Asked[] = [];
  const address = await serve(scope, (one) => {
    asked.push(one);
    return answer(one);
  });
  const file = await fileOf(
    `servers: { bank: { ${address}, token_file: token, timeout_ms: ${timeoutMs}, retries: 1 } }${SERVICES}`,
  );
  const own = await openOwnServices(file, { ...DEFAULT_BANK_POLICY, pause: ms(1) }, scope, systemClock);
  const codes: string[] = [];
  const bank = scope.use(
    openTrialBank(systemClock, { send: (_, code) => Promise.resolve(void codes.push(code.reveal())) }, own.services),
  );
  return { bank, asked, codes, file };
}
const ask = (bank: BankServices, service: string, args: Readonly<Record<string, string | Secret>>) =>
  bank.call(service, args, never);

describe.each([
  ['HTTP', httpServer],
  ['gRPC', grpcServer],
] as const)('a declared service over %s', (_, serve) => {
  test('is asked with its arguments and answers, or refuses, as declared', async () => {
    await using scope = opened();
    const { bank, asked } = await open(scope, serve, ({ args }) =>
      args['town'] === 'Leeds' ? { values: { opens: '9:00', days: 5 } } : { because: 'no-branch' },
    );
    const found = await ask(bank, 'branch-hours', { town: 'Leeds' });
    expect(found.outcome === 'done' && String(found.values['days'])).toBe('5');
    expect(found).toMatchObject({ outcome: 'done', values: { opens: '9:00' } });
    expect(await ask(bank, 'branch-hours', { town: 'Ur' })).toEqual({ outcome: 'refused', because: 'no-branch' });
    expect(asked[0]).toMatchObject({ service: 'branch-hours', args: { town: 'Leeds' }, token: 'Bearer own-token' });
  });

  test('that answers nonsense, refuses for a whim, or says nothing is not believed, and says nothing of what it was told', async () => {
    const answers: Reply[] = ['nonsense', 'endless', { because: 'a-whim' }, 'silent', 'silent'];
    await using scope = opened();
    const { bank, asked } = await open(scope, serve, () => answers.shift() ?? 'silent', 200);
    for (const code of [...Array<string>(3).fill('BANK_ANSWER_INVALID'), 'BANK_UNREACHABLE']) {
      const failure: unknown = await ask(bank, 'branch-hours', { town: 'Leeds' }).catch((e: unknown) => e);
      expect(failure).toMatchObject({ code });
      expect(String(failure)).not.toMatch(/Leeds|whim/);
    }
    // reads are tried twice, by the same key
    expect(asked).toHaveLength(5);
    expect(asked[4]?.key).toBe(asked[3]?.key);
  });

  test('that moves money does it for a verified caller who approved this order, once', async () => {
    await using scope = opened();
    const { bank, asked, codes } = await open(scope, serve, ({ service }) =>
      service === 'voice-print'
        ? { values: { session: 'own-session', 'customer-number': 'C1001' } }
        : { values: { reference: 'SO-7' } },
    );
    const order = { contact: 'call 1', from: '12345678', to: '87654321', amount: '50', currency: 'USD' };
    expect(await ask(bank, 'standing-order', { ...order, session: 'made-up' })).toMatchObject({
      because: 'not-verified',
    });
    const print = await ask(bank, 'voice-print', { contact: 'call 1', code: new Secret('4711') });
    expect(print).toMatchObject({ values: { session: 'own-session' } });
    const own = { ...order, session: 'own-session' };
    expect(await ask(bank, 'standing-order', own)).toMatchObject({ because: 'not-approved' });
    await ask(bank, 'send-code', own);
    expect(await ask(bank, 'check-code', { ...own, code: new Secret(codes[0] ?? '') })).toMatchObject({
      outcome: 'done',
    });
    expect(await ask(bank, 'standing-order', { ...own, amount: '60' })).toMatchObject({ because: 'not-approved' });
    expect(await ask(bank, 'standing-order', own)).toEqual({ outcome: 'done', values: { reference: 'SO-7' } });
    expect(await ask(bank, 'standing-order', own)).toMatchObject({ because: 'made-already' });
    // another service may move the same amount the same way, once that is approved
    expect(await ask(bank, 'transfer', own)).toMatchObject({ because: 'not-approved' });
    expect(asked.map(({ service }) => service)).toEqual(['voice-print', 'standing-order']);
    expect(asked[0]?.args['code']).toBe('4711');
  });
});

const PLAN = `${PLAN_HEAD}start: ask
states:
  ask: { kind: menu, say: Hours?, options: { hours: { to: hours, keys: '1', phrases: [hours] }, order: { to: order, keys: '2', phrases: [order] } } }
  hours: { kind: look-up, service: branch-hours, args: { town: caller }, saves: [opens], done: told, refused: { no-branch: { to: ask } }, failed: ask }
  told: { kind: say, say: 'We open at {{opens}}.', next: ask }
  order: { kind: look-up, service: branch-hours, args: { town: caller }, done: ask, failed: ask }
  person: { kind: transfer, because: asked, completed: bye, no-answer: ask }
  bye: { kind: end, say: Goodbye. }
`;

test('the check knows what is declared: arguments, results, refusals, and what moves money', async () => {
  const file = await fileOf(`servers: { bank: { url: 'https://bank.example', token_file: token } }${SERVICES}`);
  const services = await knownServices({ bank: { services_file: file } });
  const problems = (from: string, to: string): string => {
    expect(PLAN).toContain(from);
    try {
      openDialogue('bank.yaml', PLAN.replace(from, to), smallGrammars, services);
      return '';
    } catch (thrown) {
      return String(thrown);
    }
  };
  expect(problems('town: caller', 'town: caller')).toBe('');
  expect(problems('town: caller', 'place: caller')).toContain("expected an argument of 'branch-hours' (town)");
  expect(problems('saves: [opens]', 'saves: [opens, shuts]')).toContain('expected a value of');
  expect(problems('no-branch: {', 'no-town: {')).toContain("expected a refusal of 'branch-hours' (no-branch)");
  expect(
    problems(
      'service: branch-hours, args: { town: caller }, done: ask',
      'service: verify-identity, args: { contact: contact }, saves: [session], done: ask',
    ),
  ).toContain("expected 'session' of 'verify-identity' in keeps");
  const order = 'contact: contact, session: caller, from: caller, to: caller, amount: caller, currency: caller';
  expect(
    problems(
      'order: { kind: look-up, service: branch-hours, args: { town: caller }',
      `order: { kind: look-up, service: standing-order, args: { ${order} }`,
    ),
  ).toContain("expected a verified identity and a second factor on every way to 'standing-order' (it moves money)");
});

test('a file that contradicts itself is refused, with every place', async () => {
  const file = await fileOf(`servers:
  a: { url: 'http://core.bank.example', token_file: token }
  b: { token_file: token }
  c: { grpc: nowhere, token_file: token, key: x.pem }
services:
  transfer: { server: a }
  lost: { server: z }
  pay: { server: a, effect: money, arguments: { session: needed, from: optional } }
  know: { server: a, gives: [session], results: [session] }
`);
  const failure: unknown = await knownServices({ bank: { services_file: file } }).catch((e: unknown) => e);
  const told = (failure as Error).message.replaceAll(/\/\S+\/services\.yaml, /g, '').split('\n');
  expect(told).toEqual([
    'line 2: servers.a.url expects https:// (plain HTTP is for the loopback alone)',
    'line 3: servers.b expects url or grpc, one of them',
    'line 4: servers.c.grpc expects host:port, such as core.bank.example:443',
    'line 4: servers.c expects certificate and key, or neither',
    'line 6: services.transfer is the name of a service that every server has',
    'line 7: services.lost.server names a server that there is not: z',
    'line 8: services.pay.arguments expects contact, from, to, amount, currency (needed): an order is approved, and that one is carried out',
    'line 9: services.know.results expects customer-number: it gives a session, and says whose',
  ]);
});
