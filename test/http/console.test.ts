import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DestructionCertificate, DestructionOverview } from '../../src/archive/destruction.ts';
import { byteRange } from '../../src/http/routes/archive/byte-range.ts';
import { CSV_HEAD, csvLine } from '../../src/http/routes/archive/csv.ts';
import { deferred } from '../../src/lib/deferred.ts';
import { type Client, openTestConsole, type TestConsole, TOKEN } from '../support/console.ts';
import { HIDDEN, RATE, recordingRow } from '../support/memory-archive.ts';
import { NEXT_PASSWORD } from '../support/staff.ts';

const CARDS = recordingRow(0).id;
const LOANS = recordingRow(1).id;
const RESTRICTED = recordingRow(5).id;
const WHY = { purpose: 'complaint of a customer', ticket: 'T-1' };

let bank: TestConsole;
const people = {} as Record<
  'compliance' | 'legal' | 'privacy' | 'auditor' | 'supervisor' | 'administrator' | 'agent',
  Client
>;
beforeAll(async () => {
  bank = await openTestConsole();
  for (const role of ['compliance', 'legal', 'privacy', 'auditor', 'supervisor', 'administrator', 'agent'] as const)
    people[role] = await bank.client(role);
}, 60_000);
afterAll(() => bank[Symbol.asyncDispose]());

const grantOf = async (who: Client, id: string, action = 'recording.play'): Promise<string> =>
  (await who.ok<{ grant: string }>('POST', `/api/archive/recordings/${id}/access`, { action, ...WHY })).grant;
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

/** Of an answer whose body nobody wants. */
async function statusOf(reply: Promise<Response>): Promise<number> {
  const answer = await reply;
  await answer.arrayBuffer();
  return answer.status;
}

