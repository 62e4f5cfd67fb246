import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type HttpOptions, openHttp, type Web } from '../../src/http/open-http.ts';
import { openProbes } from '../../src/http/open-probes.ts';
import { callRoutes } from '../../src/http/routes/calls.ts';
import type { StatusSources } from '../../src/http/sources.ts';
import { silentLogger } from '../../src/lib/logger.ts';

/* Attacks on the web port as strangers make them, from several addresses of the loopback. 127.0.0.1 is trusted here, the others are not. */

const TOKEN = 'a-token-for-the-tests-only';
const HOLDER = '127.0.0.9';
const status: StatusSources = {
  health: async () => ({ ok: true, checks: { journal: 'ok' } }),
  readiness: async () => ({ ok: true, checks: { line: 'ok' } }),
  metrics: async () => ({ contentType: 'text/plain', text: 'ok\n' }),
};
const routes = [callRoutes({ list: async () => [], find: async () => undefined })];
const defaults: HttpOptions = {
  host: '127.0.0.1',
  port: 0,
  token: TOKEN,
  version: '0.0.0',
  openDocs: true,
  trusted: ['127.0.0.1'],
  proxies: [],
  connectionsPerAddress: 32,
  routes,
};

let web: Web;
const sockets = new Set<Socket>();
const open = async (options: Partial<HttpOptions> = {}): Promise<void> => {
  web = await openHttp({ ...defaults, ...options }, status, silentLogger);
};
// the windows of the limits do not roll over in the middle of a test, however slow the machine is
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(async () => {
  vi.useRealTimers();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await web.close();
});

interface Ask {
  readonly from?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly agent?: Agent;
}

/** The status, and 0 when the connection was closed without an answer. */
const ask = (path: string, { from = '127.0.0.1', token, headers = {}, agent }: Ask = {}): Promise<number> =>
  new Promise((resolve) => {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const sent = request(
      `${web.address}${path}`,
      { localAddress: from, agent: agent ?? false, headers: { ...authorization, ...headers } },
      (reply) => {
        reply.resume();
        reply.once('close', () => resolve(reply.statusCode ?? 0));
      },
    );
    sent.once('error', () => resolve(0));
    sent.end();
  });

const many = async (count: number, one: () => Promise<number>): Promise<Map<number, number>> => {
  const seen = new Map<number, number>();
  for (let i = 0; i < count; i += 20)
    for (const got of await Promise.all(Array.from({ length: Math.min(20, count - i) }, one)))
      seen.set(got, (seen.get(got) ?? 0) + 1);
  return seen;
};

/** Opens a connection from the address and says so much. */
const idle = async (from: string, says = ''): Promise<Socket> => {
  const { port, hostname } = new URL(web.address);
  const socket = connect({ host: hostname, port: Number(port), localAddress: from });
  sockets.add(socket);
  socket.on('error', () => undefined);
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
  if (says !== '') socket.write(says);
  return socket;
};

const served = async (): Promise<void> => {
  expect(await ask('/healthz', { from: '127.0.0.8' })).toBe(200);
  expect(await ask('/readyz')).toBe(200);
  expect(await ask('/api/calls', { from: HOLDER, token: TOKEN })).toBe(200);
};

test('thousands of requests to an open page: answered to a limit, then 429, then not at all; probes and the holder of the token go on', async () => {
  await open();
  const seen = await many(2_000, () => ask('/docs/json', { from: '127.0.0.2' }));
  expect(seen.get(200)).toBe(100);
  expect(seen.get(429)).toBeGreaterThanOrEqual(90);
  expect((seen.get(200) ?? 0) + (seen.get(429) ?? 0) + (seen.get(0) ?? 0)).toBe(2_000);
  expect(seen.get(500)).toBeUndefined();
  // banned for the rest of the window: not even a connection
  expect(await ask('/healthz', { from: '127.0.0.2' })).toBe(0);
  await served();
  expect(web.counts().requestsLimited).toBeGreaterThan(90);
});

test('wrong tokens are limited before they are looked at; the right one among them is no way round', async () => {
  await open();
  const seen = await many(60, () => ask('/api/calls', { from: '127.0.0.3', token: 'wrong-token-of-some-length' }));
  expect(seen).toEqual(
    new Map([
      [401, 20],
      [429, 40],
    ]),
  );
  expect(await ask('/api/calls', { from: '127.0.0.3', token: TOKEN })).toBe(429);
  await served();
});

test('who has shown the token at an address goes on there, whatever others at that address do', async () => {
  await open();
  expect(await ask('/api/calls', { from: '127.0.0.4', token: TOKEN })).toBe(200);
  const seen = await many(150, () => ask('/api/calls', { from: '127.0.0.4', token: 'wrong' }));
  expect(seen.get(200)).toBeUndefined();
  expect(seen.get(429)).toBeGreaterThan(100);
  expect(await ask('/api/calls', { from: '127.0.0.4', token: TOKEN })).toBe(200);
  // at a trusted address from the beginning
  await many(150, () => ask('/api/calls', { token: 'wrong' }));
  expect(await ask('/api/calls', { token: TOKEN })).toBe(200);
});

