import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Client, openTestConsole, type TestConsole } from '../support/console.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { type MemoryDesks, memoryDesks } from '../support/memory-desks.ts';
import { type MemorySupervision, memorySupervision, TALKING } from '../support/memory-supervision.ts';
import { eventsOf, type ReadEvents } from '../support/read-events.ts';

const WINDOW = '00000000-0000-4000-8000-000000000001';
const OTHER = '00000000-0000-4000-8000-000000000002';

let bank: TestConsole;
let desks: MemoryDesks;
let supervision: MemorySupervision;
let chen: Client;
let clock: ManualClock;
const streams: ReadEvents[] = [];

beforeEach(async () => {
  clock = new ManualClock();
  desks = memoryDesks(['chen', 'li'], Date.now);
  supervision = memorySupervision(Date.now);
  const answer = { id: 'fees', title: 'Fees', text: 'Three dollars.', language: 'en-US' };
  bank = await openTestConsole({
    desk: {
      desks,
      knowledge: { suggest: (said) => (said.includes('fee') ? [answer] : []) },
      clock,
    },
    supervision,
  });
  chen = await bank.client('chen', ['agent']);
});
afterEach(async () => {
  for (const stream of streams.splice(0)) await stream.close();
  await bank[Symbol.asyncDispose]();
});

const open = async (client: Client, window: string, more = ''): Promise<ReadEvents> => {
  const stream = await eventsOf(await client.get(`/api/staff/desk/events?window=${window}${more}`));
  streams.push(stream);
  return stream;
};
const command = (client: Client, name: string, body: unknown = {}, window = WINDOW) =>
  client.send('POST', `/api/staff/desk/${name}?window=${window}`, body);
const code = async (reply: Response): Promise<string> => ((await reply.json()) as { error: string }).error;

test('the desk is told at once of what is, and each command is taken from its window', async () => {
  const stream = await open(chen, WINDOW);
  expect(await stream.until('state')).toMatchObject({ state: 'signed-out' });
  expect((await command(chen, 'sign-in', { device: 'browser', queues: ['cards'] })).status).toBe(200);
  expect(await stream.until('state', ({ state }) => state === 'available')).toMatchObject({ queues: { cards: 5 } });
  const offer = desks.offer('chen');
  expect(await stream.until('offer')).toMatchObject({
    offer: { entry: offer.entry, context: { customer: { name: 'Wang Fang' } } },
  });
  expect((await command(chen, 'accept', { entry: offer.entry, fence: offer.fence })).status).toBe(200);
  await stream.until('talk');
  for (const [name, body] of [
    ['hold', { held: true }],
    ['hold', { held: false }],
    ['pause-recording', { paused: true }],
    ['consult', { to: { queue: 'loans' } }],
    ['conference', {}],
    ['end-consult', {}],
  ] as const)
    expect((await command(chen, name, body)).status, name).toBe(200);
  expect(
    await chen.ok('POST', `/api/staff/desk/ticket?window=${WINDOW}`, {
      contact: offer.context.contact,
      department: 'Complaints',
      text: 'The card is lost.',
    }),
  ).toEqual({ id: 'T-2001' });
  expect((await command(chen, 'hang-up')).status).toBe(200);
  await stream.until('talk-ended');
  const wrapUp = { contact: offer.context.contact, reason: 'resolved', notes: '' };
  expect((await command(chen, 'wrap-up', wrapUp)).status).toBe(200);
  expect(desks.wrapUps).toEqual([wrapUp]);
  expect(await chen.ok('POST', '/api/staff/desk/knowledge', { said: 'what is the fee' })).toMatchObject({
    answers: [{ id: 'fees' }],
  });
});

test('a stream that begins again brings the offer and the conversation back', async () => {
  const first = await open(chen, WINDOW);
  await first.until('state');
  const offer = desks.offer('chen');
  await command(chen, 'accept', { entry: offer.entry, fence: offer.fence });
  desks.say('chen', { side: 'customer', text: 'Hello?' });
  await first.close();
  const again = await open(chen, WINDOW);
  const { talk } = await again.until('talk');
  expect(JSON.stringify(talk)).toContain('Hello?');
});

test('every refusal has its name', async () => {
  await (await open(chen, WINDOW)).until('state');
  expect(await code(await command(chen, 'hold', { held: true }))).toBe('NO_TALK');
  expect(await code(await command(chen, 'accept', { entry: 'e-9', fence: 1 }))).toBe('OFFER_OVER');
  const offer = desks.offer('chen');
  await command(chen, 'accept', { entry: offer.entry, fence: offer.fence });
  expect(await code(await command(chen, 'conference'))).toBe('NO_CONSULT');
  expect(await code(await command(chen, 'transfer', { to: { agent: 'zhou' } }))).toBe('TRANSFER_REFUSED');
  expect(await code(await command(chen, 'transfer', { to: { number: 'sip:evil@example' } }))).toBe('USAGE');
  expect(await code(await command(chen, 'transfer', { to: { queue: 'loans', agent: 'li' } }))).toBe('USAGE');
  const stranger = await bank.client('unknown.agent', ['agent']);
  expect(await code(await stranger.get(`/api/staff/desk/events?window=${WINDOW}`))).toBe('AGENT_UNKNOWN');
});

