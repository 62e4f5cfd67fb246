import { quantile } from '../line/quantile.ts';
import { FloorDriver } from './floor-driver.ts';
import { queueOf, setOf } from './queue-set.ts';
import { route } from '../../src/queues/route.ts';

/** A decision over so many free agents and waiting entries that need skills which few have, ms: median and worst of many, and the mean of what a processor does. */
export function measureRouting(
  agents: number,
  waiting: number,
  times: number,
): { readonly p50: number; readonly p99: number; readonly cpuMs: number } {
  const rings = [{ afterMs: 0, leastLevel: 0, skillsLess: 0, anyLanguage: false }];
  const floor = new FloorDriver(setOf(queueOf('cards', { rings, strategy: 'most-skilled', capacity: waiting })), false);
  for (let n = 0; n < waiting; n++)
    floor.join('cards', {
      needs: { skills: { rare: 1 + (n % 4), loans: n % 2 }, language: n % 3 === 0 ? 'en' : 'zh' },
    });
  for (let n = 0; n < agents; n++) {
    // nobody may take anybody before the last look: every pair is looked at
    floor.signIn(`agent-${n}`, { queues: { cards: 1 + (n % 5) }, skills: { loans: 1 }, languages: ['zh'] });
  }
  const took: number[] = [];
  const before = process.cpuUsage();
  for (let n = 0; n < times; n++) {
    const began = performance.now();
    route(floor.floor, floor.rules, floor.at);
    took.push(performance.now() - began);
  }
  const { user, system } = process.cpuUsage(before);
  const cpuMs = (user + system) / 1_000 / times;
  return { cpuMs, p50: quantile(took, 0.5), p99: quantile(took, 0.99) };
}
