import { describe, expect, test } from 'vitest';
import { FloorDriver } from '../../bench/queues/floor-driver.ts';
import { queueOf, setOf } from '../../bench/queues/queue-set.ts';
import { prove } from '../../src/queues/prove/prove.ts';
import { journalLines } from './support/journal-lines.ts';

const cards = (more = {}): FloorDriver => new FloorDriver(setOf(queueOf('cards', more), queueOf('loans')));
const on = (level = 1) => ({ queues: { cards: level } });

describe('who is offered whom', () => {
  test('a free agent is offered whoever waits at once, and the earliest first', () => {
    const floor = cards();
    const [first, second] = [floor.join('cards'), floor.join('cards')];
    floor.signIn('wei', on());
    expect(floor.offerTo('wei')?.entry).toBe(first);
    floor.signIn('lin', on());
    expect(floor.offerTo('lin')?.entry).toBe(second);
  });

  test('a browser takes the callers of its own node alone; nobody else waits for it, and the journal proves the order', async () => {
    const floor = cards({ lastAgentMs: 60_000 });
    const needs = { last_agent: 'wei' };
    const [first, second] = [floor.join('cards', { needs }), floor.join('cards', { needs })];
    floor.by = 'other';
    floor.incarnation = 'theirs';
    floor.tell({ type: 'node-came-up', incarnation: 'theirs' });
    floor.tell({ type: 'agent-came', agent: 'wei', device: 'browser', skills: {}, languages: [], ...on() });
    expect(floor.offerTo('wei')).toBeUndefined();
    const theirs = floor.join('cards', { needs });
    expect(floor.offerTo('wei')?.entry).toBe(theirs);
    floor.by = 'node';
    floor.signIn('lin', on());
    expect(floor.offerTo('lin')?.entry).toBe(first);
    const honest = await prove(journalLines(floor.rows, floor.at));
    expect(honest.faults).toEqual([]);
    // the same by a telephone would be an overtaking
    const rows = floor.rows.map((row) =>
      row.type === 'agent-signed-in' && row.agent === 'wei' ? { ...row, device: 'telephone' } : row,
    );
    const { faults } = await prove(journalLines(rows, floor.at));
    expect(faults.map(({ kind }) => kind)).toEqual(['overtaken']);
    expect(floor.placeOf(second)).toBe('waiting');
  });

  test('whoever has been available longest is offered the next, or the most skilled where the queue says so', () => {
    const offered = (strategy: 'longest-idle' | 'most-skilled'): string | undefined => {
      const floor = cards({ strategy });
      floor.signIn('idle', on(1));
      floor.pass(1_000);
      floor.signIn('expert', on(5));
      floor.join('cards');
      return ['idle', 'expert'].find((agent) => floor.offerTo(agent) !== undefined);
    };
    expect([offered('longest-idle'), offered('most-skilled')]).toEqual(['idle', 'expert']);
  });

  test('skills, language and level are asked for; rings relax them as the entry waits', () => {
    const floor = cards({
      rings: [
        { afterMs: 0, leastLevel: 3, skillsLess: 0, anyLanguage: false },
        { afterMs: 30_000, leastLevel: 1, skillsLess: 1, anyLanguage: false },
        { afterMs: 60_000, leastLevel: 0, skillsLess: 9, anyLanguage: true },
      ],
    });
    floor.signIn('novice', { queues: { cards: 1 }, skills: { fraud: 1 }, languages: ['en'] });
    const entry = floor.join('cards', { needs: { skills: { fraud: 2 }, language: 'en' } });
    const other = floor.join('cards', { needs: { language: 'zh' } });
    floor.pass(29_000);
    expect(floor.placeOf(entry)).toBe('waiting');
    floor.pass(1_000);
    expect(floor.offerTo('novice')?.entry).toBe(entry);
    floor.accept('novice');
    floor.signIn('english', { queues: { cards: 1 }, languages: ['en'] });
    expect(floor.placeOf(other)).toBe('waiting');
    floor.pass(30_000);
    expect(floor.offerTo('english')?.entry).toBe(other);
  });

  test('value class and kind of problem go before; waiting makes up for it', () => {
    const floor = cards();
    const plain = floor.join('cards');
    const lost = floor.join('cards', { needs: { problem: 'card-loss' } });
    const gold = floor.join('cards', { needs: { value_class: 'gold' } });
    floor.signIn('one', { queues: { cards: 1 }, skills: { cards: 2 } });
    expect(floor.offerTo('one')?.entry).toBe(lost);
    floor.signIn('two', on());
    expect(floor.offerTo('two')?.entry).toBe(gold);
    for (const agent of ['one', 'two']) floor.accept(agent);
    floor.pass(21 * 60_000 - 15_000);
    const late = floor.join('cards', { needs: { value_class: 'gold' } });
    floor.signIn('three', on());
    expect([floor.offerTo('three')?.entry, floor.placeOf(late)]).toEqual([plain, 'waiting']);
  });

  test('the agent whom the customer talked to last is waited for a while, if at work', () => {
    const floor = cards({ lastAgentMs: 20_000 });
    floor.signIn('wei', on());
    floor.join('cards');
    floor.accept('wei');
    floor.signIn('lin', on());
    const entry = floor.join('cards', { needs: { last_agent: 'wei' } });
    expect(floor.placeOf(entry)).toBe('waiting');
    floor.pass(20_000);
    expect(floor.offerTo('lin')?.entry).toBe(entry);
    const absent = floor.join('cards', { needs: { last_agent: 'nobody' } });
    floor.signIn('xu', on());
    expect(floor.offerTo('xu')?.entry).toBe(absent);
  });

  test('one agent works on several queues, at a level in each', () => {
    const floor = cards({ rings: [{ afterMs: 0, leastLevel: 3, skillsLess: 0, anyLanguage: false }] });
    floor.signIn('both', { queues: { cards: 2, loans: 1 } });
    const card = floor.join('cards');
    const loan = floor.join('loans');
    expect([floor.placeOf(card), floor.placeOf(loan)]).toEqual(['waiting', 'offered']);
  });
});

