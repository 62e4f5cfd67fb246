import { expect, test } from 'vitest';
import { FloorDriver } from '../../bench/queues/floor-driver.ts';
import { queueOf, setOf } from '../../bench/queues/queue-set.ts';
import type { Fault } from '../../src/queues/prove/journal-row.ts';
import { prove } from '../../src/queues/prove/prove.ts';
import type { QueueRow } from '../../src/queues/queue-fact.ts';
import { journalLines } from './support/journal-lines.ts';
import { wallAfter } from '../../src/domain/units.ts';

type Kind = Fault['kind'];
/** By its type; the last one of it. */
type Find = (type: QueueRow['type']) => QueueRow;

interface Falsified {
  /** What is untrue in it. */
  readonly what: string;
  readonly play: (floor: FloorDriver) => void;
  /** The rows as a falsifier would leave them; they are chained anew. */
  readonly change: (rows: readonly QueueRow[], find: Find) => readonly QueueRow[];
  /** What is to be found, and of which row of the honest journal. */
  readonly kind: Kind;
  readonly at: QueueRow['type'] | 'the row that was added';
  /** Until the journal is written. */
  readonly laterMs?: number;
}

const on = { queues: { cards: 1 } };
const rules = setOf(queueOf('cards'));

function offered(floor: FloorDriver): string {
  const entry = floor.join('cards', { customer: 'li' });
  floor.signIn('wei', on);
  return entry;
}
function talks(floor: FloorDriver): string {
  const entry = offered(floor);
  floor.accept('wei');
  return entry;
}
function dials(floor: FloorDriver): string {
  const entry = floor.join('cards', { kind: 'callback' });
  floor.signIn('wei', on);
  floor.accept('wei');
  return entry;
}
function returns(floor: FloorDriver): void {
  const entry = floor.join('cards', { customer: 'li' });
  floor.tell({ type: 'customer-left', entry, because: 'hung-up' });
  floor.pass(1_000);
  floor.join('cards', { customer: 'li' });
}

/** Another row in place of one. */
const instead = (rows: readonly QueueRow[], { seq }: QueueRow, other: object): readonly QueueRow[] =>
  rows.with(seq - 1, other as QueueRow);
const changed = (rows: readonly QueueRow[], row: QueueRow, more: object): readonly QueueRow[] =>
  instead(rows, row, { ...row, ...more });
/** Without some of its members. */
function without(row: QueueRow, ...members: readonly string[]): object {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !members.includes(name)));
}
const added = (rows: readonly QueueRow[], row: QueueRow, more: object): readonly QueueRow[] => [
  ...rows,
  { ...row, seq: rows.length + 1, at: rows.at(-1)!.at, ...more },
];

const twoWait = (floor: FloorDriver): void => {
  floor.join('cards');
  floor.join('cards');
  floor.signIn('wei', on);
};

