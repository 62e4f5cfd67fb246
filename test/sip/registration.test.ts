import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Registration,
  type RegistrationEffect,
  type RegistrationEvent,
  startRegistration,
  stepRegistration,
} from '../../src/sip/registration/registration.ts';

/** What is done, in short, after those events. */
function run(...events: readonly RegistrationEvent[]): { readonly now: Registration; readonly done: string[] } {
  const short = (effect: RegistrationEffect): string => {
    switch (effect.do) {
      case 'register':
        return `register ${effect.seconds}`;
      case 'start-timer':
        return `${effect.atLeast}…${effect.atMost} s`;
      case 'report':
        return effect.up ? 'up' : `down ${effect.status ?? 'unreachable'}`;
      default:
        return effect.do;
    }
  };
  let [now, ...effects] = startRegistration(600);
  const done = effects.map(short);
  for (const event of events) {
    [now, ...effects] = stepRegistration(now, event);
    done.push(...effects.map(short));
  }
  return { now, done };
}
const accepted = { type: 'accepted', seconds: 600 } as const;
const challenged = { type: 'challenged', stale: false } as const;
const timer = { type: 'timer-fired' } as const;
const unreachable = { type: 'unreachable' } as const;

test('a challenge is answered; the registration is renewed a minute before its end', () => {
  expect(run(challenged, accepted, timer).done).toEqual([
    'register 600',
    'register 600',
    'up',
    '486…540 s',
    'register 600',
  ]);
});

test('a short one is renewed in its middle', () => {
  expect(run({ type: 'accepted', seconds: 60 }).done.slice(1)).toEqual(['up', '27…30 s']);
});

test('a second challenge in a row means a wrong password; a stale nonce does not', () => {
  expect(run(challenged, challenged).done.slice(2)).toEqual(['down 401', '15…30 s']);
  expect(run(challenged, { type: 'challenged', stale: true }, accepted).done.slice(1)).toEqual([
    'register 600',
    'register 600',
    'up',
    '486…540 s',
  ]);
});

test('a longer time is asked for where the trunk wants one (423), and no endless one', () => {
  expect(run({ type: 'too-brief', minSeconds: 1_800 }).done[1]).toBe('register 1800');
  expect(run({ type: 'too-brief', minSeconds: 600 }).done[1]).toBe('down 423');
  expect(run({ type: 'too-brief', minSeconds: 10_000_000 }).done[1]).toBe('down 423');
});

test('failures are waited out longer and longer, half an hour at most; Retry-After is kept', () => {
  const waits = run(...Array.from({ length: 9 }, () => [unreachable, timer]).flat()).done.filter((one) =>
    one.endsWith('s'),
  );
  expect(waits).toEqual([30, 60, 120, 240, 480, 960, 1_800, 1_800, 1_800].map((most) => `${most / 2}…${most} s`));
  expect(run({ type: 'refused', status: 503, retryAfter: 300 }).done.slice(1)).toEqual(['down 503', '300…300 s']);
});

test('at the end it is taken back, with credentials where they are asked for, and not waited for where it was never made', () => {
  expect(run(accepted, { type: 'leave-wanted' }, challenged, accepted).done.slice(3)).toEqual([
    'stop-timer',
    'register 0',
    'register 0',
    'done',
  ]);
  expect(run(unreachable, { type: 'leave-wanted' }).done.slice(3)).toEqual(['stop-timer', 'done']);
});

test('whatever comes in any order: one request or one timer at a time, and an end that is reached', () => {
  const event = fc.oneof(
    fc.constantFrom<RegistrationEvent>(accepted, challenged, unreachable, timer, { type: 'challenged', stale: true }),
    fc.record({ type: fc.constant('too-brief' as const), minSeconds: fc.nat(100_000) }),
    fc.record({
      type: fc.constant('refused' as const),
      status: fc.integer({ min: 300, max: 699 }),
      retryAfter: fc.option(fc.nat(10_000), { nil: undefined }),
    }),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      let [now, ...effects] = startRegistration(600);
      for (const each of events) {
        [now, ...effects] = stepRegistration(now, each);
        const waits = effects.filter((effect) => effect.do === 'register' || effect.do === 'start-timer');
        expect(waits.length).toBeLessThanOrEqual(1);
        for (const effect of effects)
          if (effect.do === 'start-timer') expect(effect.atLeast).toBeLessThanOrEqual(effect.atMost);
      }
      [now] = stepRegistration(now, { type: 'leave-wanted' });
      [now] = stepRegistration(now, unreachable);
      expect(now.at).toBe('left');
    }),
  );
});