test('the holder of the token has a limit too, and it is the token’s wherever it is used', async () => {
  await open();
  const agent = new Agent({ keepAlive: true, maxSockets: 20 });
  const seen = await many(1_050, () => ask('/api/calls', { token: TOKEN, agent }));
  agent.destroy();
  expect(seen).toEqual(
    new Map([
      [200, 1_000],
      [429, 50],
    ]),
  );
  await ask('/api/calls', { from: HOLDER, token: TOKEN });
  expect(await ask('/api/calls', { from: HOLDER, token: TOKEN })).toBe(429);
  expect(await ask('/healthz')).toBe(200);
});

test('a flood of probes leaves the probes of others alone', async () => {
  await open();
  const seen = await many(1_000, () => ask('/healthz', { from: '127.0.0.5' }));
  expect(seen.get(200)).toBe(100);
  expect(seen.get(429)).toBeGreaterThan(0);
  expect(await many(1_000, () => ask('/healthz'))).toEqual(new Map([[200, 1_000]]));
  await served();
});

test('640 idle connections from twenty addresses, and from one: probes and the holder get theirs', async () => {
  await open();
  const one = await Promise.all(Array.from({ length: 64 }, () => idle('127.0.1.1')));
  await expect.poll(() => one.filter((socket) => socket.closed).length).toBe(32);
  await Promise.all(Array.from({ length: 640 }, (_, i) => idle(`127.0.2.${1 + (i % 20)}`)));
  await expect.poll(() => web.counts().connections).toBeLessThanOrEqual(384);
  await served();
  expect(web.counts().connectionsRefused).toBeGreaterThan(256);
});

test('a request under way is not closed to make room', async () => {
  let answer = (): void => undefined;
  const asked = new Promise<void>((resolve) => {
    answer = resolve;
  });
  let began = (): void => undefined;
  const begun = new Promise<void>((resolve) => {
    began = resolve;
  });
  await open({
    routes: [
      async (app) => {
        app.get('/slow', async () => {
          began();
          await asked;
          return {};
        });
      },
    ],
  });
  const slow = ask('/slow', { from: HOLDER, token: TOKEN });
  await begun;
  await Promise.all(Array.from({ length: 600 }, (_, i) => idle(`127.0.3.${1 + (i % 200)}`)));
  answer();
  expect(await slow).toBe(200);
});

test('headers that come slowly, or not at all, are given up within seconds', async () => {
  await open();
  const began = performance.now();
  const slow = await idle('127.0.0.6', 'GET /docs HTTP/1.1\r\nHost: x\r\n');
  const silent = await idle('127.0.0.7');
  const drip = setInterval(() => slow.write('X-Slow: 1\r\n'), 500);
  slow.resume();
  silent.resume();
  try {
    await Promise.all([once(slow, 'close'), once(silent, 'close')]);
  } finally {
    clearInterval(drip);
  }
  expect(performance.now() - began).toBeLessThan(9_000);
});

test('headers that are too long are refused', async () => {
  await open();
  expect(await ask('/docs', { headers: { 'x-long': 'x'.repeat(10_000) } })).toBe(431);
});

test('behind a proxy the client’s own address counts, never the proxy’s', async () => {
  await open({ proxies: ['127.0.0.1'], trusted: [] });
  const via = (client: string, path: string, token?: string): Promise<number> =>
    ask(path, { headers: { 'x-forwarded-for': client }, ...(token === undefined ? {} : { token }) });
  const seen = await many(400, () => via('198.51.100.7', '/docs/json'));
  expect(seen).toEqual(
    new Map([
      [200, 100],
      [429, 300],
    ]),
  );
  expect(await via('198.51.100.8', '/docs/json')).toBe(200);
  expect(await via('198.51.100.8', '/api/calls', TOKEN)).toBe(200);
  // what the client itself claims to be forwarded for is not believed
  expect(await via('203.0.113.5, 198.51.100.7', '/docs/json')).toBe(429);
  // the proxy's own health checks have no client
  expect(await many(300, () => ask('/healthz'))).toEqual(new Map([[200, 300]]));
});

test('without a configured proxy nobody’s X-Forwarded-For is believed', async () => {
  await open();
  let client = 0;
  const spoof = (): Promise<number> =>
    ask('/docs/json', { from: '127.0.0.2', headers: { 'x-forwarded-for': `198.51.100.${client++ % 200}` } });
  expect((await many(300, spoof)).get(200)).toBe(100);
});

test('probes on a port of their own do not notice what happens at the web port', async () => {
  await open({ connectionsPerAddress: 384 });
  const options = { host: '127.0.0.1', port: 0, trusted: ['127.0.0.1'], connectionsPerAddress: 4 };
  await using probes = await openProbes(options, status, silentLogger);
  await Promise.all(Array.from({ length: 600 }, (_, i) => idle(`127.0.4.${1 + (i % 200)}`)));
  const close = { headers: { connection: 'close' } };
  expect((await fetch(`${probes.address}/healthz`, close)).status).toBe(200);
  expect((await fetch(`${probes.address}/readyz`, close)).status).toBe(200);
  expect((await fetch(`${probes.address}/metrics`, close)).status).toBe(404);
});