test('one window has the desk: another takes it over by asking, and the former one commands nothing any more', async () => {
  const first = await open(chen, WINDOW);
  await first.until('state');
  const second = await open(chen, OTHER);
  expect(await second.until('elsewhere')).toEqual({});
  await second.ended;
  expect(await code(await command(chen, 'sign-out', {}, OTHER))).toBe('DESK_ELSEWHERE');
  const third = await open(chen, OTHER, '&take=true');
  await third.until('state');
  await first.until('elsewhere');
  await first.ended;
  expect(desks.listeners('chen')).toBe(1);
  expect(await code(await command(chen, 'sign-out'))).toBe('DESK_ELSEWHERE');
  expect((await command(chen, 'sign-out', {}, OTHER)).status).toBe(200);
});

test('a page that gives no sign of life is not listening, until it does', async () => {
  const stream = await open(chen, WINDOW);
  const beat = (nonce: unknown) => chen.ok('POST', '/api/staff/desk/beat', { window: WINDOW, nonce });
  const first = await stream.until('beat');
  clock.advance(6_999);
  expect(desks.listeners('chen')).toBe(1);
  clock.advance(1);
  expect(desks.listeners('chen')).toBe(0); // frozen
  const latest = await stream.until('beat');
  await beat(first['nonce']);
  expect(desks.listeners('chen')).toBe(0); // what was asked before is no sign of now
  await beat(latest['nonce']);
  expect(desks.listeners('chen')).toBe(1);
  clock.advance(3_000); // asked again
  await beat((await stream.until('beat'))['nonce']);
  clock.advance(7_000);
  expect(desks.listeners('chen')).toBe(1); // asked a moment ago
  await stream.close();
  await expect.poll(() => desks.listeners('chen'), { timeout: 20_000 }).toBe(0);
});

test('only agents have a desk, from our own pages, and no faster than people press', async () => {
  const supervisor = await bank.client('boss', ['supervisor']);
  expect(await code(await supervisor.get('/api/staff/desk/setup'))).toBe('FORBIDDEN');
  expect((await bank.staff.audit.list({ action: 'desk.use', limit: 1 }))[0]).toMatchObject({
    actor: 'boss',
    result: 'denied',
  });
  const foreign = await chen.send('POST', `/api/staff/desk/sign-out?window=${WINDOW}`, {}, { origin: 'http://evil' });
  expect(await code(foreign)).toBe('FORBIDDEN');
  await (await open(chen, WINDOW)).until('state');
  const statuses = await Promise.all(
    Array.from({ length: 70 }, () => command(chen, 'hang-up').then(({ status }) => status)),
  );
  expect(statuses.filter((status) => status === 429)).toHaveLength(10);
});

test('the session says what the server has, and what the role may', async () => {
  expect(await chen.ok('GET', '/api/staff/session')).toMatchObject({
    parts: expect.arrayContaining(['desk', 'supervision', 'telephones']),
    may: ['desk.use'],
  });
});

test('a supervisor sees their own queues and whoever works on them', async () => {
  const boss = await bank.client('boss', ['supervisor'], { queues: ['cards'] });
  const stream = await eventsOf(await boss.get('/api/staff/floor/events'));
  streams.push(stream);
  const view = (await stream.until('floor')) as { queues: { queue: string }[]; agents: { agent: string }[] };
  expect(view.queues.map(({ queue }) => queue)).toEqual(['cards']);
  expect(view.agents.map(({ agent }) => agent)).toEqual(['chen', 'li', 'zhou']);
  supervision.change({ queues: [] });
  await stream.until('floor', ({ queues }) => (queues as unknown[]).length === 0);
  await stream.close();
  await expect.poll(() => supervision.listeners, { timeout: 20_000 }).toBe(0);
});

test('one supervisor holds no more streams than windows', async () => {
  const boss = await bank.client('boss', ['supervisor'], { queues: ['cards'] });
  const other = await bank.client('deputy', ['supervisor'], { queues: ['cards'] });
  const opened = async (client: Client): Promise<ReadEvents> => {
    const stream = await eventsOf(await client.get('/api/staff/floor/events'));
    streams.push(stream);
    await stream.until('floor');
    return stream;
  };
  for (let n = 0; n < 8; n++) await opened(boss);
  expect(await code(await boss.get('/api/staff/floor/events'))).toBe('OVERLOADED');
  const theirs = await opened(other);
  await theirs.close();
  await streams[0]?.close();
  await expect.poll(() => supervision.listeners, { timeout: 20_000 }).toBe(7);
  await opened(boss);
});

