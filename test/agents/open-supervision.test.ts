import { expect, test } from 'vitest';
import { queueOf, setOf } from '../../bench/queues/queue-set.ts';
import { openSupervision } from '../../src/agents/open-supervision.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { openQueueService } from '../../src/queues/queue-service.ts';
import { CountedRows } from '../../src/queues/reports/count-rows.ts';
import { MemoryStore } from '../queues/support/memory-store.ts';
import { ManualClock } from '../support/manual-clock.ts';

test('a supervisor gives no reasons but those of the configuration: the journal is never erased', async () => {
  const store = new MemoryStore();
  const clock = new ManualClock();
  const latest = new CountedRows({ shortAbandonMs: 6_000, answerWithinMs: () => 20_000 });
  const options = { node: 'node', rules: setOf(queueOf('cards')), clock, logger: silentLogger };
  await using queues = await openQueueService(store, options);
  await using supervision = openSupervision({
    queues,
    counts: { latest, upTo: () => Promise.resolve(), between: () => Promise.resolve(latest) },
    desks: { broadcast: () => undefined, attendedBy: () => undefined },
    canMonitor: false,
    breakReasons: () => ['training'],
    zone: 'UTC',
    clock,
    logger: silentLogger,
  });
  await queues.tell({
    type: 'agent-came',
    agent: 'wei',
    device: 'telephone',
    queues: { cards: 1 },
    skills: {},
    languages: [],
  });
  await expect(supervision.setState('boss', 'wei', 'break', 'Ms Wei is ill')).rejects.toMatchObject({ code: 'USAGE' });
  await supervision.setState('boss', 'wei', 'break', 'training');
  expect(queues.floor.agents.get('wei')).toMatchObject({ state: 'break', reason: 'training' });
  expect(JSON.stringify(store.rows)).not.toContain('Ms Wei');
});
