import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { CSV_HEAD, csvLine } from '../../src/http/routes/archive/csv.ts';
import { TOKEN } from '../support/console.ts';
import { recordingRow } from '../support/memory-recordings.ts';
import { NEXT_PASSWORD } from '../support/staff.ts';
import { bank, CARDS, grantOf, people, useBank, WHY } from './console-bank.ts';

useBank();

const bare = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${bank.web.address}${path}`, { ...init, headers: { connection: 'close', ...(init.headers as object) } });

describe('signing in', () => {
  test('over HTTP: password, code, session; the cookie is nobody else’s; signing out ends it', async () => {
    bank.clock.advance(60_000);
    const post = (path: string, body: object, cookie = ''): Promise<Response> =>
      bare(path, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json', 'x-tellerline-console': '1', cookie },
      });
    const first = await post('/api/staff/sign-in', { name: 'legal', password: NEXT_PASSWORD });
    expect(await first.json()).toEqual({ step: 'second-factor' });
    const set = first.headers.get('set-cookie') ?? '';
    expect(set).toMatch(/^tellerline-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    const half = set.split(';')[0] ?? '';
    expect((await bare('/api/archive/holds', { headers: { cookie: half } })).status).toBe(401);
    const second = await post('/api/staff/second-factor', { code: bank.code(people.legal) }, half);
    const cookie = (second.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    expect(await second.json()).toEqual({ step: 'full' });
    expect(await (await bare('/api/staff/session', { headers: { cookie } })).json()).toMatchObject({
      name: 'legal',
      roles: ['legal'],
      archive: true,
    });
    expect(await (await bare('/api/staff/session', { headers: { cookie: half } })).json()).toEqual({
      step: 'password',
      archive: true,
    });
    await post('/api/staff/sign-out', {}, cookie);
    expect((await bare('/api/archive/holds', { headers: { cookie } })).status).toBe(401);
  });

  test('the API’s token opens nothing of it, and a session nothing of the API', async () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const grant = await grantOf(people.compliance, CARDS);
    for (const path of [
      `/api/archive/recordings/${CARDS}/audio.wav?grant=${grant}`,
      '/api/archive/holds',
      '/api/staff/accounts',
      '/api/staff/audit',
    ])
      expect((await bare(path, { headers })).status, path).toBe(401);
    for (const path of ['/metrics', '/docs']) expect((await people.administrator.get(path)).status, path).toBe(401);
  });

  test('another site gets nowhere: no header of ours, a foreign origin, a foreign Host', async () => {
    const { compliance } = people;
    const { cookie } = compliance;
    const access = `/api/archive/recordings/${CARDS}/access`;
    const body = JSON.stringify({ action: 'recording.play', ...WHY });
    expect(
      (await bare(access, { method: 'POST', body, headers: { cookie, 'content-type': 'application/json' } })).status,
    ).toBe(403);
    const send = (headers: Record<string, string>) =>
      compliance.send('POST', access, { action: 'recording.play', ...WHY }, headers);
    expect((await send({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await send({ origin: 'null' })).status).toBe(403);
    expect((await send({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await send({ origin: bank.web.address, 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    expect((await compliance.get('/api/archive/holds', { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await compliance.get('/api/archive/holds')).headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('searching', () => {
  test('a supervisor finds the own queue alone; terms are masked in the trail, with the number found', async () => {
    const page = await people.supervisor.ok<{ recordings: { queue: string }[]; count: number }>(
      'POST',
      '/api/archive/search',
      {
        query: { number: '13800138000', words: 'card 4111' },
      },
    );
    expect(page.recordings.every(({ queue }) => queue === 'cards')).toBe(true);
    const [row] = await bank.staff.audit.list({ action: 'recording.search', limit: 1 });
    expect(row?.detail).toMatchObject({ number: '***00', words: 'card ####', found: page.count });
    expect((await people.administrator.send('POST', '/api/archive/search', { query: {} })).status).toBe(403);
    expect((await people.compliance.send('POST', '/api/archive/search', { query: { state: 'x' } })).status).toBe(400);
  });

  test('as CSV, all pages of it', async () => {
    const reply = await people.compliance.get('/api/archive/recordings.csv?queue=cards');
    const text = Buffer.from(await reply.arrayBuffer()).toString('utf8');
    expect(reply.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(text.startsWith(CSV_HEAD)).toBe(true);
    expect(text.trimEnd().split('\r\n')).toHaveLength(61);
    expect(csvLine({ ...recordingRow(0), agent: '=cmd|"x"', outcome: 'a,b' })).toMatch(/,"'=cmd\|""x""",.*"a,b"/);
  });

  test('saved searches are one’s own', async () => {
    await people.compliance.ok('PUT', '/api/archive/saved-searches', {
      name: 'complaints',
      query: { intent: 'complaint' },
    });
    expect(await people.compliance.ok('GET', '/api/archive/saved-searches')).toMatchObject({
      searches: [{ name: 'complaints' }],
    });
    expect(await people.legal.ok('GET', '/api/archive/saved-searches')).toEqual({ searches: [] });
  });
});

test('accounts: administrators alone, and not their own', async () => {
  const { administrator } = people;
  const account = {
    name: 'new.one',
    fullName: 'New',
    password: 'a password of some length',
    roles: ['legal'],
    attributes: { queues: [], level: 'C2', maxAgeDays: null },
  };
  const { id } = await administrator.ok<{ id: string }>('POST', '/api/staff/accounts', account);
  expect((await people.compliance.send('POST', '/api/staff/accounts', account)).status).toBe(403);
  expect((await administrator.send('POST', '/api/staff/accounts', account)).status).toBe(409);
  const listed = await (await administrator.get('/api/staff/accounts')).text();
  expect(listed).toContain('new.one');
  expect(listed).not.toMatch(/scrypt|"totp"|recovery/);
  expect((await administrator.send('PATCH', `/api/staff/accounts/${id}`, { roles: ['legal', 'privacy'] })).status).toBe(
    200,
  );
  const own = administrator.person.holder.actor.id;
  expect((await administrator.send('PATCH', `/api/staff/accounts/${own}`, { roles: ['compliance'] })).status).toBe(403);
  expect(
    (await administrator.send('POST', `/api/staff/accounts/${own}/reset`, { password: 'another one of length' }))
      .status,
  ).toBe(403);
});

test('the trail is for auditors, and reading it is a row', async () => {
  expect((await people.compliance.get('/api/staff/audit')).status).toBe(403);
  const { rows } = await people.auditor.ok<{ rows: { action: string }[] }>('GET', '/api/staff/audit');
  expect(rows[0]?.action).toBe('audit.read');
  expect(await people.auditor.ok('POST', '/api/staff/audit/verify')).toMatchObject({ broken: null });
});

test('who is signed in gets the telephone of its own name', async () => {
  const { name } = await people.agent.ok<{ name: string }>('GET', '/api/staff/session');
  expect(await people.agent.ok('POST', '/api/staff/telephone')).toMatchObject({
    uri: `sip:browser~${name}@bank.example`,
  });
});

test('no route of the console answers without a session', async () => {
  const source = new URL('../../src/http/routes/', import.meta.url);
  const files = await Promise.all(
    ['staff', 'archive'].map((part) =>
      readdir(new URL(`${part}/`, source)).then((names) => names.map((name) => `${part}/${name}`)),
    ),
  );
  const routes = new Set<string>();
  // signing in is what opens the rest
  for (const file of files.flat().filter((name) => name.endsWith('-routes.ts') && name !== 'staff/sign-in-routes.ts')) {
    const text = await readFile(new URL(file, source), 'utf8');
    for (const [, method = '', path = ''] of text.matchAll(/app\.(get|post|put|patch|delete)\(\s*'([^']+)'/g))
      routes.add(`${method.toUpperCase()} ${path}`);
  }
  expect(routes.size).toBeGreaterThan(25);
  for (const route of routes) {
    const [method = 'GET', path = ''] = route.split(' ');
    const reply = await bare(path.replaceAll(/:\w+/g, 'x'), { method, headers: { 'x-tellerline-console': '1' } });
    // what is wrong with the request itself is told first, and says nothing of anything
    expect([400, 401], route).toContain(reply.status);
  }
});

test('the newcomer’s page is for this machine; pages of the console say how to build them', async () => {
  const reply = await bare('/', { headers: { 'accept-language': 'zh-CN,zh;q=0.9' } });
  expect([reply.status, (await reply.text()).includes('员工控制台')]).toEqual([200, true]);
  expect((await bare('/console')).status).toBe(404);
});
