import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type {
  DialogueEffect,
  DialogueEvent,
  DialogueState,
  DialogueStep,
  Listening,
} from '../../src/dialogue/dialogue.ts';
import { type UninterpretedEvent, understood } from '../../src/dialogue/understanding.ts';
import { Secret } from '../../src/domain/secret.ts';
import { bankHotline, press, say, secretly } from './support/bank-hotline.ts';

/*
 * A model of what may happen on a line: whatever callers, the bank and people do, in whatever order, the dialogue never
 * throws, never waits for nothing, and keeps no secret.
 */

const SAYINGS = [
  'balance',
  'i lost my card',
  'one two three four five six seven eight',
  'yes',
  'no',
  'agent',
  'repeat',
  'start again',
  'goodbye',
  "no it's one two three four five six double seven",
  'opening hours',
  'another number',
  'go back',
  "that's all",
  'no recording',
  'bananas',
  '',
]; // prettier-ignore

const transferOutcome = fc.constantFrom(
  'completed',
  'no-answer',
  'busy',
  'declined',
  'failed',
  'caller-hung-up' as const,
);
const result = fc.oneof(
  fc.constant({
    outcome: 'done',
    values: { session: 's', customer: 'c', balance: 12.3, currency: 'USD', reference: 'LC1' },
  } as const),
  fc.constant({ outcome: 'done', values: {} } as const),
  fc
    .constantFrom('wrong-pin', 'locked', 'unknown-account', 'not-verified', 'something-new')
    .map((because) => ({ outcome: 'refused', because }) as const),
  fc.constant({ outcome: 'failed' } as const),
);
const event: fc.Arbitrary<UninterpretedEvent> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .record({ words: fc.constantFrom(...SAYINGS), confidence: fc.constantFrom(0.4, 0.6, 0.9), free: fc.boolean() })
      .map(
        ({ words, confidence, free }) =>
          ({ type: 'said', heard: [{ words: words.split(' '), confidence, free }] }) as const,
      ),
  },
  { weight: 1, arbitrary: fc.constant({ type: 'said', heard: [] } as const) },
  { weight: 4, arbitrary: fc.constantFrom('1', '2', '3', '9', '0', '*', '#', '12345678', '123').map(press) },
  { weight: 2, arbitrary: fc.constantFrom('2468', '1', '*', '').map(secretly) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('no-input', 'no-match', 'prompts-finished').map((type) => ({ type }) as const),
  },
  {
    weight: 3,
    arbitrary: fc
      .record({ id: fc.integer({ min: 1, max: 6 }), result })
      .map(({ id, result }) => ({ type: 'looked-up', id, result }) as const),
  },
  { weight: 1, arbitrary: transferOutcome.map((outcome) => ({ type: 'transfer-ended', outcome }) as const) },
  { weight: 1, arbitrary: fc.constant({ type: 'keys-only' } as const) },
);

interface Line {
  state: DialogueState;
  waiting: 'prompts' | 'answer' | 'look-up' | 'transfer' | 'end';
  listening: Listening | undefined;
  lookUp: number;
}

function follow(line: Line, effects: readonly DialogueEffect[]): void {
  const acts = effects.filter(({ do: kind }) => kind !== 'report');
  if (acts.length === 0) return;
  const last = acts.at(-1);
  line.waiting = 'prompts';
  if (last?.do === 'listen') {
    line.waiting = 'answer';
    line.listening = last.listening;
  } else if (last?.do === 'look-up') {
    line.waiting = 'look-up';
    line.lookUp = last.id;
  } else if (last?.do === 'transfer') line.waiting = 'transfer';
  else if (last?.do === 'hang-up') line.waiting = 'end';
}

/** What resolves the present wait, if it comes. */
function awaited(line: Line): DialogueEvent {
  switch (line.waiting) {
    case 'look-up':
      return { type: 'looked-up', id: line.lookUp, result: { outcome: 'failed' } };
    case 'transfer':
      return { type: 'transfer-ended', outcome: 'no-answer' };
    case 'answer':
      return { type: 'no-input' };
    default:
      return { type: 'prompts-finished' };
  }
}

