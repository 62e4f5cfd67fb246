import { expect, test } from 'vitest';
import { FloorDriver } from '../../bench/queues/floor-driver.ts';
import { HAPPENINGS, RandomEvents, randomRules } from '../../bench/queues/random-events.ts';
import type { QueueRow } from '../../src/queues/queue-fact.ts';
import type { ReadonlyCells } from '../../src/queues/reports/count-store.ts';
import { followCounts } from '../../src/queues/reports/followed-counts.ts';
import { countJournal, reportOf } from '../../src/queues/reports/report.ts';
import { openCountStore } from '../../src/queues/store/open-count-store.ts';
import { describeDatabases } from '../support/databases.ts';

const limits = { shortAbandonMs: 6_000, answerWithinMs: () => 20_000 };
const EVER = Number.MAX_SAFE_INTEGER;

/** Some days in which anything happens; a store that notes from where it is read. */
function journal(): { readonly floor: FloorDriver; readonly rows: QueueRow[]; readonly readFrom: number[] } {
  const floor = new FloorDriver(randomRules);
  const random = new RandomEvents(floor);
  for (let n = 0; n < 600; n++)
    random.happen({ what: HAPPENINGS[(n * 7) % HAPPENINGS.length] ?? 'join', who: n * 13, how: n * 31 });
  return { floor, rows: [...floor.rows], readFrom: [] };
}
const storeOf = ({ rows, readFrom }: ReturnType<typeof journal>) => ({
  async *read(from: number) {
    readFrom.push(from);
    for (const row of rows) if (row.seq >= from) yield { row, hash: '' };
  },
});
const told = (cells: ReadonlyCells) => reportOf(cells, '15min', 'UTC').filter(({ counts }) => sum(counts) > 0);
const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((all, n) => all + n, 0);

describeDatabases('the counts of the queues', (database) => {
  test('are those that the whole journal gives, kept in parts, read on by the next process, and by two at once', async () => {
    await using storage = await database.open();
    const counts = openCountStore(storage);
    const all = journal();
    const at = all.floor.at;
    const whole = told(await countJournal(storeOf(all), limits, at));
    expect(whole.length).toBeGreaterThan(4);

    const first = followCounts(storeOf({ ...all, rows: all.rows.slice(0, 300) }), counts, limits, 40);
    await first.upTo(all.rows[299]?.at ?? 0);
    const kept = (await counts.countedTo())?.seq ?? 0;
    expect(kept).toBeGreaterThanOrEqual(280);

    all.readFrom.length = 0;
    const second = followCounts(storeOf(all), counts, limits, 40);
    await second.upTo(at);
    expect(all.readFrom[0]).toBe(kept + 1); // the tail alone
    expect(told(await second.between(0, EVER))).toEqual(whole);

    // another node had counted less: it goes on from what is kept
    await first.upTo(at);
    const third = followCounts(storeOf(all), counts, limits, 1_000_000);
    await Promise.all([third.upTo(at), second.upTo(at)]);
    expect(told(await third.between(0, EVER))).toEqual(whole);
    expect(told(await second.between(0, EVER))).toEqual(whole);
  }, 60_000);

  test('of another release are made anew', async () => {
    await using storage = await database.open();
    const counts = openCountStore(storage);
    const all = journal();
    await followCounts(storeOf(all), counts, limits, 10).upTo(all.floor.at);
    await storage.knex('queue_counted').update({ open: '{"form":0}' });
    const again = followCounts(storeOf(all), counts, limits, 10);
    await again.upTo(all.floor.at);
    expect(told(await again.between(0, EVER))).toEqual(told(await countJournal(storeOf(all), limits, all.floor.at)));
  }, 60_000);
});
