import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/domain/secret.ts';
import { type CallerSignals, riskOf } from '../../src/identity/caller-signals.ts';
import type { CustomerReference } from '../../src/identity/customer-reference.ts';
import {
  beginIdentity,
  DEFAULT_IDENTITY_POLICY,
  type IdentityEffect,
  type IdentityEvent,
  type IdentityState,
  step,
} from '../../src/identity/identity-machine.ts';

const KATIE: CustomerReference = {
  customer: 'c-1',
  givenName: 'Katie',
  familyName: 'Marshall',
  dateOfBirth: { year: 1979, month: 9, day: 27 },
  postcode: 'W20 0AB',
  accounts: ['12345678'],
  cards: [],
  phones: ['+442079460001'],
  language: 'en',
};
const NEIGHBOUR: CustomerReference = {
  ...KATIE,
  customer: 'c-2',
  givenName: 'Dylan',
  familyName: 'Carr',
  dateOfBirth: { year: 1998, month: 1, day: 1 },
  phones: [],
};
const SIGNALS: CallerSignals = {
  number: '+442079460001',
  attestation: 'B',
  reputation: 'unknown',
  claimedCustomers: 0,
};
type Answers = Partial<Record<string, readonly string[]>>;
const RIGHT: Answers = {
  postcode: ['whiskey 2 0 0 alpha bravo'],
  name: ['Katy martial', 'Katy Marshall'],
  'date-of-birth': ['27th of the 9th 1979'],
};

/** Plays a caller who answers each item always alike, and a bank that finds `found`. */
function call(answers: Answers, found: readonly CustomerReference[], signals = SIGNALS) {
  let state: IdentityState = beginIdentity();
  const said: IdentityEffect[] = [];
  const silent: IdentityEffect[] = [];
  const events: IdentityEvent[] = [{ type: 'identification-began', signals, mayTry: true }];
  for (let event = events.shift(); event !== undefined; event = events.shift()) {
    const [next, ...effects] = step(state, event);
    state = next;
    for (const effect of effects) {
      (effect.do === 'ask-item' || effect.do === 'conclude' ? said : silent).push(effect);
      if (effect.do === 'ask-item') {
        const hearing = answers[effect.item];
        events.push(hearing === undefined ? { type: 'item-not-answered' } : { type: 'item-answered', hearing });
      } else if (effect.do === 'find-customers') events.push({ type: 'customers-found', customers: found });
      else if (effect.do === 'count-attempt') events.push({ type: 'attempt-counted', mayTry: true });
    }
  }
  return { state, said, silent };
}
const outcomeOf = ({ said }: ReturnType<typeof call>): IdentityEffect | undefined => said.at(-1);
const VERIFIED = { do: 'conclude', outcome: 'verified', customer: 'c-1' };
const REFUSED = { do: 'conclude', outcome: 'not-verified' };

describe('who is let through', () => {
  test('a customer whom the recognizer understood nearly', () => {
    expect(outcomeOf(call(RIGHT, [NEIGHBOUR, KATIE]))).toEqual(VERIFIED);
  });

  test.each<[string, Answers, readonly CustomerReference[]]>([
    [
      'a neighbour who knows the postcode alone',
      { ...RIGHT, name: ['Joshua Gray'], 'date-of-birth': ['14 of August 1929'] },
      [KATIE],
    ],
    [
      'somebody with the right name, postcode and another date',
      { ...RIGHT, 'date-of-birth': ['3rd of June 1951'] },
      [KATIE],
    ],
    ['somebody with the right date, postcode and another name', { ...RIGHT, name: ['Richard Norris'] }, [KATIE]],
    ['the right identity of another customer', RIGHT, [NEIGHBOUR]],
    ['nobody whom the bank knows', RIGHT, []],
    ['a caller who says nothing', {}, [KATIE]],
    ['two customers whom nothing tells apart', RIGHT, [KATIE, { ...KATIE, customer: 'c-3' }]],
  ])('not %s', (_, answers, found) => {
    expect(outcomeOf(call(answers, found))).toEqual(REFUSED);
  });

  test('a listed number needs more than others', () => {
    const blurred = { ...RIGHT, name: ['Katie'] };
    expect(outcomeOf(call(blurred, [KATIE]))).toEqual(VERIFIED);
    expect(outcomeOf(call(blurred, [KATIE], { ...SIGNALS, reputation: 'listed' }))).toEqual(REFUSED);
  });

  test("only the customer's own number asks for less, and a number without digits is nobody's", () => {
    const vouchedFor: CallerSignals = { ...SIGNALS, attestation: 'A' };
    expect(riskOf(vouchedFor, KATIE)).toBe(-1);
    expect(riskOf({ ...vouchedFor, number: 'unavailable' }, { ...KATIE, phones: ['none'] })).toBe(0);
  });

  test('a date of birth may be keyed', () => {
    let state = beginIdentity({ ...DEFAULT_IDENTITY_POLICY, items: ['date-of-birth', 'name'] });
    const feed = (event: IdentityEvent): IdentityEffect[] => {
      const [next, ...effects] = step(state, event);
      state = next;
      return effects;
    };
    feed({ type: 'identification-began', signals: SIGNALS, mayTry: true });
    feed({ type: 'item-answered', hearing: new Secret('27091979') });
    feed({ type: 'item-answered', hearing: ['Katie Marshall'] });
    expect(feed({ type: 'customers-found', customers: [KATIE] })).toContainEqual(VERIFIED);
    expect(JSON.stringify(state)).not.toContain('27091979');
  });
});

