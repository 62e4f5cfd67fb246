import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/domain/secret.ts';
import { ms } from '../../src/domain/units.ts';
import { describeOperation } from '../../src/second-factor/operation.ts';
import {
  CODE_LIFE,
  CODE_TRIES,
  type SecondFactorEffect,
  type SecondFactorEvent,
  type SecondFactorState,
  step,
} from '../../src/second-factor/second-factor-machine.ts';
import { TRANSFER } from './support/transfer.ts';

const CODE = '482916';

function play(events: readonly SecondFactorEvent[]) {
  let state: SecondFactorState = { at: 'idle' };
  const effects: SecondFactorEffect[] = [];
  for (const event of events) {
    const [next, ...more] = step(state, event);
    state = next;
    effects.push(...more);
  }
  return { state, effects, outcomes: effects.flatMap((effect) => (effect.do === 'conclude' ? [effect.outcome] : [])) };
}
const begun: readonly SecondFactorEvent[] = [
  { type: 'approval-requested', operation: TRANSFER, by: 'code', now: ms(0) },
  { type: 'code-made', code: new Secret(CODE), now: ms(0) },
  { type: 'message-sent' },
];
const keyed = (digits: string, now = 1000, operation = TRANSFER): SecondFactorEvent => ({
  type: 'code-keyed',
  code: new Secret(digits),
  operation,
  now: ms(now),
});

describe('a code', () => {
  test.each<[string, readonly SecondFactorEvent[], string]>([
    ['the right code in time approves', [keyed(CODE)], 'approved'],
    ['the right code at the third try approves', [keyed('111111'), keyed('222222'), keyed(CODE)], 'approved'],
    ['three wrong codes end it', [keyed('1'), keyed('222222'), keyed('333333')], 'too-many-tries'],
    [
      'the right code after three wrong ones approves nothing',
      [keyed('1'), keyed('2'), keyed('3'), keyed(CODE)],
      'too-many-tries',
    ],
    ['a code that expires while it is keyed has expired', [keyed(CODE, CODE_LIFE)], 'expired'],
    ['time ends it by itself', [{ type: 'time-passed', now: CODE_LIFE }], 'expired'],
    ['it serves no other amount', [keyed(CODE, 1000, { ...TRANSFER, amount: 990_000 })], 'operation-changed'],
    ['it serves no other payee', [keyed(CODE, 1000, { ...TRANSFER, payee: '99999999' })], 'operation-changed'],
    ['it serves no other payer', [keyed(CODE, 1000, { ...TRANSFER, payer: '99999999' })], 'operation-changed'],
    ['it serves no other call', [keyed(CODE, 1000, { ...TRANSFER, contact: 'k-2' })], 'operation-changed'],
  ])('%s', (_, events, outcome) => {
    expect(play([...begun, ...events]).outcomes).toEqual([outcome]);
  });

  test('that nobody took approves nothing', () => {
    expect(play([...begun.slice(0, 2), { type: 'message-failed' }, keyed(CODE)]).outcomes).toEqual(['not-sent']);
  });
});

describe('the app', () => {
  const asked: SecondFactorEvent = {
    type: 'approval-requested',
    operation: TRANSFER,
    by: 'app',
    approval: 'a-1',
    now: ms(0),
  };
  const answer = (approval: string, approved: boolean, now = 1000): SecondFactorEvent => ({
    type: 'app-answered',
    approval,
    approved,
    now: ms(now),
  });
  test.each<[string, readonly SecondFactorEvent[], readonly string[]]>([
    ['approves', [answer('a-1', true)], ['approved']],
    ['declines', [answer('a-1', false), answer('a-1', true)], ['declined']],
    ['another approval is none', [answer('a-2', true)], []],
    ['too late is none', [answer('a-1', true, CODE_LIFE)], ['expired']],
  ])('%s', (_, events, outcomes) => {
    expect(play([asked, ...events]).outcomes).toEqual(outcomes);
  });
});

test('in any order of events: one conclusion, at most three tries, nothing after the end, and never a code in what is written down', () => {
  const anyEvent: fc.Arbitrary<SecondFactorEvent> = fc.oneof(
    fc.constantFrom(...begun),
    fc.constantFrom(
      keyed('111111'),
      keyed(CODE),
      keyed(CODE, 1000, { ...TRANSFER, amount: 1 }),
      keyed(CODE, CODE_LIFE),
    ),
    fc.constantFrom<SecondFactorEvent>(
      { type: 'message-failed' },
      { type: 'time-passed', now: ms(10) },
      { type: 'time-passed', now: CODE_LIFE },
      { type: 'caller-gave-up' },
    ),
  );
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 30 }), (events) => {
      const { state, effects, outcomes } = play(events);
      expect(outcomes.length).toBeLessThanOrEqual(1);
      if (outcomes.length === 1) expect(effects.at(-1)?.do).toBe('conclude');
      expect(effects.filter((effect) => effect.do === 'ask-code').length).toBeLessThanOrEqual(CODE_TRIES);
      for (const written of [JSON.stringify({ state, effects }), inspect({ state, effects }, { depth: null })])
        expect(written).not.toContain(CODE);
    }),
  );
});

test('an operation is spoken of by its amount and the end of the payee', () => {
  expect(describeOperation(TRANSFER)).toEqual({ kind: 'transfer', amount: '120.50 USD', payee: '****0060' });
});
