import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { pino } from 'pino';
import { afterEach, describe, expect, test } from 'vitest';
import { IvrError } from '../../src/domain/error.ts';
import { Secret } from '../../src/domain/secret.ts';
import { ms, wallMs } from '../../src/domain/units.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { openAppApprovals } from '../../src/second-factor/app-approval.ts';
import { consoleSender } from '../../src/second-factor/console-sender.ts';
import { makeCode } from '../../src/second-factor/make-code.ts';
import { type SecondFactorEvent, type SecondFactorState, step } from '../../src/second-factor/second-factor-machine.ts';
import { isSigned, signature } from '../../src/lib/signed-request.ts';
import { smsSender } from '../../src/second-factor/sms-gateway.ts';
import { TRANSFER } from './support/transfer.ts';

const SECRET = 'shared-secret';
const never = new AbortController().signal;

interface Peer {
  readonly url: string;
  readonly requests: { readonly body: string; readonly signature: string; readonly authorization: string }[];
}
const servers: Server[] = [];
/** A gateway that answers with a status, or never (0). */
async function gateway(status: number): Promise<Peer> {
  const requests: Peer['requests'] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { authorization = '', 'x-signature': signed = '' } = request.headers;
      requests.push({ body, signature: String(signed), authorization });
      if (status !== 0) response.writeHead(status).end();
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, requests };
}
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});
const sms = (urls: readonly string[], timeout = 5000) =>
  smsSender(
    {
      gateways: urls.map((url) => ({ url, token: 'token', secret: SECRET })),
      timeout: ms(timeout),
      text: (code, { amount, payee }) => `${code} approves ${amount} to ${payee}`,
    },
    systemClock,
  );

describe('SMS', () => {
  test('is sent once, signed and authorised, and says amount and masked payee', async () => {
    const peer = await gateway(202);
    await sms([peer.url]).send('+442079460001', new Secret('482916'), TRANSFER, never);
    expect(peer.requests).toHaveLength(1);
    const [request] = peer.requests;
    expect(JSON.parse(request?.body ?? '')).toEqual({
      to: '+442079460001',
      text: '482916 approves 120.50 USD to ****0060',
    });
    expect(request?.authorization).toBe('Bearer token');
    expect(isSigned(request?.body ?? '', request?.signature ?? '', SECRET, systemClock.wall())).toBe(true);
  });

  test('goes over the next gateway when one fails or does not answer in time', async () => {
    const [deaf, failing, good] = [await gateway(0), await gateway(500), await gateway(200)];
    await sms([deaf.url, failing.url, good.url], 2000).send('+1', new Secret('482916'), TRANSFER, never);
    expect([failing, good].map(({ requests }) => requests.length)).toEqual([1, 1]);
  });

  test('that nobody takes fails, and the error tells neither code nor number', async () => {
    const failing = await gateway(500);
    const failure: unknown = await sms([failing.url, 'http://127.0.0.1:1/'])
      .send('+442079460001', new Secret('482916'), TRANSFER, never)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(IvrError);
    expect(failure).toMatchObject({ code: 'CODE_NOT_SENT' });
    expect(JSON.stringify([String(failure), failure, (failure as IvrError).facts])).not.toMatch(/482916|2079460001/);
  });
});

test('a caller who hangs up while the last gateway is asked: the sending was cancelled, not refused', async () => {
  const deaf = await gateway(0);
  const caller = new AbortController();
  const sending = sms([deaf.url], 20_000).send('+1', new Secret('482916'), TRANSFER, caller.signal);
  await expect.poll(() => deaf.requests.length, { timeout: 20_000 }).toBe(1);
  caller.abort();
  await expect(sending).rejects.toMatchObject({ code: 'CANCELLED' });
});

test('no code and no approval goes to another machine without TLS', () => {
  const url = 'http://gateway.example/';
  const invalid = expect.objectContaining({ code: 'CONFIG_INVALID' });
  expect(() => sms([url])).toThrow(invalid);
  expect(() => openAppApprovals({ url, token: 't', secret: SECRET, timeout: ms(1) }, systemClock)).toThrow(invalid);
});