const heard = fc.option(
  fc.constantFrom(
    ...Object.values(RIGHT),
    ['Joshua Gray'],
    ['um'],
    ['14 of August 1929'],
    ['SE9 7DU', 'SE9 70U'],
    ['y'],
    ['张伟'],
  ),
  { nil: undefined },
);
const answers = fc.record({ postcode: heard, name: heard, 'date-of-birth': heard });

test('nothing that a caller hears tells which item failed, or whether there is such a customer', {
  timeout: 60_000,
}, () => {
  fc.assert(
    fc.property(answers, fc.subarray([KATIE, NEIGHBOUR]), fc.subarray([KATIE, NEIGHBOUR]), (said, one, other) => {
      const [first, second] = [call(said, one), call(said, other)];
      fc.pre(first.said.at(-1)?.do === 'conclude' && second.said.at(-1)?.do === 'conclude');
      const passed = [first, second].some((run) => JSON.stringify(run.said.at(-1)).includes('"verified"'));
      if (!passed) expect(second.said).toEqual(first.said);
      for (const run of [first, second])
        expect(JSON.stringify(run.said.slice(0, -1))).not.toMatch(/Katie|Marshall|1979|W20|Dylan|c-\d/);
    }),
    { numRuns: 60 },
  );
});

const anyEvent: fc.Arbitrary<IdentityEvent> = fc.oneof(
  fc.record({
    type: fc.constant('identification-began' as const),
    signals: fc.constant(SIGNALS),
    mayTry: fc.boolean(),
  }),
  fc.record({ type: fc.constant('item-answered' as const), hearing: heard.map((one) => one ?? ['']) }),
  fc.constant({ type: 'item-not-answered' as const }),
  fc.record({ type: fc.constant('customers-found' as const), customers: fc.subarray([KATIE, NEIGHBOUR]) }),
  fc.constant({ type: 'customers-not-available' as const }),
  fc.record({ type: fc.constant('attempt-counted' as const), mayTry: fc.boolean() }),
);

test('limits hold under any order of events: rounds, questions, one conclusion and nothing after it', {
  timeout: 60_000,
}, () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 120 }), (events) => {
      const { rounds, items, attemptsPerItem } = DEFAULT_IDENTITY_POLICY;
      let state = beginIdentity();
      const effects = events.flatMap((event) => {
        const [next, ...more] = step(state, event);
        state = next;
        return more;
      });
      const count = (kind: IdentityEffect['do']): number => effects.filter((effect) => effect.do === kind).length;
      expect(count('ask-item')).toBeLessThanOrEqual(rounds * items.length * attemptsPerItem);
      expect(count('find-customers')).toBeLessThanOrEqual(rounds);
      expect(count('count-attempt')).toBeLessThanOrEqual(rounds);
      expect(count('conclude')).toBeLessThanOrEqual(1);
      if (count('conclude') === 1) expect(effects.at(-1)?.do).toBe('conclude');
    }),
    { numRuns: 150 },
  );
});