function begin(): Line {
  const [state, ...effects] = bankHotline.start({ contact: 'c', caller: '+1' });
  const line: Line = { state, waiting: 'prompts', listening: undefined, lookUp: 0 };
  follow(line, effects);
  return line;
}

function send(line: Line, event: UninterpretedEvent): readonly DialogueEffect[] {
  const [state, ...effects] = bankHotline.step(line.state, understood(bankHotline, line.state, event));
  line.state = state;
  follow(line, effects);
  return effects;
}

const walks = fc.array(event, { maxLength: 40 });

describe('whatever happens', () => {
  test('nothing throws, each event that is waited for leads on, and the end is the end', () => {
    fc.assert(
      fc.property(walks, (events) => {
        const line = begin();
        for (const event of events) {
          const was = line.waiting;
          const effects = send(line, event);
          if (was === 'end') expect(effects).toEqual([]);
          // an answer to an open question always has a consequence that the caller notices
          if (was === 'answer' && ['said', 'keyed', 'no-input', 'no-match'].includes(event.type))
            expect(effects.some(({ do: kind }) => kind !== 'report')).toBe(true);
        }
        if (line.waiting === 'end') return;
        expect(send(line, awaited(line)).some(({ do: kind }) => kind !== 'report')).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('a caller who falls silent is let go after a bounded time', () => {
    fc.assert(
      fc.property(walks, (events) => {
        const line = begin();
        for (const event of events) send(line, event);
        for (let n = 0; n < 40 && line.waiting !== 'end'; n++) send(line, awaited(line));
        expect(line.waiting).toBe('end');
      }),
      { numRuns: 200 },
    );
  });

  test('the state is plain JSON: stored and read again it goes on the same way', () => {
    fc.assert(
      fc.property(walks, event, (events, next) => {
        const line = begin();
        for (const event of events) send(line, event);
        const stored: DialogueState = JSON.parse(JSON.stringify(line.state));
        expect(stored).toEqual(line.state);
        const same = understood(bankHotline, line.state, next);
        expect(understood(bankHotline, stored, next)).toEqual(same);
        expect(bankHotline.step(stored, same)).toEqual(bankHotline.step(line.state, same));
      }),
      { numRuns: 200 },
    );
  });

  test('no digit of a secret is in any state or effect but the look-up that verifies it', () => {
    // letters stand for digits, so that nothing else in the state can look like them
    const digits = fc.stringMatching(/^[Q-Z]{4}$/);
    fc.assert(
      fc.property(digits, fc.array(event, { maxLength: 10 }), (pin, events) => {
        const line = begin();
        const seen: unknown[] = [];
        for (const event of [
          { type: 'prompts-finished' } as const,
          say('balance'),
          press('12345678'),
          { type: 'keyed', digits: new Secret(pin) } as const,
          ...events,
        ]) {
          const effects = send(line, event);
          for (const effect of effects)
            if (effect.do === 'look-up' && effect.service === 'verify-pin')
              expect(effect.args['pin']).toBeInstanceOf(Secret);
          seen.push(line.state, ...effects.filter(({ do: kind }) => kind !== 'say' && kind !== 'listen'));
        }
        expect(JSON.stringify(seen)).not.toContain(pin);
      }),
      { numRuns: 100 },
    );
  });

  test('what can be understood is decided at every step: while speech cannot, no question takes it', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(event, fc.boolean()), { maxLength: 40 }), (steps) => {
        let [state]: DialogueStep = bankHotline.start({ contact: 'c', caller: '+1' });
        for (const [event, deaf] of steps) {
          const [next, ...effects] = bankHotline.step(
            state,
            understood(bankHotline, state, event),
            deaf ? 'keys' : 'voice-and-keys',
          );
          state = next;
          for (const effect of effects) {
            if (effect.do !== 'listen') continue;
            if (deaf || event.type === 'keys-only') expect(effect.listening.speech).toBeUndefined();
            else expect(effect).not.toHaveProperty('deaf');
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});
