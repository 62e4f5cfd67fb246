import { expect, test } from 'vitest';
import { FloorDriver } from '../../bench/queues/floor-driver.ts';
import { HAPPENINGS, RandomEvents, randomRules } from '../../bench/queues/random-events.ts';
import type { QueueRow } from '../../src/queues/queue-fact.ts';
import type { CountStore } from '../../src/queues/reports/count-store.ts';
import { type FollowedCounts, followCounts } from '../../src/queues/reports/followed-counts.ts';
import type { ReadonlyCells } from '../../src/queues/reports/kpi-cells.ts';
import { countJournal, intervalOf, reportOf } from '../../src/queues/reports/report.ts';
import { openCountStore } from '../../src/queues/store/open-count-store.ts';
import { cellKey } from '../../src/queues/reports/count-rows.ts';
import { emptyAgentCell, QUARTER_MS } from '../../src/queues/reports/kpi-cells.ts';
import { formatOpenCounts } from '../../src/queues/reports/open-counts-json.ts';
import { describeDatabases } from '../support/databases.ts';
import { wallAfter, wallMs, type WallMs } from '../../src/domain/units.ts';

const limits = { shortAbandonMs: 6_000, answerWithinMs: () => 20_000 };
const NOTHING_OPEN = { entries: new Map(), states: new Map(), customers: new Map() };
const BEFORE_ALL = wallMs(0);
const EVER = wallMs(Number.MAX_SAFE_INTEGER);