describe('who is let in', () => {
  test('a full queue, one that is closed, in an emergency, or without staff, says so; overflow takes the rest', () => {
    const hours = { of: { timeZone: 'Asia/Shanghai', calendars: {}, hours: { never: [] } }, name: 'never' };
    const refusal = (more: object): string | undefined => {
      const floor = cards(more);
      floor.join('cards');
      floor.join('cards');
      return floor.rows.flatMap((row) => (row.type === 'entry-refused' ? [row.because] : [])).at(-1);
    };
    expect(refusal({ capacity: 1 })).toBe('full');
    expect(refusal({ hours })).toBe('closed');
    expect(refusal({ waitUnstaffed: false })).toBe('unstaffed');
    const floor = cards({ overflow: { to: 'loans', afterMs: undefined, when: ['emergency'] } });
    floor.tell({ type: 'emergency-changed', queue: 'cards', emergency: true });
    const sent = floor.join('cards');
    expect(floor.floor.entries.get(sent)?.queue).toBe('loans');
    floor.tell({ type: 'emergency-changed', queue: 'loans', emergency: true });
    floor.join('cards');
    expect(floor.rows.at(-1)).toMatchObject({ type: 'entry-refused', queue: 'cards', because: 'emergency' });
  });

  test('after a while an entry overflows, and stands there before those who came later', () => {
    const floor = cards({ overflow: { to: 'loans', afterMs: 30_000, when: [] } });
    const early = floor.join('cards');
    floor.pass(10_000);
    const late = floor.join('loans');
    floor.pass(20_000);
    floor.signIn('loan', { queues: { loans: 1 } });
    expect([floor.offerTo('loan')?.entry, floor.placeOf(late)]).toEqual([early, 'waiting']);
  });

  test('position and expected wait count those before, and those who work', () => {
    const floor = cards();
    for (const agent of ['a', 'b']) {
      floor.signIn(agent, on());
      floor.join('cards');
      floor.accept(agent);
    }
    floor.join('cards');
    const entry = floor.join('cards');
    return import('../../src/queues/expected-wait.ts').then(({ standingOf }) =>
      expect(standingOf(floor.floor, entry, floor.rules, floor.at)).toEqual({ position: 2, expectedWaitMs: 240_000 }),
    );
  });
});

describe('offers', () => {
  test('one that is declined or missed goes on to the next agent; the customer keeps the place', () => {
    const floor = cards();
    floor.signIn('wei', on());
    const entry = floor.join('cards');
    const offer = floor.offerTo('wei');
    floor.tell({ type: 'offer-refused', because: 'declined', ...offer! });
    expect([floor.stateOf('wei'), floor.placeOf(entry)]).toEqual(['not-answering', 'waiting']);
    floor.pass(10_000); // and is back after the pause
    expect(floor.offerTo('wei')?.entry).toBe(entry);
    floor.pass(15_000);
    expect([floor.stateOf('wei'), floor.placeOf(entry)]).toEqual(['not-answering', 'waiting']);
    floor.pass(3_600_000); // a missed one: until the agent is there
    expect(floor.stateOf('wei')).toBe('not-answering');
    floor.tell({ type: 'agent-chose', agent: 'wei', state: 'available', by: 'agent' });
    expect(floor.offerTo('wei')?.entry).toBe(entry);
  });

  test('an answer to an offer that is over answers nothing', () => {
    const floor = cards();
    floor.signIn('wei', on());
    floor.join('cards');
    const old = floor.offerTo('wei')!;
    floor.pass(15_000);
    floor.tell({ type: 'agent-chose', agent: 'wei', state: 'available', by: 'agent' });
    expect(floor.tell({ type: 'offer-accepted', ...old })).toEqual([]);
    expect(floor.tell({ type: 'offer-refused', because: 'declined', ...old })).toEqual([]);
    expect(floor.offerTo('wei')?.fence).not.toBe(old.fence);
  });

  test('a desk that is not heard of is offered nothing, and what it was offered goes on without a refusal', () => {
    const floor = cards();
    floor.signIn('wei', on());
    const entry = floor.join('cards');
    floor.tell({ type: 'agent-reach-changed', agent: 'wei', reachable: false });
    expect([floor.stateOf('wei'), floor.placeOf(entry)]).toEqual(['available', 'waiting']);
    floor.tell({ type: 'agent-reach-changed', agent: 'wei', reachable: true });
    expect(floor.offerTo('wei')?.entry).toBe(entry);
  });

  test('the caller who hangs up while the agent rings leaves the agent available', () => {
    const floor = cards();
    floor.signIn('wei', on());
    const entry = floor.join('cards');
    floor.tell({ type: 'customer-left', entry, because: 'hung-up' });
    expect([floor.stateOf('wei'), floor.placeOf(entry)]).toEqual(['available', 'gone']);
  });
});