test('orders are rows of the audit trail, and stop at other people’s queues', async () => {
  const boss = await bank.client('boss', ['supervisor'], { queues: ['cards', 'loans'] });
  await boss.ok('POST', '/api/staff/floor/agents/li/state', { state: 'break', reason: 'training' });
  await boss.ok('PUT', '/api/staff/floor/agents/zhou/queues', { queues: { cards: 3, loans: 1, wealth: 4 } });
  await boss.ok('PUT', '/api/staff/floor/queues/cards/emergency', { emergency: true });
  await boss.ok('POST', '/api/staff/floor/callbacks/e-cards', { do: 'now' });
  await boss.ok('POST', '/api/staff/floor/messages', { text: 'Card system is down', queues: [] });
  expect(supervision.told).toEqual([
    'boss sets li break training',
    'boss assigns zhou {"cards":3,"loans":1,"wealth":4}',
    'boss emergency cards true',
    'boss orders e-cards now',
    'boss says "Card system is down" to cards,loans',
  ]);
  const refused = [
    await boss.send('PUT', '/api/staff/floor/agents/zhou/queues', { queues: { cards: 3 } }),
    await boss.send('POST', '/api/staff/floor/agents/qian/state', { state: 'signed-out' }),
    await boss.send('PUT', '/api/staff/floor/queues/wealth/emergency', { emergency: true }),
    await boss.send('POST', '/api/staff/floor/callbacks/e-wealth', { do: 'cancel' }),
    await boss.send('POST', '/api/staff/floor/messages', { text: 'hello', queues: ['wealth'] }),
    await chen.send('PUT', '/api/staff/floor/queues/cards/emergency', { emergency: true }),
  ];
  for (const reply of refused) expect(await code(reply)).toBe('FORBIDDEN');
  expect(supervision.told).toHaveLength(5);
  expect(await code(await boss.send('POST', '/api/staff/floor/agents/nobody/state', { state: 'break' }))).toBe(
    'AGENT_UNKNOWN',
  );
  const rows = await bank.staff.audit.list({ action: 'floor.direct', limit: 20 });
  expect(rows.map(({ result }) => result).toSorted()).toEqual([
    ...Array(5).fill('allowed'),
    ...Array(6).fill('denied'),
  ]);
});

test('the audit row is committed before anything is heard: no row, no audio', async () => {
  const boss = await bank.client('boss', ['supervisor'], { queues: ['cards'] });
  const monitor = (agent: string, purpose = 'quality of new colleagues') =>
    boss.send('POST', '/api/staff/floor/monitoring', { agent, mode: 'listen', purpose, ticket: '' });
  const rows = () => bank.staff.audit.list({ action: 'floor.monitor', limit: 20 });
  let written = 0;
  supervision.onMonitor = async () => {
    written = (await rows()).length;
  };
  expect(await code(await monitor('chen', ''))).toBe('FORBIDDEN');
  expect(await code(await monitor('qian'))).toBe('FORBIDDEN');
  expect(await code(await monitor('li'))).toBe('NO_TALK');
  expect(supervision.told).toEqual([]);
  expect((await monitor('chen')).status).toBe(200);
  expect(written).toBe(3); // two refusals, and this one
  await boss.ok('PUT', '/api/staff/floor/monitoring', { mode: 'whisper' });
  await boss.ok('DELETE', '/api/staff/floor/monitoring');
  expect(
    (await rows()).slice(0, 3).map(({ result, targets, purpose, detail }) => [result, targets, purpose, detail]),
  ).toEqual([
    ['done', [TALKING], 'quality of new colleagues', { what: 'stopped' }],
    ['allowed', [TALKING], 'quality of new colleagues', { agent: 'chen', mode: 'whisper' }],
    ['allowed', [TALKING], 'quality of new colleagues', { agent: 'chen', mode: 'listen' }],
  ]);
  expect(supervision.told).toEqual(['boss listen chen: quality of new colleagues', 'boss whisper chen', 'boss stops']);

  supervision.onMonitor = () => {
    throw new Error('the line is gone');
  };
  expect((await monitor('chen')).status).toBe(500);
  expect((await rows())[0]).toMatchObject({ result: 'failed' });
  // the trail cannot be written: nothing is heard
  await bank.storage.knex.raw("CREATE TRIGGER full BEFORE INSERT ON audit_row BEGIN SELECT RAISE(ABORT, 'full'); END");
  supervision.onMonitor = () => void (written = -1);
  expect(await code(await monitor('chen'))).toBe('AUDIT_FAILED');
  expect(written).toBe(3);
});
