import fc from 'fast-check';
import { expect, test } from 'vitest';
import { floorFaults } from '../../bench/queues/floor-faults.ts';
import { FloorDriver } from '../../bench/queues/floor-driver.ts';
import { HAPPENINGS, type Happening, RandomEvents, randomRules } from '../../bench/queues/random-events.ts';
import { floorAfter, EMPTY_FLOOR } from '../../src/queues/floor.ts';
import { formatFloor, parseFloor } from '../../src/queues/floor-json.ts';
import { prove } from '../../src/queues/prove/prove.ts';
import { assertProperty } from '../support/assert-property.ts';
import { journalLines } from './support/journal-lines.ts';

const happenings = fc.array(
  fc.record({ what: fc.constantFrom(...HAPPENINGS), who: fc.nat(1_000), how: fc.nat(30_000) }),
  { maxLength: 250, size: 'max' },
);

function played(all: readonly Happening[], look: (floor: FloorDriver) => void = () => undefined): FloorDriver {
  const floor = new FloorDriver(randomRules);
  const random = new RandomEvents(floor);
  for (const agent of [0, 1, 2]) random.happen({ what: 'sign-in', who: agent, how: agent });
  for (const happening of all) {
    random.happen(happening);
    look(floor);
  }
  return floor;
}

test('whatever happens in whatever order, nobody is in two places, lost or stuck, and the journal proves it', async () => {
  await assertProperty(
    fc.asyncProperty(happenings, async (all) => {
      const floor = played(all, ({ floor: now, at }) => expect(floorFaults(now, at)).toEqual([]));
      const { faults, overtakings, doubleAnswers, stuck, lost } = await prove(journalLines(floor.rows, floor.at));
      expect({ faults, overtakings, doubleAnswers, stuck, lost }).toEqual({
        faults: [],
        overtakings: 0,
        doubleAnswers: 0,
        stuck: 0,
        lost: 0,
      });
    }),
    { numRuns: 150 },
  );
});

test('the floor is the fold of its journal, from the beginning or from a snapshot', () => {
  fc.assert(
    fc.property(happenings, fc.nat(1_000), (all, cut) => {
      const { floor, rows } = played(all);
      const first = rows.slice(0, cut % (rows.length + 1));
      const snapshot = parseFloor(formatFloor(floorAfter(EMPTY_FLOOR, first)));
      expect(snapshot).toBeDefined();
      const again = floorAfter(snapshot!, rows.slice(first.length));
      const plain = (one: typeof floor): unknown => JSON.parse(formatFloor(one));
      expect(plain(again)).toEqual(plain(floor));
    }),
    { numRuns: 40 },
  );
});

test('in the end everybody who waits is served, when somebody suitable works on', () => {
  fc.assert(
    fc.property(happenings, (all) => {
      const floor = played(all);
      for (let n = 0; n < 2_000 && floor.floor.entries.size > 0; n++) {
        floor.signIn('z', { queues: { cards: 1, loans: 1 }, skills: { tax: 9 }, languages: ['zh', 'en', 'fr'] });
        for (const queue of ['cards', 'loans']) floor.tell({ type: 'emergency-changed', queue, emergency: false });
        floor.tell({ type: 'wrap-up-ended', agent: 'z' });
        for (const { id, is } of floor.floor.entries.values())
          if (is.at === 'dialling' && is.agent === undefined)
            floor.tell({ type: 'customer-reached', entry: id, fence: is.fence });
        for (const agent of floor.floor.agents.values()) {
          const offer = floor.offerTo(agent.id);
          if (agent.state === 'offered' && offer !== undefined) floor.tell({ type: 'offer-accepted', ...offer });
          if (agent.state === 'dialling' && offer !== undefined) floor.tell({ type: 'customer-reached', ...offer });
          if (agent.state === 'talking' && agent.entry !== undefined)
            floor.tell({ type: 'talk-ended', entry: agent.entry, because: 'completed' });
          if (agent.state === 'hold' && agent.entry !== undefined)
            floor.tell({ type: 'customer-left', entry: agent.entry, because: 'hung-up' });
        }
        floor.pass(1_000);
      }
      expect([...floor.floor.entries.values()]).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

test('a row that is removed, changed, doubled or in another place is named', async () => {
  const busy: Happening[] = Array.from({ length: 120 }, (_, n) => ({
    what: HAPPENINGS[(n * 11) % HAPPENINGS.length]!,
    who: n * 13,
    how: n * 31,
  }));
  const floor = played(busy);
  const lines = journalLines(floor.rows, floor.at);
  const faultOf = async (changed: readonly string[]) => (await prove(changed)).faults[0];
  expect(await faultOf(lines)).toBeUndefined();
  expect(lines.length).toBeGreaterThan(60);
  for (let n = 0; n < lines.length - 1; n++) {
    const [row, line] = [n + 1, lines[n]!];
    expect(await faultOf(lines.toSpliced(n, 1)), `removed ${row}`).toMatchObject({ kind: 'missing', row });
    expect(await faultOf(lines.toSpliced(n, 0, line)), `doubled ${row}`).toMatchObject({ kind: 'doubled', row });
    expect(await faultOf(lines.toSpliced(n, 1, line.replace(/"at":\d/, '"at":9'))), `changed ${row}`).toMatchObject({
      row,
    });
    const other = lines[(n + 5) % (lines.length - 1)]!;
    expect((await faultOf(lines.toSpliced(n, 1, other)))?.row, `another in place of ${row}`).toBe(
      (n + 5) % (lines.length - 1) < n ? ((n + 5) % (lines.length - 1)) + 1 : row,
    );
  }
  const last = lines.at(-1)!;
  expect(await faultOf(lines.slice(0, -1))).toMatchObject({ kind: 'missing', row: lines.length });
  expect(await faultOf([...lines, last])).toMatchObject({ kind: 'doubled' });
  expect(await faultOf([...lines, lines[0]!])).toMatchObject({ kind: 'misplaced', row: 1 });
});

test('rows that somebody removed and numbered anew do not follow on each other', async () => {
  const floor = played([
    { what: 'join', who: 1, how: 0 },
    { what: 'accept', who: 0, how: 0 },
    { what: 'end', who: 0, how: 0 },
    { what: 'join', who: 1, how: 0 },
  ]);
  for (let n = 0; n < floor.rows.length; n++) {
    if (floor.rows[n]?.type === 'node-started' || n === floor.rows.length - 1) continue;
    const rows = floor.rows.toSpliced(n, 1).map((row, seq) => ({ ...row, seq: seq + 1 }));
    expect((await prove(journalLines(rows, floor.at))).proven, `without row ${n + 1}`).toBe(false);
  }
});
