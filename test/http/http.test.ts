import { wallMs } from '../../src/domain/units.ts';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CallEvent } from '../../src/domain/call-event.ts';
import { newContactId, type TurnId } from '../../src/domain/ids.ts';
import { type HttpOptions, openHttp, type Web } from '../../src/http/open-http.ts';
import { callRoutes } from '../../src/http/routes/calls.ts';
import { eventRoutes } from '../../src/http/routes/events.ts';
import { mediaServerRoutes } from '../../src/http/routes/media-servers.ts';
import type { CallHistory, CallQuery, MediaServerList, StatusSources } from '../../src/http/sources.ts';
import { basicPassword, bearerOf, bearerToken } from '../../src/http/token.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { isSameSecret } from '../../src/lib/same-secret.ts';

const TOKEN = 'a-token-for-the-tests-only';
const contact = newContactId(1_700_000_000_000);
const event = (seq: number): CallEvent => ({
  v: 1,
  contact,
  seq,
  at: wallMs(1),
  t_ms: 1,
  type: 'recognized',
  turn: `${contact}.1` as TurnId,
  outcome: 'match',
  text: 'my account is one two 34',
  confidence: 0.9,
  decode_ms: 1,
  queue_ms: 0,
  speculative: false,
});
const call = {
  contact,
  live: true,
  offered_at: 1,
  answered_at: 2,
  ended_at: null,
  from: '***34',
  to: 'bank',
  because: null,
  duration_ms: null,
  recording: null,
  dialplan: 'bank-hotline@1',
};

const options: HttpOptions = {
  host: '127.0.0.1',
  port: 0,
  token: TOKEN,
  version: '0.0.0',
  openDocs: false,
  trusted: ['127.0.0.1'],
  proxies: [],
  connectionsPerAddress: 8,
  routes: [],
};
let server: Web;
let listeners: Set<(event: CallEvent) => void>;
let queries: CallQuery[];
let ready: boolean;
let draining: boolean;

beforeEach(async () => {
  listeners = new Set();
  queries = [];
  ready = true;
  draining = false;
  const status: StatusSources = {
    health: async () => ({ ok: true, checks: { storage: 'ok' } }),
    readiness: async () => ({ ok: ready, checks: { line: ready ? 'ok' : 'draining' } }),
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'tellerline_calls_offered_total 3\n' }),
  };
  const calls: CallHistory = {
    list: async (query) => {
      queries.push(query);
      return [call];
    },
    find: async (id) => (id === contact ? { call, events: [event(1)] } : undefined),
  };
  const mediaServers: MediaServerList = {
    list: () => [{ host: '10.0.0.7:8021', state: 'up', legs: 3, weight: 2, draining }],
    drain(host, wanted) {
      if (host !== '10.0.0.7:8021') return false;
      draining = wanted;
      return true;
    },
  };
  const live = eventRoutes((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  });
  const routes = [callRoutes(calls), live, mediaServerRoutes(mediaServers)];
  server = await openHttp({ ...options, routes }, status, silentLogger);
});
afterEach(() => server.close());

