import { describe, expect, test } from 'vitest';
import { FloorDriver } from '../../bench/queues/floor-driver.ts';
import { queueOf, setOf } from '../../bench/queues/queue-set.ts';
import { callbackRules, cards, joinOf, on, proven } from './support/callback-floor.ts';
import { wallAfter } from '../../src/domain/units.ts';

describe.each(['agent', 'customer'] as const)('callbacks, %s first', (first) => {
  test('whoever calls in meanwhile has the place of the callback, wherever that is, and is called no more', async () => {
    for (const signedIn of [false, true]) {
      const floor = cards({ first });
      const callback = floor.join('cards', { customer: 'li' });
      floor.tell({ type: 'callback-requested', entry: callback });
      const other = floor.join('cards');
      if (signedIn) floor.signIn('wei', on);
      const again = floor.join('cards', { customer: 'li' });
      expect([floor.placeOf(callback), floor.placeOf(other)]).toEqual(['gone', 'waiting']);
      expect(joinOf(floor, again)).toMatchObject({ place: 2, returned_from: callback });
      if (!signedIn) floor.signIn('wei', on);
      expect(floor.offerTo('wei')?.entry).toBe(again);
      expect(await proven(floor)).toEqual([]);
    }
  });

  test('whoever has an appointment that is ahead and calls in about something else keeps it', async () => {
    const floor = cards({ first });
    const booked = floor.join('cards', {
      kind: 'callback',
      customer: 'li',
      notBefore: wallAfter(floor.at, 24 * 3_600_000),
    });
    const call = floor.join('cards', { customer: 'li' });
    expect([floor.placeOf(booked), floor.placeOf(call)]).toEqual(['deferred', 'waiting']);
    expect(joinOf(floor, call)).not.toHaveProperty('returned_from');
    floor.signIn('wei', on);
    floor.tell({ type: 'talk-ended', entry: floor.accept('wei'), because: 'completed' });
    floor.pass(24 * 3_600_000);
    expect(['offered', 'dialling']).toContain(floor.placeOf(booked));
    expect(await proven(floor)).toEqual([]);
  });

  test('whoever was called in vain and calls in before the next try has the place', async () => {
    const floor = cards({ first: 'customer' });
    const callback = floor.join('cards', { kind: 'callback', customer: 'li' });
    floor.signIn('wei', on);
    floor.tell({ type: 'customer-unreached', because: 'no-answer', ...floor.dialled(callback) });
    expect(floor.placeOf(callback)).toBe('deferred');
    const again = floor.join('cards', { customer: 'li' });
    expect(joinOf(floor, again)).toMatchObject({ returned_from: callback });
    expect(await proven(floor)).toEqual([]);
  });

  test('whoever calls from the number that they had keyed has the place as well', async () => {
    const floor = cards({ first });
    const callback = floor.join('cards');
    floor.tell({ type: 'callback-requested', entry: callback, number: 'mobile' });
    const again = floor.join('cards', { customer: 'mobile' });
    expect(joinOf(floor, again)).toMatchObject({ place: 2, returned_from: callback });
    expect(await proven(floor)).toEqual([]);
  });

  test('there is one for a number in a queue, and so many in a queue', async () => {
    const floor = cards({ first });
    const callback = floor.join('cards', { kind: 'callback', customer: 'li' });
    floor.join('cards', { kind: 'callback', customer: 'li' });
    expect(floor.rows.at(-1)).toMatchObject({ type: 'entry-refused', because: 'callback-pending' });
    const caller = floor.join('cards', { customer: 'zhao' });
    floor.tell({ type: 'callback-requested', entry: caller, number: 'li' });
    expect(floor.rows.at(-1)).toMatchObject({ type: 'entry-ended', entry: caller, because: 'merged' });
    expect(floor.placeOf(floor.join('loans', { kind: 'callback', customer: 'li' }))).toBe('waiting');
    floor.join('cards', { kind: 'callback', customer: 'zhao' });
    floor.join('cards', { kind: 'callback', customer: 'wu' });
    expect(floor.rows.at(-1)).toMatchObject({ type: 'entry-refused', because: 'full' });
    expect(floor.placeOf(callback)).toBe('waiting');
    expect(await proven(floor)).toEqual([]);
  });

  test('an appointment is kept: nobody is called earlier, unless somebody hurries it; a cancelled one is not called', async () => {
    const floor = cards({ first });
    floor.signIn('wei', on);
    const later = { kind: 'callback' as const, notBefore: wallAfter(floor.at, 3_600_000) };
    const kept = floor.join('cards', { ...later, customer: 'li' });
    const hurried = floor.join('cards', { ...later, customer: 'zhao' });
    floor.pass(1_000);
    floor.tell({ type: 'callback-hurried', entry: hurried });
    expect(['offered', 'dialling']).toContain(floor.placeOf(hurried));
    floor.tell({ type: 'customer-left', entry: hurried, because: 'cancelled' });
    expect([floor.placeOf(hurried), floor.placeOf(kept), floor.stateOf('wei')]).toEqual([
      'gone',
      'deferred',
      'available',
    ]);
    floor.pass(3_598_999);
    expect(floor.placeOf(kept)).toBe('deferred');
    floor.pass(1);
    expect(['offered', 'dialling']).toContain(floor.placeOf(kept));
    expect(await proven(floor)).toEqual([]);
  });

  test('nobody is called back before the queue opens, nor is the place lost by that', async () => {
    const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
    const office = { days, also: [], except: [], fromMinute: 8 * 60 + 5, toMinute: 17 * 60 };
    const of = { timeZone: 'UTC', calendars: {}, hours: { office: [office] } };
    const floor = cards({ first }, { hours: { of, name: 'office' } }); // it is 22:13:20
    floor.signIn('wei', on);
    const callback = floor.join('cards', { kind: 'callback', customer: 'li' });
    expect(floor.placeOf(callback)).toBe('deferred');
    floor.pass((9 * 3_600 + 51 * 60 + 40) * 1_000 - 1);
    expect(floor.placeOf(callback)).toBe('deferred');
    floor.pass(1);
    expect(['offered', 'dialling']).toContain(floor.placeOf(callback));
    expect(await proven(floor)).toEqual([]);
  });

  test('it ages from when it is due: a night older than anybody, it still waits for whoever has a higher priority', async () => {
    const floor = cards({ first }, { ageingPerMinute: 1 });
    floor.join('cards', { kind: 'callback', customer: 'li', notBefore: wallAfter(floor.at, 12 * 3_600_000) });
    floor.pass(12 * 3_600_000 - 1);
    const { rules } = floor;
    floor.rules = { ...rules, problems: { loss: { priority: 10, skills: {} } } };
    const lost = floor.join('cards', { needs: { skills: {}, problem: 'loss' } });
    floor.pass(1);
    floor.signIn('wei', on);
    expect(floor.offerTo('wei')?.entry).toBe(lost);
    expect(await proven(floor)).toEqual([]);
  });

  test('of the same rules the earlier place goes first, however young the callback is', async () => {
    const floor = cards({ first });
    const callback = floor.join('cards', {
      kind: 'callback',
      customer: 'li',
      notBefore: wallAfter(floor.at, 3_600_000),
    });
    const caller = floor.join('cards');
    floor.pass(3_600_000);
    floor.signIn('wei', on);
    expect(['offered', 'dialling']).toContain(floor.placeOf(callback));
    expect(floor.placeOf(caller)).toBe('waiting');
    expect(await proven(floor)).toEqual([]);
  });

  test('a try that this server could not make does not count', async () => {
    const floor = cards({ first: 'customer' });
    const callback = floor.join('cards', { kind: 'callback', customer: 'li' });
    floor.signIn('wei', on);
    floor.tell({ type: 'customer-unreached', because: 'not-called', ...floor.dialled(callback) });
    expect(floor.floor.entries.get(callback)?.attempts).toBe(0);
    expect(await proven(floor)).toEqual([]);
  });

  test('a server that can never call gives up in the end', async () => {
    const floor = cards({ first: 'customer' });
    const callback = floor.join('cards', { kind: 'callback', customer: 'li' });
    floor.signIn('wei', on);
    let tries = 0;
    for (; tries < 200 && floor.placeOf(callback) === 'dialling'; tries++) {
      floor.tell({ type: 'customer-unreached', because: 'not-called', ...floor.dialled(callback) });
      floor.pass(60_000);
    }
    expect(floor.placeOf(callback)).toBe('gone');
    expect(tries).toBeGreaterThan(90);
    expect(floor.rows.findLast((row) => 'entry' in row)).toMatchObject({ type: 'entry-ended', because: 'not-reached' });
    expect(await proven(floor)).toEqual([]);
  });

  test('a queue that has its most callbacks makes no caller one; callbacks do not fill it for callers', async () => {
    const floor = cards({ first, most: 1 }, { capacity: 1 });
    const callback = floor.join('cards', { kind: 'callback', customer: 'li' });
    const caller = floor.join('cards', { customer: 'zhao' });
    floor.tell({ type: 'callback-requested', entry: caller });
    expect([floor.placeOf(caller), floor.floor.entries.get(caller)?.kind]).toEqual(['waiting', 'call']);
    expect(floor.placeOf(callback)).toBe('waiting');
    expect(await proven(floor)).toEqual([]);
  });

  test('it overflows to no queue that has one for the same number, or no room', async () => {
    const rulesOf = (most: number) =>
      setOf(
        queueOf('cards', {
          callback: { ...callbackRules, first },
          overflow: { to: 'loans', afterMs: 60_000, when: [] },
        }),
        queueOf('loans', { callback: { ...callbackRules, first, most }, waitUnstaffed: true }),
      );
    for (const [most, customer, to] of [
      [9, 'li', 'cards'],
      [1, 'zhao', 'cards'],
      [9, 'zhao', 'loans'],
    ] as const) {
      const floor = new FloorDriver(rulesOf(most));
      floor.join('loans', { kind: 'callback', customer: 'li' });
      const callback = floor.join('cards', { kind: 'callback', customer });
      floor.pass(60_000);
      expect(floor.floor.entries.get(callback)?.queue).toBe(to);
      expect(await proven(floor)).toEqual([]);
    }
  });

  test('one that is put off is called at its new time, in its place; one under way is not put off', async () => {
    const floor = cards({ first });
    const callback = floor.join('cards', { kind: 'callback', customer: 'li' });
    for (const minutes of [30, 60])
      floor.tell({ type: 'callback-postponed', entry: callback, until: wallAfter(floor.at, minutes * 60_000) });
    floor.signIn('wei', on);
    expect(floor.placeOf(callback)).toBe('deferred');
    floor.pass(60 * 60_000 - 1);
    expect(floor.placeOf(callback)).toBe('deferred');
    floor.pass(1);
    expect(['offered', 'dialling']).toContain(floor.placeOf(callback));
    expect(floor.tell({ type: 'callback-postponed', entry: callback, until: wallAfter(floor.at, 60_000) })).toEqual([]);
    expect(floor.floor.entries.get(callback)?.place).toBe(joinOf(floor, callback)?.seq);
    expect(await proven(floor)).toEqual([]);
  });

  test('nobody is called back in an emergency; afterwards the place is the same', async () => {
    const floor = cards({ first });
    const callback = floor.join('cards', { kind: 'callback', customer: 'li' });
    floor.tell({ type: 'emergency-changed', queue: 'cards', emergency: true });
    floor.signIn('wei', on);
    expect([floor.placeOf(callback), floor.stateOf('wei')]).toEqual(['deferred', 'available']);
    floor.tell({ type: 'emergency-changed', queue: 'cards', emergency: false });
    floor.pass(15 * 60_000);
    expect(['offered', 'dialling']).toContain(floor.placeOf(callback));
    expect(await proven(floor)).toEqual([]);
  });
});
