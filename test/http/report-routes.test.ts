import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, openTestConsole, type TestConsole } from '../support/console.ts';
import { countedQueues } from '../support/counted-queues.ts';
import { memorySupervision } from '../support/memory-supervision.ts';

const MINUTE = 60_000;
/** In Shanghai it is 23:50 of the day before yesterday, as it were. */
const EVENING = Date.UTC(2026, 9, 1, 15, 50);

let bank: TestConsole;
const people = {} as Record<'boss' | 'chen' | 'eve' | 'aud', Client>;
beforeAll(async () => {
  bank = await openTestConsole({
    supervision: memorySupervision(Date.now),
    reports: (storage) =>
      countedQueues(
        storage,
        ['cards', 'loans', '=wealth'].flatMap((name) => [
          { name, at: EVENING - 600 * MINUTE, joined: 2, answered: 1 },
          { name, at: EVENING, joined: 3, answered: 3 },
          { name, at: EVENING + 15 * MINUTE, joined: 40, answered: 10 },
        ]),
        ['chen', 'li', 'qian'].map((name) => ({ name, at: EVENING, offers: 5, handled: 4 })),
        { chen: ['cards', 'loans'], li: ['cards'], qian: ['wealth'], zhou: ['cards'] },
      ),
  });
  people.boss = await bank.client('boss', ['supervisor'], { queues: ['cards'] });
  people.chen = await bank.client('chen', ['compliance'], { queues: [] });
  people.eve = await bank.client('eve', ['agent']);
  people.aud = await bank.client('aud', ['auditor'], { queues: [] });
});
afterAll(() => bank[Symbol.asyncDispose]());

interface Report {
  readonly lines: readonly { readonly name: string; readonly interval: string; readonly counts: { joined: number } }[];
}
const report = (client: Client, query: string): Promise<Report> =>
  client.ok<Report>('GET', `/api/staff/reports?zone=Asia/Shanghai&${query}`);

test('a supervisor has the own queues and who works on them, compliance all, others none', async () => {
  const range = 'from=2026-10-01&until=2026-10-02';
  expect((await report(people.boss, range)).lines.map(({ name }) => name)).toEqual(['cards']);
  expect((await report(people.boss, `${range}&of=agent`)).lines.map(({ name }) => name)).toEqual(['chen', 'li']);
  expect((await report(people.chen, range)).lines.map(({ name }) => name)).toEqual(['=wealth', 'cards', 'loans']);
  expect((await report(people.chen, `${range}&of=agent`)).lines).toHaveLength(3);
  for (const other of [people.eve, people.aud])
    expect((await other.get(`/api/staff/reports?${range}`)).status, other.name).toBe(403);
  expect((await bank.staff.audit.list({ limit: 1 }))[0]).toMatchObject({ action: 'report.read', result: 'denied' });
});

test('days are whole ones of the zone, whatever moments are asked for; quarters of an hour are as asked', async () => {
  const joined = async (query: string) =>
    (await report(people.boss, query)).lines.map(({ interval, counts }) => [interval, counts.joined]);
  // 12:00 to 12:01 of 1 October there
  expect(await joined('from=2026-10-01T04:00:00Z&until=2026-10-01T04:01:00Z')).toEqual([['2026-10-01', 5]]);
  expect(await joined('from=2026-10-01&until=2026-10-02')).toEqual([['2026-10-01', 5]]);
  expect(await joined('from=2026-10-01T15:59:59Z&until=2026-10-01T16:00:01Z')).toEqual([
    ['2026-10-01', 5],
    ['2026-10-02', 40],
  ]);
  expect(await joined('interval=15min&from=2026-10-01T15:50:00Z&until=2026-10-01T16:00:00Z')).toEqual([
    ['2026-10-01T15:45:00.000Z', 3],
  ]);
});

test('the file is safe in a spreadsheet; what cannot be asked for is said', async () => {
  const csv = await people.chen.get('/api/staff/reports?format=csv&from=2026-10-01&until=2026-10-03');
  expect(csv.headers.get('content-disposition')).toBe('attachment; filename="queue-day.csv"');
  const lines = (await csv.text()).split('\r\n');
  expect(lines[0]).toMatch(/^(?:\uFEFF)?queue,interval,offered,/);
  expect(lines.slice(1).filter((line) => line.startsWith('"\'=wealth",'))).toHaveLength(1);
  for (const wrong of [
    'from=yesterday',
    'from=%2B275760-09-12',
    'from=2026-10-02&until=2026-10-01',
    'from=2000-01-01&until=2026-10-01',
    'interval=15min&from=2026-01-01&until=2026-10-01',
    'zone=Mars/Olympus',
  ])
    expect((await people.chen.get(`/api/staff/reports?${wrong}`)).status, wrong).toBe(400);
});