test('a code of the console is seen on a terminal, and nowhere else', async () => {
  const lines: string[] = [];
  await consoleSender((line) => lines.push(line)).send('+1', new Secret('482916'), TRANSFER, never);
  expect(lines).toEqual(['[SMS] 482916 approves a transfer of 120.50 USD to ****0060']);
  await expect(consoleSender(undefined).send('+1', new Secret('482916'), TRANSFER, never)).rejects.toMatchObject({
    code: 'CODE_NOT_SENT',
  });
});

describe('approval in the app', () => {
  test('is pushed, and answered once by a signed webhook', async () => {
    const peer = await gateway(202);
    const approvals = openAppApprovals({ url: peer.url, token: 't', secret: SECRET, timeout: ms(5000) }, systemClock);
    const answers: boolean[] = [];
    const approval = approvals.expect((approved) => answers.push(approved), ms(60_000));
    await approvals.push(approval, 'c-1', TRANSFER, never);
    expect(peer.requests[0]?.body).not.toContain('40050060');
    const body = JSON.stringify({ approval, approved: true });
    const now = systemClock.wall();
    expect(approvals.answered(body, signature(body, 'another', now))).toBe(401);
    expect(approvals.answered(body, signature(body, SECRET, wallMs(now - 600_000)))).toBe(401);
    expect(approvals.answered('{"approval":1}', signature('{"approval":1}', SECRET, now))).toBe(400);
    expect(answers).toEqual([]);
    expect(approvals.answered(body, signature(body, SECRET, now))).toBe(204);
    expect(approvals.answered(body, signature(body, SECRET, now))).toBe(404);
    expect(answers).toEqual([true]);
    expect(approvals.waiting).toBe(0);
  });

  test('a push service that fails approves nothing', async () => {
    const peer = await gateway(503);
    const approvals = openAppApprovals({ url: peer.url, token: 't', secret: SECRET, timeout: ms(5000) }, systemClock);
    await expect(approvals.push('a-1', 'c-1', TRANSFER, never)).rejects.toMatchObject({ code: 'CODE_NOT_SENT' });
  });
});

test('codes have six digits, each from 0 to 9', () => {
  const codes = Array.from({ length: 2000 }, () => makeCode(6).reveal());
  expect(codes.every((code) => /^\d{6}$/.test(code))).toBe(true);
  for (let place = 0; place < 6; place++) expect(new Set(codes.map((code) => code[place])).size).toBe(10);
});

test('whoever logs all that happens, state, events, effects and errors, writes no code to the disk', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tellerline-codes-'));
  const file = join(folder, 'log');
  try {
    const log = pino({ level: 'trace' }, pino.destination({ dest: file, sync: true }));
    const failing = await gateway(500);
    const code = makeCode(6);
    let state: SecondFactorState = { at: 'idle' };
    const events: SecondFactorEvent[] = [
      { type: 'approval-requested', operation: TRANSFER, by: 'code', now: ms(0) },
      { type: 'code-made', code, now: ms(0) },
      { type: 'message-sent' },
      { type: 'code-keyed', code, operation: { ...TRANSFER, amount: 1 }, now: ms(1) },
    ];
    for (const event of events) {
      const [next, ...effects] = step(state, event);
      log.info({ state, event, effects, next }, `${String(code)} ${inspect({ event, effects }, { depth: null })}`);
      state = next;
    }
    await sms([failing.url])
      .send('+442079460001', code, TRANSFER, never)
      .catch((err: unknown) => log.error({ err, code }));
    const written = readFileSync(file, 'utf8');
    expect(written.split('\n').length).toBeGreaterThan(5);
    expect(written).toContain('CODE_NOT_SENT');
    expect(written).not.toContain(code.reveal());
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('nothing of the second factor can write a file, a log or a metric', () => {
  const source = join(import.meta.dirname, '../../src/second-factor');
  const files = readdirSync(source);
  expect(files.length).toBeGreaterThan(5);
  for (const name of files)
    expect(readFileSync(join(source, name), 'utf8'), name).not.toMatch(
      /from '(?:node:fs|.*(?:logger|metrics|journal|storage))/,
    );
});
