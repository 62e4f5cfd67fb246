import { describe, expect, test } from 'vitest';
import { FLOW_LIMITS } from '../../src/dialogue/flow.ts';
import { frame, PERSON, problems } from './loop-frame.ts';

const FIRST = '  first: { kind: say, say: One., next: main }\n';

describe('the check', () => {
  test('a loop through a question is right', () => {
    expect(problems(frame(FIRST + PERSON))).toBe('');
  });

  test.each([
    [
      'a transfer whose target refuses at once',
      `${FIRST}  person: { kind: transfer, because: asked, completed: bye, no-answer: person }\n`,
      'person (no-answer) → person',
    ],
    [
      'a transfer that fails otherwise',
      `${FIRST}  person: { kind: transfer, because: asked, completed: bye, no-answer: main, busy: person }\n`,
      'person (busy) → person',
    ],
    [
      'a person who hangs up at once',
      `${FIRST}  person: { kind: transfer, because: asked, completed: person, no-answer: bye }\n`,
      'person (completed) → person',
    ],
    [
      'transfers and sayings in turn',
      `${FIRST}  person: { kind: transfer, because: asked, completed: bye, no-answer: sorry }\n  sorry: { kind: say, say: Nobody., next: person }\n`,
      'person (no-answer) → sorry (next) → person',
    ],
    [
      'a look-up that fails at once',
      `  first: { kind: look-up, service: service, done: main, failed: first }\n${PERSON}`,
      'first (failed) → first',
    ],
    [
      'a look-up that is refused at once',
      `  first: { kind: look-up, service: service, done: main, failed: main, refused: { no: { to: main, tries: 3, otherwise: first } } }\n${PERSON}`,
      'first (no/otherwise) → first',
    ],
    [
      'a question that takes no keys, and a person who cannot be reached',
      `  first:\n    kind: question\n    say: Say it.\n    options: { three: { to: bye, phrases: [three] } }\n  person: { kind: transfer, because: asked, completed: bye, no-answer: first }\n`,
      'first (keys-only) → person (no-answer) → first',
    ],
    [
      'a slot that takes no keys',
      `  first: { kind: form, slots: { amount: { say: How much?, grammar: loans.abnf, value: intent } }, next: main }\n  person: { kind: transfer, because: asked, completed: bye, no-answer: first }\n`,
      'first (keys-only) → person (no-answer) → first',
    ],
    [
      'a form that is filled already',
      `  first: { kind: form, slots: { pin: { say: PIN?, keys: { min: 4, max: 4 } } }, next: check }\n  check: { kind: look-up, service: service, args: { pin: pin }, done: main, failed: first }\n${PERSON}`,
      'first (next) → check (failed) → first',
    ],
    [
      'a condition that always holds',
      `  first: { kind: form, unless: { known: token, to: check }, slots: { pin: { say: PIN?, keys: { min: 4, max: 4 } } }, next: check }\n  check: { kind: look-up, service: service, keeps: [token], done: main, failed: { to: first, clear: [pin] } }\n${PERSON}`,
      'first (unless) → check',
    ],
    [
      'look-ups, conditions, keys and transfers together',
      `  first: { kind: look-up, service: service, done: main, failed: ask }\n  ask:\n    kind: question\n    say: Say it.\n    options: { three: { to: bye, phrases: [three] } }\n  person: { kind: transfer, because: asked, completed: bye, no-answer: sorry }\n  sorry: { kind: say, say: Nobody., barge-in: none, next: first }\n`,
      'first (failed) → ask (keys-only) → person (no-answer) → sorry (next) → first',
    ],
  ])('%s', (_, states, loop) => {
    const found = problems(frame(states));
    expect(found).toMatch(/^looping\.yaml:\d+:3: expected a question somewhere in the loop from '[a-z]+' to itself/);
    expect(found).toContain(loop);
  });

  test('the same with the slot cleared on the way is right', () => {
    expect(
      problems(
        frame(
          `  first: { kind: form, unless: { known: token, to: check }, slots: { pin: { say: PIN?, keys: { min: 4, max: 4 } } }, next: check }\n  check: { kind: look-up, service: service, keeps: [token], done: main, failed: { to: first, clear: [pin, token] } }\n${PERSON}`,
        ),
      ),
    ).toBe('');
  });

  const chain = (length: number): string =>
    Array.from(
      { length },
      (_, n) => `  s${n}: { kind: say, say: Word ${n}., next: ${n + 1 < length ? `s${n + 1}` : 'main'} }\n`,
    ).join('');

  test('a way that is longer than the budget is refused, loop or not', () => {
    const first = '  first: { kind: say, say: One., next: s0 }\n';
    expect(problems(frame(first + chain(50) + PERSON))).toBe('');
    expect(problems(frame(first + chain(FLOW_LIMITS.planned) + PERSON))).toMatch(
      /expected a question after at most 100 steps and 8 transfers, found 101 steps from '\w+' on without one/,
    );
  });

  test('what follows a call comes behind the flow', () => {
    const calls = '  first: { kind: call, flow: talk, next: again }\n  again: { kind: call, flow: talk, next: main }\n';
    const talk = (length: number): string =>
      `flows:\n  talk:\n    start: s0\n    states:\n${chain(length).replaceAll(/^/gm, '    ').replace('next: main }', 'next: done }').trimEnd()}\n      done: { kind: return }\n`;
    expect(problems(frame(calls + PERSON, talk(40)))).toBe('');
    expect(problems(frame(calls + PERSON, talk(60)))).toContain("found 125 steps from 'first'");
  });

  test('a thousand states in every shape are looked at in a moment', () => {
    const states = Array.from(
      { length: 1000 },
      (_, n) =>
        `  s${n}: { kind: look-up, service: service, done: s${(n * 7) % 1000}, failed: s${(n * 13 + 1) % 1000} }\n`,
    ).join('');
    const began = performance.now();
    expect(problems(frame(`  first: { kind: say, say: One., next: s1 }\n${states}${PERSON}`))).toContain('… and ');
    expect(performance.now() - began).toBeLessThan(20_000);
  });
});