test('whoever is not heard of for long is signed out; in a conversation not before it is over', () => {
  const floor = cards();
  floor.signIn('wei', on());
  floor.join('cards');
  const entry = floor.accept('wei');
  floor.signIn('lin', on());
  for (const agent of ['wei', 'lin']) floor.tell({ type: 'agent-reach-changed', agent, reachable: false });
  floor.pass(119_999);
  expect([floor.stateOf('wei'), floor.stateOf('lin')]).toEqual(['talking', 'available']);
  floor.pass(1);
  expect([floor.stateOf('wei'), floor.stateOf('lin')]).toEqual(['talking', 'signed-out']);
  floor.tell({ type: 'talk-ended', entry, because: 'completed' });
  floor.pass(1_000);
  expect(floor.stateOf('wei')).toBe('signed-out');
});

describe('conversations', () => {
  test('talking, hold, wrap-up: only time or the agent ends it, and breaks come afterwards', () => {
    const floor = cards();
    floor.signIn('wei', on());
    floor.join('cards');
    const entry = floor.accept('wei');
    const seen = [floor.stateOf('wei')];
    for (const type of ['talk-held', 'talk-resumed'] as const) {
      floor.tell({ type, entry });
      seen.push(floor.stateOf('wei'));
    }
    floor.tell({ type: 'agent-chose', agent: 'wei', state: 'break', reason: 'lunch', by: 'agent' });
    floor.tell({ type: 'talk-ended', entry, because: 'customer-hung-up' });
    const next = floor.join('cards');
    floor.pass(19_999);
    seen.push(floor.stateOf('wei'));
    floor.pass(1);
    seen.push(floor.stateOf('wei'));
    expect(seen).toEqual(['talking', 'hold', 'talking', 'wrap-up', 'break']);
    expect(floor.floor.agents.get('wei')?.reason).toBe('lunch');
    expect(floor.placeOf(next)).toBe('waiting');
  });

  test('a customer who is passed on to another queue takes no wrap-up along: it is the agent’s, and of that contact', () => {
    const floor = new FloorDriver(setOf(queueOf('cards'), queueOf('loans', { wrapUpMs: 1_000 })));
    floor.signIn('wei', { queues: { cards: 1, loans: 1 } });
    floor.join('cards');
    floor.tell({ type: 'talk-ended', entry: floor.accept('wei'), because: 'transferred' });
    floor.signIn('lin', { queues: { loans: 1 } });
    const passed = floor.join('loans');
    floor.pass(5_000);
    // the customer is answered there, and has hung up; whom they talked to before still wraps up
    floor.tell({ type: 'talk-ended', entry: floor.accept('lin'), because: 'customer-hung-up' });
    expect([floor.placeOf(passed), floor.stateOf('wei'), floor.stateOf('lin')]).toEqual(['gone', 'wrap-up', 'wrap-up']);
    floor.pass(1_000);
    const next = floor.join('loans');
    expect([floor.stateOf('wei'), floor.offerTo('lin')?.entry]).toEqual(['wrap-up', next]);
    floor.pass(14_000);
    expect(floor.stateOf('wei')).toBe('available');
  });

  test('another configuration moves no agent, no place and no wrap-up', () => {
    const floor = cards();
    floor.signIn('wei', on());
    floor.join('cards');
    floor.tell({ type: 'talk-ended', entry: floor.accept('wei'), because: 'completed' });
    const before = floor.floor;
    floor.rules = setOf(queueOf('cards', { wrapUpMs: 1, offerMs: 1, priority: 9 }), queueOf('other'));
    floor.pass(19_000);
    expect(floor.floor.agents.get('wei')).toEqual(before.agents.get('wei'));
    floor.pass(1_000);
    expect(floor.stateOf('wei')).toBe('available');
  });

  test('a forced sign-out waits for the end of the conversation', () => {
    const floor = cards();
    floor.signIn('wei', on());
    floor.join('cards');
    const entry = floor.accept('wei');
    floor.tell({ type: 'agent-went', agent: 'wei', because: 'supervisor' });
    expect(floor.stateOf('wei')).toBe('talking');
    floor.tell({ type: 'talk-ended', entry, because: 'completed' });
    floor.pass(20_000);
    expect(floor.stateOf('wei')).toBe('signed-out');
  });
});