/** Some days in which anything happens; a store that notes from where it is read. */
function journal(): { readonly floor: FloorDriver; readonly rows: QueueRow[]; readonly readFrom: number[] } {
  const floor = new FloorDriver(randomRules);
  const random = new RandomEvents(floor);
  for (let n = 0; n < 600; n++)
    random.happen({ what: HAPPENINGS[(n * 11) % HAPPENINGS.length] ?? 'join', who: n * 13, how: n * 31 });
  return { floor, rows: [...floor.rows], readFrom: [] };
}
const storeOf = ({ rows, readFrom }: ReturnType<typeof journal>) => ({
  async *read(from: number) {
    readFrom.push(from);
    for (const row of rows) if (row.seq >= from) yield { row, hash: '' };
  },
});
const told = (cells: ReadonlyCells) => reportOf(cells, '15min', 'UTC').filter(({ counts }) => sum(counts) > 0);
/** All there is, of queues and agents. */
const everything = async (counts: FollowedCounts, at: WallMs): Promise<ReadonlyCells> => ({
  queues: (await counts.between({ of: 'queue', from: BEFORE_ALL, until: EVER }, at)).queues,
  agents: (await counts.between({ of: 'agent', from: BEFORE_ALL, until: EVER }, at)).agents,
});
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
    await first.upTo(all.rows[299]?.at ?? BEFORE_ALL);
    const kept = await counts.countedTo();
    expect(kept).toBeGreaterThanOrEqual(280);

    all.readFrom.length = 0;
    const second = followCounts(storeOf(all), counts, limits, 40);
    await second.upTo(at);
    expect(all.readFrom[0]).toBe(kept + 1); // the tail alone
    expect(told(await everything(second, at))).toEqual(whole);

    // another node had counted less: it goes on from what is kept
    await first.upTo(at);
    const third = followCounts(storeOf(all), counts, limits, 1_000_000);
    await Promise.all([third.upTo(at), second.upTo(at)]);
    expect(told(await everything(third, at))).toEqual(whole);
    expect(told(await everything(second, at))).toEqual(whole);
  }, 60_000);

  test('of another release are made anew', async () => {
    await using storage = await database.open();
    const counts = openCountStore(storage);
    const all = journal();
    await followCounts(storeOf(all), counts, limits, 10).upTo(all.floor.at);
    await storage.knex('queue_counted').update({ open: '{"form":0}' });
    const again = followCounts(storeOf(all), counts, limits, 10);
    await again.upTo(all.floor.at);
    expect(told(await everything(again, all.floor.at))).toEqual(
      told(await countJournal(storeOf(all), limits, all.floor.at)),
    );
  }, 60_000);

  test('come to the same whenever and however often they are read, by whatever clock', async () => {
    await using storage = await database.open();
    const all = journal();
    const at = all.floor.at;
    const rows: QueueRow[] = [];
    const often = followCounts(storeOf({ ...all, rows }), openCountStore(storage), limits, 40);
    for (const row of all.rows) {
      rows.push(row);
      if (rows.length % 5 === 0) await often.upTo(wallAfter(row.at, 60_000)); // this node's clock is a minute ahead
    }
    expect(told(await everything(often, at))).toEqual(told(await countJournal(storeOf(all), limits, at)));
  }, 60_000);

  test('what another node keeps while they are being read is told once', async () => {
    await using storage = await database.open();
    const counts = openCountStore(storage);
    const all = journal();
    const at = all.floor.at;
    const other = followCounts(storeOf(all), counts, limits, 10);
    let keeps = 0;
    const watched: CountStore = {
      ...counts,
      // between what is counted here and what is kept
      read(range) {
        const before = keeps++ === 1 ? other.upTo(at) : Promise.resolve();
        return (async function* () {
          await before;
          yield* counts.read(range);
        })();
      },
    };
    const here = followCounts(storeOf(all), watched, limits, 1_000_000);
    const { queues } = await here.between({ of: 'queue', from: BEFORE_ALL, until: EVER }, at);
    expect(keeps).toBeGreaterThan(2);
    expect(await counts.countedTo()).toBeGreaterThan(300);
    const whole = await countJournal(storeOf(all), limits, at);
    expect(told({ queues, agents: new Map() })).toEqual(told({ queues: whole.queues, agents: new Map() }));
  }, 60_000);

  test('what is shown as it is now stays there while rows are being read', async () => {
    await using storage = await database.open();
    const all = journal();
    const at = all.floor.at;
    let midway = (): void => undefined;
    const store = {
      async *read(from: number) {
        for (const row of all.rows) {
          midway();
          if (row.seq >= from) yield { row, hash: '' };
        }
      },
    };
    const counts = followCounts(store, openCountStore(storage), limits, 40);
    await counts.upTo(at);
    const before = told({ ...counts.latest, agents: new Map() });
    expect(before.length).toBeGreaterThan(0);
    const seen = new Set<number>();
    midway = () => void seen.add(told({ ...counts.latest, agents: new Map() }).length);
    await counts.upTo(at);
    expect([...seen]).toEqual([before.length]);
  }, 60_000);

  test('are read a page at a time, of whom and when it is asked, into as many lines as there are intervals', async () => {
    await using storage = await database.open();
    const counts = openCountStore(storage);
    const begin = wallMs(Date.UTC(2026, 9, 1));
    const names = Array.from({ length: 30 }, (_, n) => `agent ${n}`);
    const quarters = Array.from({ length: 96 }, (_, n) => wallAfter(begin, n * QUARTER_MS));
    const cells = quarters.flatMap((quarter) =>
      names.map((name) => [cellKey(name, quarter), { ...emptyAgentCell(), offers: 1 }] as const),
    );
    await counts.add(
      0,
      { seq: 1, open: formatOpenCounts(NOTHING_OPEN) },
      { queues: new Map(), agents: new Map(cells) },
    );
    const pages: number[] = [];
    for await (const page of counts.read({ of: 'agent', from: BEFORE_ALL, until: EVER })) pages.push(page.length);
    expect(pages).toEqual([2_000, 880]);
    const followed = followCounts(storeOf({ ...journal(), rows: [] }), counts, limits);
    const range = {
      of: 'agent' as const,
      from: begin,
      until: wallAfter(begin, 86_400_000),
      names: ['agent 3', 'agent 4'],
    };
    const { agents } = await followed.between(range, begin, intervalOf('day', 'Asia/Shanghai'));
    expect(reportOf({ queues: new Map(), agents }, 'day', 'Asia/Shanghai')).toMatchObject([
      { name: 'agent 3', interval: '2026-10-01', counts: { offers: 64 } },
      { name: 'agent 4', interval: '2026-10-01', counts: { offers: 64 } },
      { name: 'agent 3', interval: '2026-10-02', counts: { offers: 32 } },
      { name: 'agent 4', interval: '2026-10-02', counts: { offers: 32 } },
    ]);
    const first = await followed.between({ ...range, until: wallAfter(begin, 1) }, begin);
    expect([...first.agents.keys()]).toEqual([cellKey('agent 3', begin), cellKey('agent 4', begin)]);
  }, 60_000);
});
