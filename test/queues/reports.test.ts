import { expect, test, vi } from 'vitest';
import { FloorDriver } from '../../bench/queues/floor-driver.ts';
import { queueOf, setOf } from '../../bench/queues/queue-set.ts';
import { cellKey } from '../../src/queues/reports/count-rows.ts';
import { emptyAgentCell } from '../../src/queues/reports/kpi-cells.ts';
import { countJournal, reportCsv, reportOf } from '../../src/queues/reports/report.ts';
import { wallAfter, wallMs } from '../../src/domain/units.ts';

const MINUTE = 60_000;
const limits = { shortAbandonMs: 6_000, answerWithinMs: () => 20_000 };
const storeOf = ({ rows }: FloorDriver) => ({
  async *read() {
    for (const row of rows) yield { row, hash: '' };
  },
});

/** One day in small, whose numbers are known. */
function day(): FloorDriver {
  const floor = new FloorDriver(setOf(queueOf('cards', { wrapUpMs: MINUTE })));
  floor.signIn('wei', { queues: { cards: 1 } });
  floor.pass(10_000);
  floor.join('cards', { customer: 'li' }); // answered at once, talks three minutes of which one on hold
  const first = floor.accept('wei');
  const short = floor.join('cards');
  floor.pass(5_000);
  floor.tell({ type: 'customer-left', entry: short, because: 'hung-up' });
  const given = floor.join('cards');
  floor.pass(55_000);
  floor.tell({ type: 'customer-left', entry: given, because: 'hung-up' });
  floor.tell({ type: 'talk-held', entry: first });
  floor.pass(MINUTE);
  floor.tell({ type: 'talk-resumed', entry: first });
  floor.pass(MINUTE);
  floor.tell({ type: 'talk-ended', entry: first, because: 'completed' });
  floor.tell({
    type: 'satisfaction-given',
    contact: 'c' as never,
    queue: 'cards',
    agent: 'wei',
    flow: 'survey',
    flowVersion: 2,
    score: 4,
  });
  floor.join('cards', { customer: 'li' }); // waits for the wrap-up: a minute, and comes back on the same matter
  floor.pass(MINUTE);
  const second = floor.accept('wei');
  floor.pass(MINUTE);
  floor.tell({ type: 'talk-ended', entry: second, because: 'customer-hung-up' });
  floor.tell({ type: 'agent-chose', agent: 'wei', state: 'break', reason: 'tea', by: 'agent' });
  floor.pass(3 * MINUTE);
  floor.tell({ type: 'agent-went', agent: 'wei', because: 'agent' });
  return floor;
}

test('every KPI follows from the journal by its formula', async () => {
  const floor = day();
  const counted = await countJournal(storeOf(floor), limits, floor.at);
  const report = reportOf(counted, 'day', 'UTC');
  expect(report.find(({ scope }) => scope === 'queue')?.kpis).toEqual({
    offered: 3,
    answer_rate: 2 / 3,
    service_level: 1 / 3,
    average_speed_of_answer_ms: MINUTE / 2,
    // talk 2 + 1, hold 1, wrap-up 1 + 1 minutes of two
    callback_rate: null,
    average_time_to_callback_ms: null,
    average_handle_time_ms: 3 * MINUTE,
    abandon_rate: 1 / 3,
    first_contact_resolution: 1 / 2,
    satisfaction: 4,
    satisfaction_response_rate: 1 / 2,
  });
  const agent = report.find(({ scope }) => scope === 'agent');
  expect(agent?.counts).toMatchObject({
    offers: 2,
    handled: 2,
    talk_ms: 3 * MINUTE,
    hold_ms: MINUTE,
    wrap_up_ms: 2 * MINUTE,
    break_ms: 2 * MINUTE,
  });
  // six of six minutes and ten seconds without the break
  expect(agent?.kpis['occupancy']).toBeCloseTo(360 / 370, 6);
});

test('callbacks and consultations are counted by name: asked for, reached, and how long that took; whoever waits for one has not given up', async () => {
  const first = { offer: undefined, first: 'customer', most: 9, ringMs: 30_000, attempts: 1, retryMs: 0 } as const;
  const floor = new FloorDriver(setOf(queueOf('cards', { callback: first })));
  const asked = floor.join('cards', { customer: 'li' });
  floor.pass(MINUTE);
  floor.tell({ type: 'callback-requested', entry: asked });
  const cancelled = floor.join('cards', {
    kind: 'callback',
    customer: 'zhao',
    notBefore: wallAfter(floor.at, 60 * MINUTE),
  });
  floor.pass(4 * MINUTE);
  floor.signIn('wei', { queues: { cards: 1 } });
  floor.tell({ type: 'customer-reached', ...floor.dialled(asked) });
  floor.tell({ type: 'customer-left', entry: cancelled, because: 'cancelled' });
  floor.accept('wei');
  floor.join('cards', { consult: true });
  floor.tell({ type: 'talk-ended', entry: asked, because: 'completed' });
  const [queue] = reportOf(await countJournal(storeOf(floor), limits, floor.at), 'day', 'UTC');
  expect(queue?.counts).toMatchObject({
    joined: 3,
    callbacks: 2,
    callbacks_reached: 1,
    consults: 1,
    abandoned: 0,
    answered: 0,
  });
  expect(queue?.kpis).toMatchObject({ offered: 1, callback_rate: 1 / 2, average_time_to_callback_ms: 4 * MINUTE });
});

test('quarters of an hour sum up to the day, and the same journal gives the same CSV', async () => {
  const floor = day();
  const count = async () => countJournal(storeOf(floor), limits, floor.at);
  const counted = await count();
  const quarters = reportOf(counted, '15min', 'UTC').filter(({ scope }) => scope === 'agent');
  const whole = reportOf(counted, 'day', 'UTC').find(({ scope }) => scope === 'agent');
  expect(quarters.reduce((sum, { counts }) => sum + (counts['signed_in_ms'] ?? 0), 0)).toBe(
    whole?.counts['signed_in_ms'],
  );
  const csv = [...reportCsv(reportOf(counted, 'day', 'Asia/Shanghai'), 'queue')].join('');
  expect(csv).toMatch(/^queue,interval,offered,answer_rate,service_level/);
  expect(csv).toContain('cards,2023-11-15,3,0.6667,0.3333,30000,180000');
  expect([...reportCsv(reportOf(await count(), 'day', 'Asia/Shanghai'), 'queue')].join('')).toBe(csv);
});

test('the day of a quarter of an hour is worked out once, however many agents work in it', () => {
  const agents = new Map(Array.from({ length: 500 }, (_, n) => [cellKey(`agent-${n}`, wallMs(0)), emptyAgentCell()]));
  const reads = vi.spyOn(Intl.DateTimeFormat.prototype, 'formatToParts');
  expect(reportOf({ queues: new Map(), agents }, 'day', 'Asia/Shanghai')).toHaveLength(500);
  expect(reads).toHaveBeenCalledTimes(1);
  reads.mockRestore();
});