const FALSIFIED: readonly Falsified[] = [
  {
    what: 'the later of two is offered',
    play: twoWait,
    change: (rows, find) => changed(rows, find('entry-offered'), { entry: 'e2' }),
    kind: 'overtaken',
    at: 'entry-offered',
  },
  {
    what: 'the later of two is offered, and the rules of the earlier read otherwise',
    play: twoWait,
    change: (rows, find) =>
      changed(changed(rows, find('entry-offered'), { entry: 'e2' }), rows[1]!, { rules: 'cards of another kind' }),
    kind: 'overtaken',
    at: 'entry-offered',
  },
  {
    what: 'a second answer',
    play: talks,
    change: (rows, find) => added(rows, find('entry-answered'), { entry_step: 4, agent_step: 4 }),
    kind: 'answered-twice',
    at: 'the row that was added',
  },
  {
    what: 'an answer with another fence',
    play: talks,
    change: (rows, find) => changed(rows, find('entry-answered'), { fence: 1 }),
    kind: 'answered-twice',
    at: 'entry-answered',
  },
  {
    what: 'an answer without a fence',
    play: talks,
    change: (rows, find) => instead(rows, find('entry-answered'), without(find('entry-answered'), 'fence')),
    kind: 'answered-twice',
    at: 'entry-answered',
  },
  {
    what: 'an offer that ends without a fence',
    play(floor) {
      offered(floor);
      floor.tell({ type: 'offer-refused', because: 'declined', ...floor.offerTo('wei')! });
    },
    change: (rows, find) => instead(rows, find('offer-ended'), without(find('offer-ended'), 'fence')),
    kind: 'impossible',
    at: 'offer-ended',
  },
  {
    what: 'an answer of another agent',
    play(floor) {
      talks(floor);
      floor.signIn('lin', on);
    },
    change: (rows, find) => changed(rows, find('entry-answered'), { agent: 'lin' }),
    kind: 'impossible',
    at: 'entry-answered',
  },
  {
    what: 'a conversation that ends without its agent',
    play: (floor) => void floor.tell({ type: 'talk-ended', entry: talks(floor), because: 'completed' }),
    change: (rows, find) =>
      instead(rows, find('entry-ended'), without(find('entry-ended'), 'agent', 'agent_step', 'wrap_up_until')),
    kind: 'impossible',
    at: 'entry-ended',
  },
  {
    what: 'an agent who talks on with nobody',
    play: (floor) => void floor.tell({ type: 'talk-ended', entry: talks(floor), because: 'completed' }),
    change: (rows, find) =>
      instead(rows, find('entry-ended'), without(find('entry-ended'), 'agent', 'agent_step', 'wrap_up_until')),
    kind: 'stuck',
    at: 'entry-answered',
  },
  {
    what: 'an offer whose end is left out, with all that follows',
    play: offered,
    change: (rows) => rows,
    kind: 'stuck',
    at: 'entry-offered',
    laterMs: 20_001,
  },
  {
    what: 'a callback that is answered from the offer',
    play: dials,
    change: (rows, find) =>
      instead(rows, find('callback-dialled'), {
        ...without(find('callback-dialled'), 'attempt', 'until'),
        type: 'entry-answered',
      }),
    kind: 'impossible',
    at: 'callback-dialled',
  },
  {
    what: 'a caller who is called',
    play: talks,
    change: (rows, find) =>
      changed(rows, find('entry-answered'), { type: 'callback-dialled', attempt: 1, until: rows.at(-1)!.at + 1_000 }),
    kind: 'impossible',
    at: 'entry-answered',
  },
  {
    what: 'a customer who is called while the call of a lost server may still ring',
    play(floor) {
      dials(floor);
      floor.pass(1_000);
      floor.crash();
      floor.signIn('wei', on);
      floor.pass(29_000);
      floor.accept('wei');
    },
    change(rows, find) {
      const { at } = find('callback-unreached');
      return rows.map((row) => (row.at > at ? { ...row, at } : row));
    },
    kind: 'called-twice',
    at: 'callback-dialled',
  },
  {
    what: 'a place of an entry that never was',
    play: returns,
    change: (rows, find) => changed(rows, find('entry-joined'), { returned_from: 'e9' }),
    kind: 'place-lost',
    at: 'entry-joined',
  },
  {
    what: 'another place than the one that was kept',
    play: returns,
    change: (rows, find) => changed(rows, find('entry-joined'), { place: 1 }),
    kind: 'place-lost',
    at: 'entry-joined',
  },
  {
    what: 'a place that is given back twice',
    play: returns,
    change: (rows, find) => added(rows, find('entry-joined'), { entry: 'e3', contact: 'contact-of-e3' }),
    kind: 'place-lost',
    at: 'the row that was added',
  },
  {
    what: 'a place that somebody made up',
    play: (floor) => void floor.join('cards'),
    change: (rows, find) => changed(rows, find('entry-joined'), { place: 1 }),
    kind: 'place-lost',
    at: 'entry-joined',
  },
  {
    what: 'a caller at a server that is gone',
    play: (floor) => void floor.join('cards'),
    change: (rows, find) => changed(rows, find('entry-joined'), { incarnation: 'gone' }),
    kind: 'lost',
    at: 'entry-joined',
  },
];

test.each(FALSIFIED)('$what: $kind', async ({ play, change, kind, at, laterMs = 0 }) => {
  const floor = new FloorDriver(rules);
  play(floor);
  expect((await prove(journalLines(floor.rows, floor.at))).faults).toEqual([]);
  const find: Find = (type) => floor.rows.findLast((row) => row.type === type)!;
  const row = at === 'the row that was added' ? floor.rows.length + 1 : find(at).seq;
  const proof = await prove(journalLines(change(floor.rows, find), floor.at + laterMs));
  expect(proof.faults).toContainEqual(expect.objectContaining({ kind, row }));
  expect(proof.proven).toBe(false);
});

test('who is stuck is told once', async () => {
  const floor = new FloorDriver(rules);
  offered(floor);
  const [{ seq }, joined] = [floor.rows.at(-1)!, floor.rows.findLast(({ type }) => type === 'entry-joined')!];
  const rows: QueueRow[] = Array.from({ length: 20 }, (_, n) => ({
    v: 1,
    seq: seq + 1 + n,
    at: wallAfter(floor.at, 20_000 + n * 2_000),
    by: 'node',
    type: 'queue-changed',
    queue: 'cards',
    emergency: true,
  }));
  const { faults } = await prove(journalLines([...floor.rows, ...rows], rows.at(-1)!.at));
  expect(faults.map(({ kind, row }) => `${kind} ${row}`)).toEqual([`stuck ${joined.seq}`, `stuck ${seq}`]); // entry and agent
});

test('an end that counts fewer rows than there are', async () => {
  const floor = new FloorDriver(rules);
  talks(floor);
  const lines = journalLines(floor.rows, floor.at);
  const { length } = floor.rows;
  const other = lines.at(-1)!.replace(`"rows":${length}`, `"rows":${length - 1}`);
  expect((await prove(lines.with(length, other))).faults).toMatchObject([{ kind: 'changed', row: length }]);
});

test('what is due after all servers have stopped is nobody’s fault; while one is up it is', async () => {
  const floor = new FloorDriver(rules);
  dials(floor);
  floor.tell({ type: 'customer-unreached', because: 'busy', ...floor.offerTo('wei')! }); // again in ten minutes
  floor.tell({ type: 'talk-ended', entry: talks(floor), because: 'completed' });
  expect(floor.stateOf('wei')).toBe('wrap-up');
  const muchLater = floor.at + 86_400_000;
  expect((await prove(journalLines(floor.rows, muchLater))).stuck).toBe(2);
  floor.tell({ type: 'node-went', node: 'node', incarnation: floor.incarnation, because: 'stopped' });
  expect((await prove(journalLines(floor.rows, muchLater))).faults).toEqual([]);
});
