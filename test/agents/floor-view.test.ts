import { expect, test, vi } from 'vitest';
import { FloorDriver } from '../../bench/queues/floor-driver.ts';
import { queueOf, setOf } from '../../bench/queues/queue-set.ts';
import { floorView } from '../../src/agents/floor-view.ts';
import { cellKey, CountedRows } from '../../src/queues/reports/count-rows.ts';
import { emptyQueueCell, QUARTER_MS } from '../../src/queues/reports/kpi-cells.ts';
import { wallMs } from '../../src/domain/units.ts';

const set = {
  ...setOf(queueOf('cards')),
  agents: new Map([['wei', { queues: { cards: 1 }, skills: {}, languages: ['en'], telephone: undefined }]]),
};

test('the supervisor sees who waits, how long, and what nobody does about it', () => {
  const driver = new FloorDriver(set);
  driver.join('cards');
  driver.pass(125_000);
  const counted = new CountedRows({ shortAbandonMs: 6_000, answerWithinMs: () => 20_000 });
  for (const row of driver.rows) counted.take(row);
  const view = floorView({ floor: driver.floor, rules: set }, counted, 'UTC', driver.at);
  expect(view.queues).toMatchObject([
    {
      queue: 'cards',
      waiting: 1,
      callbacks: 0,
      longestWaitMs: 125_000,
      agents: {},
      emergency: false,
      alarms: ['unstaffed', 'longest-wait'],
    },
  ]);
  expect(view.queues[0]?.today).toMatchObject({ offered: 1, answered: 0, serviceLevel: 0 });
  expect(view.agents).toMatchObject([{ agent: 'wei', state: 'signed-out' }]);
});

test('an agent is shown with whom they talk to', () => {
  const driver = new FloorDriver(set);
  driver.join('cards');
  driver.signIn('wei', { queues: { cards: 1 } });
  driver.accept('wei');
  const counted = new CountedRows({ shortAbandonMs: 6_000, answerWithinMs: () => 20_000 });
  const view = floorView({ floor: driver.floor, rules: set }, counted, 'UTC', driver.at);
  expect(view.agents).toMatchObject([{ agent: 'wei', state: 'talking', queue: 'cards' }]);
  expect(view.queues[0]).toMatchObject({ waiting: 0, agents: { talking: 1 }, alarms: [] });
});

test('years of counts are not looked through for the numbers of today', () => {
  const driver = new FloorDriver(set);
  const noon = Date.UTC(2026, 10, 30, 12);
  const queues = new Map(
    Array.from({ length: 400 * 96 }, (_, n) => [
      cellKey('cards', wallMs(noon - n * QUARTER_MS)),
      { ...emptyQueueCell(), answered: 1 },
    ]),
  );
  const reads = vi.spyOn(Intl.DateTimeFormat.prototype, 'formatToParts');
  const view = floorView({ floor: driver.floor, rules: set }, { queues }, 'Asia/Shanghai', wallMs(noon + 60_000));
  expect(reads.mock.calls.length).toBeLessThan(120);
  reads.mockRestore();
  expect(view.queues[0]?.interval.answered).toBe(1);
  expect(view.queues[0]?.today.answered).toBe(20 * 4 + 1); // 20:00 in Shanghai
});