describe('audio', () => {
  const audio = (who: Client, id: string, grant: string, headers = {}) =>
    who.get(`/api/archive/recordings/${id}/audio.wav?grant=${grant}`, headers);

  test('needs a grant of this session for this recording', async () => {
    const grant = await grantOf(people.compliance, CARDS);
    expect(await statusOf(audio(people.compliance, CARDS, 'x'.repeat(43)))).toBe(403);
    expect(await statusOf(audio(people.compliance, LOANS, grant))).toBe(403);
    expect(await statusOf(audio(people.supervisor, CARDS, grant))).toBe(403);
    expect(await statusOf(audio(people.compliance, CARDS, grant))).toBe(200);
  });

  test('by ranges, each with a row before its first byte and what was played after it; hidden spans are silent', async () => {
    const grant = await grantOf(people.compliance, CARDS);
    const from = 44 + 32 * HIDDEN.fromMs;
    const reply = await audio(people.compliance, CARDS, grant, { range: `bytes=${from}-${from + 31_999}` });
    expect([reply.status, reply.headers.get('content-range'), reply.headers.get('content-type')]).toEqual([
      206,
      `bytes ${from}-${from + 31_999}/${44 + 60 * RATE * 4}`,
      'audio/wav',
    ]);
    const bytes = new Int16Array(await reply.arrayBuffer());
    expect(bytes.filter((_, i) => i % 2 === 0).every((sample) => sample === 0)).toBe(true);
    expect(bytes.some((sample) => sample > 7_000)).toBe(true);
    const played = async () =>
      (await bank.staff.audit.list({ target: CARDS, limit: 5 })).find(
        ({ result, detail }) => result === 'done' && detail['from_ms'] === HIDDEN.fromMs,
      );
    await expect
      .poll(played)
      .toMatchObject({ detail: { from_ms: 20_000, to_ms: 21_000 }, ...WHY, actor: 'compliance' });
    expect(await statusOf(audio(people.compliance, CARDS, grant, { range: 'bytes=99999999-' }))).toBe(416);
  });

  test('a player that goes away stops the reading, and what was played until then is written down', async () => {
    const grant = await grantOf(people.compliance, CARDS);
    const { playback } = bank.archive;
    const open = playback.open.bind(playback);
    const ended = deferred<boolean>();
    playback.open = async (...given) => {
      const wav = await open(...given);
      return {
        ...wav,
        async *read(_from, _to, signal) {
          for (let i = 0; !signal.aborted; i++) {
            yield Buffer.alloc(i < 10 ? 32_000 : 0);
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
          ended.resolve(signal.aborted);
        },
      };
    };
    try {
      const asked = request(`${bank.web.address}/api/archive/recordings/${CARDS}/audio.wav?grant=${grant}`, {
        headers: { cookie: people.compliance.cookie, range: 'bytes=44-', connection: 'close' },
        agent: false,
      }).end();
      const [reply] = (await once(asked, 'response')) as [IncomingMessage];
      await once(reply, 'data');
      asked.destroy();
      expect(await ended.promise).toBe(true);
    } finally {
      playback.open = open;
    }
    const rows = async () =>
      (await bank.staff.audit.list({ target: CARDS, limit: 3 })).filter(({ result }) => result === 'done');
    await expect.poll(async () => Number((await rows())[0]?.detail['to_ms'])).toBeLessThan(60_000);
  });

  test('in clear only for compliance, with a ticket', async () => {
    const grant = await grantOf(people.compliance, CARDS, 'recording.play-clear');
    const from = 44 + 32 * HIDDEN.fromMs;
    const bytes = new Int16Array(
      await (await audio(people.compliance, CARDS, grant, { range: `bytes=${from}-${from + 999}` })).arrayBuffer(),
    );
    expect(bytes.filter((_, i) => i % 2 === 0).some((sample) => sample !== 0)).toBe(true);
    const ask = (who: Client, ticket: string) =>
      who.send('POST', `/api/archive/recordings/${CARDS}/access`, {
        action: 'recording.play-clear',
        purpose: WHY.purpose,
        ticket,
      });
    expect((await ask(people.compliance, '')).status).toBe(403);
    expect((await ask(people.supervisor, 'T-1')).status).toBe(403);
  });

  test('no row, no audio', async () => {
    const grant = await grantOf(people.compliance, CARDS);
    let opened = 0;
    const { playback } = bank.archive;
    const open = playback.open.bind(playback);
    playback.open = (...given) => {
      opened += 1;
      return open(...given);
    };
    await bank.storage.knex.schema.renameTable('audit_head', 'audit_away');
    try {
      const reply = await audio(people.compliance, CARDS, grant);
      expect([reply.status, ((await reply.json()) as { error: string }).error]).toEqual([503, 'AUDIT_FAILED']);
      expect(opened).toBe(0);
    } finally {
      await bank.storage.knex.schema.renameTable('audit_away', 'audit_head');
      playback.open = open;
    }
    expect(await statusOf(audio(people.compliance, CARDS, grant))).toBe(200);
  });

  test.each<[keyof typeof people, string]>([
    ['agent', CARDS],
    ['administrator', CARDS],
    ['auditor', CARDS],
    ['legal', CARDS],
    ['privacy', CARDS],
    ['supervisor', LOANS],
    ['supervisor', RESTRICTED],
    ['compliance', RESTRICTED],
  ])('%s does not hear %s, and that is written down', async (role, id) => {
    const reply = await people[role].send('POST', `/api/archive/recordings/${id}/access`, {
      action: 'recording.play',
      ...WHY,
    });
    expect(reply.status).toBe(403);
    expect((await bank.staff.audit.list({ target: id, limit: 1 }))[0]).toMatchObject({ actor: role, result: 'denied' });
  });

  test('a grant does not outlive the right to it', async () => {
    const other = await bank.client('second-supervisor', ['supervisor']);
    const grant = await grantOf(other, CARDS);
    expect(await statusOf(audio(other, CARDS, grant))).toBe(200);
    const id = other.person.holder.actor.id;
    await bank.staff.accounts.change(id, { attributes: { queues: ['loans'], level: 'C2', maxAgeDays: null } });
    expect(await statusOf(audio(other, CARDS, grant))).toBe(403);
    expect((await people.administrator.send('PATCH', `/api/staff/accounts/${id}`, { disabled: true })).status).toBe(
      200,
    );
    expect(await statusOf(audio(other, CARDS, grant))).toBe(401);
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

describe('four eyes', () => {
  interface Asked {
    readonly id: string;
    readonly state: string;
  }
  const ask = (who: Client, action: string, targets: readonly string[], terms: object) =>
    who.send('POST', '/api/archive/requests', { action, targets, terms, ...WHY });
  const decide = (who: Client, id: string, decision = 'approved') =>
    who.send('POST', `/api/archive/requests/${id}/decision`, { decision, note: '' });
  const carryOut = (who: Client, id: string) => who.send('POST', `/api/archive/requests/${id}/carry-out`);

  test('an export: asked for, agreed to by another, carried out once, downloaded by its requester alone', async () => {
    const asked = (await (await ask(people.legal, 'recording.export', [CARDS], { masked: true })).json()) as Asked;
    expect(asked.state).toBe('waiting');
    expect((await carryOut(people.legal, asked.id)).status).toBe(403);
    expect((await decide(people.legal, asked.id)).status).toBe(403);
    expect((await decide(people.supervisor, asked.id)).status).toBe(403);
    expect((await decide(people.administrator, asked.id)).status).toBe(403);
    expect((await decide(people.compliance, asked.id)).status).toBe(200);
    expect((await carryOut(people.compliance, asked.id)).status).toBe(403);
    const { export: job } = await people.legal.ok<{ export: { id: string } }>(
      'POST',
      `/api/archive/requests/${asked.id}/carry-out`,
    );
    expect((await carryOut(people.legal, asked.id)).status).toBe(403);
    const state = async () => (await people.legal.ok<{ state: string }>('GET', `/api/archive/exports/${job.id}`)).state;
    await expect.poll(state).toBe('done');
    expect((await people.compliance.get(`/api/archive/exports/${job.id}/bundle.zip`)).status).toBe(404);
    const bundle = await people.legal.get(`/api/archive/exports/${job.id}/bundle.zip`);
    expect([bundle.status, (await bundle.text()).slice(0, 2)]).toEqual([200, 'PK']);
    expect((await bank.staff.audit.list({ action: 'export.download', limit: 1 }))[0]).toMatchObject({
      actor: 'legal',
      ...WHY,
    });
  });

  test('who may not do it may not ask for it; orders have to be right', async () => {
    expect((await ask(people.supervisor, 'recording.export', [CARDS], { masked: true })).status).toBe(403);
    expect((await ask(people.legal, 'recording.destroy', [CARDS], {})).status).toBe(403);
    expect((await ask(people.legal, 'recording.export', [CARDS], { masked: 'no' })).status).toBe(400);
    expect((await ask(people.legal, 'recording.export', [CARDS, LOANS], { masked: true })).status).toBe(400);
    expect((await ask(people.legal, 'recording.play', [CARDS], {})).status).toBe(400);
  });

  test('destruction, restriction, release and policies go the same way', async () => {
    const through = async (who: Client, by: Client, action: string, targets: readonly string[], terms: object) => {
      const asked = (await (await ask(who, action, targets, terms)).json()) as Asked;
      expect((await decide(by, asked.id)).status).toBe(200);
      return await who.ok('POST', `/api/archive/requests/${asked.id}/carry-out`);
    };
    const old = [recordingRow(100).id, recordingRow(101).id];
    expect(await through(people.privacy, people.legal, 'recording.destroy', old, {})).toEqual({
      refused: { [old[1] ?? '']: 'held' },
    });
    expect(bank.archive.destroyed).toEqual([old[0]]);
    await through(people.privacy, people.compliance, 'recording.restrict', [recordingRow(2).id], { on: true });
    expect((await bank.archive.recordings.find(recordingRow(2).id))?.restricted).toBe(true);
    const hold = await people.legal.ok<{ id: string }>('POST', '/api/archive/holds', {
      caseNo: 'C-9',
      reason: 'dispute',
      recordings: [LOANS],
    });
    await through(people.legal, people.compliance, 'hold.release', [hold.id], {});
    expect(bank.archive.released).toContain(hold.id);
    const policy = {
      id: 'bank-default',
      name: 'Calls',
      legalReference: 'x',
      basis: { kind: 'fixed' },
      years: 6,
      months: 0,
    };
    await through(people.compliance, people.legal, 'policy.change', ['bank-default'], policy);
    expect((await bank.archive.policies.list())[0]).toMatchObject({ version: 3, years: 6, approvedBy: 'legal' });

    const stopped = async () =>
      (await people.auditor.ok<{ overview: DestructionOverview }>('GET', '/api/archive/destruction')).overview.stopped;
    expect(await stopped()).toBe('set-forward');
    expect((await ask(people.compliance, 'destruction.resume', ['set-forward'], {})).status).toBe(403);
    await through(people.privacy, people.legal, 'destruction.resume', ['set-forward'], {});
    expect(await stopped()).toBeNull();
  });

  test('a certificate of destruction is fetched as it was signed', async () => {
    const { certificates } = await people.auditor.ok<{ certificates: DestructionCertificate[] }>(
      'GET',
      '/api/archive/destruction',
    );
    const path = (recording: string) => `/api/archive/destruction/${recording}/certificate.json`;
    const [first] = certificates;
    const answer = await people.auditor.get(path(first?.recording ?? ''));
    expect([answer.status, answer.headers.get('content-disposition')]).toEqual([
      200,
      `attachment; filename="certificate-${first?.recording}.json"`,
    ]);
    expect(await answer.json()).toEqual({
      certificate: '{"format":"tellerline-destruction-certificate"}',
      signatures: [],
    });
    expect(await statusOf(people.auditor.get(path(CARDS)))).toBe(404);
    expect(await statusOf(people.administrator.get(path(first?.recording ?? '')))).toBe(403);
  });
});

test('break-glass: a supervisor past the own queue, an alarm, and a review by another', async () => {
  const { supervisor, auditor } = people;
  expect((await people.administrator.send('POST', '/api/staff/break-glass', { recording: LOANS, ...WHY })).status).toBe(
    403,
  );
  await supervisor.ok('POST', '/api/staff/break-glass', { recording: LOANS, ...WHY });
  const grant = await grantOf(supervisor, LOANS, 'recording.play-clear');
  expect(await statusOf(supervisor.get(`/api/archive/recordings/${LOANS}/audio.wav?grant=${grant}`))).toBe(200);
  const { emergencies } = await auditor.ok<{ emergencies: { id: string; account: string }[] }>(
    'GET',
    '/api/staff/break-glass',
  );
  expect(emergencies[0]).toMatchObject({ account: 'supervisor' });
  const review = (who: Client) =>
    who.send('POST', `/api/staff/break-glass/${emergencies[0]?.id}/review`, { verdict: 'unjustified', note: 'no' });
  expect((await review(supervisor)).status).toBe(403);
  expect((await review(auditor)).status).toBe(200);
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

test.each<[string, ReturnType<typeof byteRange>]>([
  ['', undefined],
  ['bytes=0-', { from: 0, to: 100 }],
  ['bytes=10-19', { from: 10, to: 20 }],
  ['bytes=90-900', { from: 90, to: 100 }],
  ['bytes=-10', { from: 90, to: 100 }],
  ['bytes=-1000', { from: 0, to: 100 }],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=100-', 'unsatisfiable'],
  ['bytes=20-10', undefined],
  ['bytes=0-1,5-6', undefined],
  ['items=0-1', undefined],
  ['bytes=-', undefined],
])('Range: %s', (header, expected) => {
  expect(byteRange(header, 100)).toEqual(expected);
});
