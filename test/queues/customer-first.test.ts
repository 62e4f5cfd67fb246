import { describe, expect, test } from 'vitest';
import { PROOF_MS } from '../../src/queues/queue-rules.ts';
import { cards, on, proven } from './support/callback-floor.ts';

describe('the customer is called first', () => {
  test('when an agent is free, who waits for them; they press 1, and are offered before whoever came later', async () => {
    const floor = cards();
    const callback = floor.join('cards', { customer: 'li' });
    floor.tell({ type: 'callback-requested', entry: callback });
    const later = floor.join('cards');
    floor.signIn('wei', on);
    expect([floor.placeOf(callback), floor.placeOf(later), floor.stateOf('wei')]).toEqual([
      'dialling',
      'waiting',
      'available',
    ]);
    floor.tell({ type: 'customer-reached', ...floor.dialled(callback) });
    expect(floor.offerTo('wei')?.entry).toBe(callback);
    floor.accept('wei');
    expect([floor.placeOf(callback), floor.placeOf(later)]).toEqual(['talking', 'waiting']);
    expect(await proven(floor)).toEqual([]);
  });

  test('already while an agent wraps up, as long before as it may ring', () => {
    const floor = cards({}, { wrapUpMs: 60_000 });
    floor.join('cards');
    floor.signIn('wei', on);
    floor.tell({ type: 'talk-ended', entry: floor.accept('wei'), because: 'completed' });
    const callback = floor.join('cards', { kind: 'callback', customer: 'li' });
    floor.pass(29_999);
    expect(floor.placeOf(callback)).toBe('waiting');
    floor.pass(1);
    expect([floor.placeOf(callback), floor.stateOf('wei')]).toEqual(['dialling', 'wrap-up']);
  });

  test('whoever is not reached is called again after a while, then given up; the agent takes the next meanwhile', async () => {
    const floor = cards();
    const callback = floor.join('cards', { kind: 'callback', customer: 'li' });
    floor.signIn('wei', on);
    const later = floor.join('cards');
    floor.tell({ type: 'customer-unreached', because: 'unproved', ...floor.dialled(callback) });
    expect([floor.placeOf(callback), floor.offerTo('wei')?.entry]).toEqual(['deferred', later]);
    floor.tell({ type: 'talk-ended', entry: floor.accept('wei'), because: 'completed' });
    floor.pass(60_000);
    expect(floor.placeOf(callback)).toBe('dialling');
    floor.pass(30_000 + PROOF_MS); // nobody tells: the lease ends
    expect([floor.placeOf(callback), floor.stateOf('wei')]).toEqual(['gone', 'available']);
    expect(floor.rows.slice(-2)).toMatchObject([
      { type: 'callback-unreached', because: 'no-answer', attempts: 2 },
      { type: 'entry-ended', because: 'not-reached' },
    ]);
    expect(await proven(floor)).toEqual([]);
  });

  test('a crash under the call: the customer is called again when the first call cannot ring any more', async () => {
    const floor = cards();
    const callback = floor.join('cards', { kind: 'callback', customer: 'li' });
    floor.signIn('wei', on);
    floor.crash(5_000);
    floor.signIn('wei', on);
    expect(floor.placeOf(callback)).toBe('deferred');
    floor.tell({ type: 'callback-hurried', entry: callback }); // not even then
    floor.pass(24_999 + PROOF_MS);
    expect(floor.placeOf(callback)).toBe('deferred');
    floor.pass(1);
    expect(floor.placeOf(callback)).toBe('dialling');
    expect(floor.floor.entries.get(callback)?.attempts).toBe(0);
    expect(await proven(floor)).toEqual([]);
  });

  test('the call is made where the browser of the agent is who is expected', () => {
    const floor = cards();
    floor.by = 'other';
    floor.tell({ type: 'node-came-up', incarnation: 'theirs' });
    floor.tell({ type: 'agent-came', agent: 'wei', device: 'browser', skills: {}, languages: ['en'], ...on });
    floor.by = 'node';
    const callback = floor.join('cards', { kind: 'callback', customer: 'li' });
    expect(floor.rows.at(-1)).toMatchObject({ type: 'callback-dialled', node: 'other', incarnation: 'theirs' });
    floor.tell({ type: 'customer-reached', ...floor.dialled(callback) });
    expect(floor.offerTo('wei')?.entry).toBe(callback);
  });
});
