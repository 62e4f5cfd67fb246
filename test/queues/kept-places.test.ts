import { describe, expect, test } from 'vitest';
import { FloorDriver } from '../../bench/queues/floor-driver.ts';
import { queueOf, setOf } from '../../bench/queues/queue-set.ts';

const cards = (more = {}): FloorDriver => new FloorDriver(setOf(queueOf('cards', more), queueOf('loans')));
const on = (level = 1) => ({ queues: { cards: level } });

describe('places that are kept', () => {
  test('whoever gave up and calls again soon gets the place back, once', () => {
    const floor = cards({ capacity: 1 });
    const entry = floor.join('cards', { customer: 'li' });
    floor.tell({ type: 'customer-left', entry, because: 'hung-up' });
    const other = floor.join('cards');
    floor.pass(60_000);
    const again = floor.join('cards', { customer: 'li' }); // full, but for those who have a place
    floor.signIn('wei', on());
    expect([floor.offerTo('wei')?.entry, floor.placeOf(other)]).toEqual([again, 'waiting']);
    expect(floor.rows.find((row) => row.type === 'entry-joined' && row.entry === again)).toMatchObject({
      place: 2,
      returned_from: entry,
    });
  });

  test('not when it is too late', () => {
    const floor = cards();
    const entry = floor.join('cards', { customer: 'li' });
    floor.tell({ type: 'customer-left', entry, because: 'hung-up' });
    const other = floor.join('cards');
    floor.pass(300_001);
    floor.join('cards', { customer: 'li' });
    floor.signIn('wei', on());
    expect(floor.offerTo('wei')?.entry).toBe(other);
  });

  test('a callback keeps its place, is tried again, and given up after its tries', () => {
    const floor = cards();
    const entry = floor.join('cards');
    floor.tell({ type: 'callback-requested', entry });
    const later = floor.join('cards');
    floor.signIn('wei', on());
    expect(floor.accept('wei')).toBe(entry);
    expect([floor.placeOf(entry), floor.stateOf('wei')]).toEqual(['dialling', 'dialling']);
    floor.tell({ type: 'customer-unreached', because: 'busy', ...floor.offerTo('wei')! });
    expect([floor.placeOf(entry), floor.offerTo('wei')?.entry]).toEqual(['deferred', later]);
    floor.tell({ type: 'talk-ended', entry: floor.accept('wei'), because: 'completed' });
    for (let n = 0; n < 2; n++) {
      floor.pass(600_000);
      floor.tell({ type: 'agent-chose', agent: 'wei', state: 'available', by: 'agent' });
      expect(floor.offerTo('wei')?.entry).toBe(entry);
      floor.accept('wei');
      floor.pass(30_000);
    }
    expect([floor.placeOf(entry), floor.stateOf('wei')]).toEqual(['gone', 'available']);
    expect(floor.rows.at(-1)).toMatchObject({ type: 'entry-ended', because: 'not-reached' });
  });

  test('a crash ends the calls and keeps their places; callbacks wait on, and nobody is called while a telephone may still ring', () => {
    const floor = cards();
    floor.signIn('wei', on());
    floor.signIn('lin', on());
    const callback = floor.join('cards');
    floor.tell({ type: 'offer-refused', because: 'failed', ...floor.offerTo('wei')! });
    floor.tell({ type: 'agent-went', agent: 'wei', because: 'agent' });
    floor.tell({ type: 'agent-went', agent: 'lin', because: 'agent' });
    floor.tell({ type: 'callback-requested', entry: callback });
    const talker = floor.join('cards', { customer: 'zhao' });
    floor.signIn('wei', on());
    floor.accept('wei'); // the callback: its telephone rings
    floor.signIn('lin', on());
    floor.accept('lin');
    floor.pass(5_000);
    floor.crash();
    expect([floor.placeOf(callback), floor.placeOf(talker)]).toEqual(['deferred', 'gone']);
    expect([floor.stateOf('wei'), floor.stateOf('lin')]).toEqual(['available', 'wrap-up']);
    floor.signIn('wei', on()); // the desk finds the server again
    floor.pass(24_999);
    expect(floor.placeOf(callback)).toBe('deferred');
    floor.pass(1);
    expect(floor.placeOf(callback)).toBe('offered');
    expect(floor.floor.entries.get(callback)?.attempts).toBe(0);
    const again = floor.join('cards', { customer: 'zhao' });
    const places = floor.rows.flatMap((row) => (row.type === 'entry-joined' ? [[row.entry, row.place]] : []));
    expect(new Map(places as [string, number][]).get(again)).toBe(new Map(places as [string, number][]).get(talker));
  });

  test('a desk goes with its node: what it was offered goes on to another agent at once', () => {
    const floor = cards();
    floor.by = 'other';
    floor.tell({ type: 'node-came-up', incarnation: 'theirs' });
    floor.signIn('wei', on());
    floor.by = 'node';
    const entry = floor.join('cards');
    floor.signIn('lin', on());
    expect(floor.offerTo('wei')?.entry).toBe(entry);
    const rows = floor.tell({ type: 'node-went', node: 'other', incarnation: 'theirs', because: 'silent' });
    expect(rows.find(({ type }) => type === 'offer-ended')).toMatchObject({ agent: 'wei', because: 'unreachable' });
    expect([floor.stateOf('wei'), floor.offerTo('lin')?.entry]).toEqual(['available', entry]);
  });

  test.each(['offered', 'dialling'])(
    'an agent who is %s a callback when the node dies goes on the break that they asked for',
    (at) => {
      const floor = cards();
      const callback = floor.join('cards', { kind: 'callback' });
      floor.signIn('wei', on());
      if (at === 'dialling') floor.accept('wei');
      expect(floor.placeOf(callback)).toBe(at);
      floor.tell({ type: 'agent-chose', agent: 'wei', state: 'break', reason: 'lunch', by: 'agent' });
      floor.crash();
      expect([floor.stateOf('wei'), floor.floor.agents.get('wei')?.next]).toEqual(['break', undefined]);
    },
  );

  test('a node that was taken for lost lets nobody in until it is up again', () => {
    const floor = cards();
    floor.tell({ type: 'node-went', node: 'node', incarnation: 'first', because: 'silent' });
    expect(floor.placeOf(floor.join('cards'))).toBe('gone');
  });
});