const get = (path: string, token: string | undefined = TOKEN, init: RequestInit = {}): Promise<Response> =>
  fetch(`${server.address}${path}`, {
    ...init,
    headers: { connection: 'close', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
  });

test('probes are open; readiness says why not', async () => {
  expect((await fetch(`${server.address}/healthz`, { headers: { connection: 'close' } })).status).toBe(200);
  ready = false;
  const reply = await fetch(`${server.address}/readyz`, { headers: { connection: 'close' } });
  expect(reply.status).toBe(503);
  expect(await reply.json()).toEqual({ ok: false, checks: { line: 'draining' } });
});

test.each(['/metrics', '/api/calls', `/api/calls/${contact}`, '/api/events', '/api/media-servers', '/nothing'])(
  '%s wants the token',
  async (path) => {
    for (const token of [undefined, 'wrong', `${TOKEN}x`, '']) {
      const reply = await fetch(`${server.address}${path}`, {
        headers: { connection: 'close', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      });
      expect(reply.status).toBe(401);
      expect(reply.headers.get('www-authenticate')).toBe('Bearer');
      expect(JSON.stringify(await reply.json())).not.toContain(TOKEN);
    }
  },
);

test('metrics, calls and one call, personal data masked', async () => {
  expect(await (await get('/metrics')).text()).toContain('tellerline_calls_offered_total 3');
  expect(await (await get('/api/calls?live=true&limit=5')).json()).toEqual({
    calls: [{ ...call, dialplan: undefined }],
  });
  expect(queries).toEqual([{ live: true, limit: 5 }]);
  const detail = (await (await get(`/api/calls/${contact}`)).json()) as { events: CallEvent[] };
  expect(detail.events[0]).toMatchObject({ type: 'recognized', text: 'my account is # # ##' });
});

test.each(['/api/calls?limit=0', '/api/calls?limit=x', '/api/calls?nonsense=1', '/api/calls?since=-1'])(
  '%s is refused with a reason',
  async (path) => {
    const reply = await get(path);
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({
      error: 'USAGE',
      message: expect.stringMatching(/limit|since|querystring/),
    });
  },
);

test('unknown calls and paths are 404', async () => {
  for (const path of ['/api/calls/none', `/api/calls/${newContactId(1)}`, '/nowhere'])
    expect((await get(path)).status).toBe(404);
});

test('live events stream as they happen, masked, and the subscription ends with the reader', async () => {
  const stop = new AbortController();
  const reply = await get('/api/events', TOKEN, { signal: stop.signal });
  expect(reply.headers.get('content-type')).toBe('text/event-stream');
  const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = (await reader.read()).value ?? '';
  for (const listener of listeners) listener(event(7));
  while (!text.includes('data:')) text += (await reader.read()).value ?? '';
  expect(text).toContain(`id: ${contact}.7\nevent: recognized\n`);
  expect(text).toContain('my account is # # ##');
  expect(text).not.toMatch(/"text":"[^"]*[0-9]/);
  stop.abort();
  await reader.closed.catch(() => undefined);
  await expect.poll(() => listeners.size).toBe(0);
});

test('a reader that is gone before it is served leaves nothing behind', async () => {
  const app = fastify({ forceCloseConnections: true });
  app.addHook('preHandler', async ({ raw }) => {
    raw.socket.destroy();
    await once(raw, 'close');
  });
  let subscriptions = 0;
  await app.register(
    eventRoutes(() => {
      subscriptions += 1;
      return () => undefined;
    }),
  );
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  try {
    await expect(fetch(`${address}/api/events`)).rejects.toThrow();
    await expect(fetch(`${address}/api/events`)).rejects.toThrow();
  } finally {
    await app.close();
  }
  expect(subscriptions).toBe(0);
});

test('no answer is for caches, frames or guesses; the API page runs nothing but its own scripts', async () => {
  for (const path of ['/healthz', '/api/calls', '/nothing', '/docs/static/index.html']) {
    const { headers } = await get(path);
    expect(headers.get('x-content-type-options'), path).toBe('nosniff');
    expect(headers.get('x-frame-options'), path).toBe('DENY');
    expect(headers.get('access-control-allow-origin'), path).toBe(null);
  }
  expect((await get('/api/calls')).headers.get('cache-control')).toBe('no-store');
  expect((await get('/docs/static/index.html')).headers.get('content-security-policy')).toContain("default-src 'self'");
});

test('the API describes itself', async () => {
  const reply = await get('/docs/json');
  const { paths } = (await reply.json()) as { paths: Record<string, unknown> };
  expect(Object.keys(paths).toSorted()).toEqual([
    '/api/calls',
    '/api/calls/{contact}',
    '/api/events',
    '/api/media-servers',
    '/api/media-servers/{host}',
    '/healthz',
    '/metrics',
    '/readyz',
  ]);
  const asked = await fetch(`${server.address}/docs`, { headers: { connection: 'close' } });
  expect([asked.status, asked.headers.get('www-authenticate')]).toEqual([401, expect.stringMatching(/^Basic realm=/)]);
  const password = Buffer.from(`me:${TOKEN}`).toString('base64');
  const basic = { connection: 'close', authorization: `Basic ${password}` };
  expect((await fetch(`${server.address}/docs`, { headers: basic })).status).toBe(200);
  // what a browser adds by itself opens the description alone
  expect((await fetch(`${server.address}/api/calls`, { headers: basic })).status).toBe(401);
});

test('a port in use is said with what to do', async () => {
  const port = Number(new URL(server.address).port);
  const second = openHttp({ ...options, port }, {} as StatusSources, silentLogger);
  await expect(second).rejects.toMatchObject({ code: 'PORT_IN_USE', message: expect.stringContaining('http.port') });
});

test('the token is made once, readable by its owner alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-'));
  try {
    const file = join(folder, 'deep', 'token');
    const token = await bearerToken(file);
    expect(token.length).toBeGreaterThanOrEqual(43);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await bearerToken(file)).toBe(token);
    expect((await readFile(file, 'utf8')).trim()).toBe(token);
    expect(bearerOf(`Bearer ${token}`)).toBe(token);
    expect(bearerOf(token)).toBeUndefined();
    expect([token, `${token}x`, ''].map((given) => isSameSecret(given, token))).toEqual([true, false, false]);
    expect(basicPassword(`Basic ${Buffer.from(`any:body:${token}`).toString('base64')}`)).toBe(`body:${token}`);
    expect(basicPassword('Basic !!')).toBeUndefined();
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('who opens the bare address in a browser is led to the API page', async () => {
  const reply = await fetch(`${server.address}/`, { redirect: 'manual', headers: { connection: 'close' } });
  expect([reply.status, reply.headers.get('location')]).toEqual([302, '/docs']);
});

test('media servers are listed, and drained one by one', async () => {
  const listed = { host: '10.0.0.7:8021', state: 'up', legs: 3, weight: 2, draining: false };
  expect(await (await get('/api/media-servers')).json()).toEqual({ servers: [listed] });
  const put = (host: string, body: unknown): Promise<Response> =>
    fetch(`${server.address}/api/media-servers/${host}`, {
      method: 'PUT',
      headers: { connection: 'close', authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  expect(await (await put('10.0.0.7:8021', { draining: true })).json()).toEqual({
    servers: [{ ...listed, draining: true }],
  });
  expect((await put('10.0.0.9:8021', { draining: true })).status).toBe(404);
  expect((await put('10.0.0.7:8021', { draining: 'perhaps' })).status).toBe(400);
});
