import { describe, expect, test } from 'vitest';
import { step } from '../../src/calls/turn/turn.ts';
import { type TurnEffect, type TurnEvent } from '../../src/calls/turn/turn-state.ts';
import type { Listening } from '../../src/dialogue/dialogue.ts';
import { Secret } from '../../src/domain/secret.ts';
import { began, both, dos, ended, key, listen, p1, paused, pin, queued, run, times, u1, u2 } from './turn-scenes.ts';

describe('keys', () => {
  test('the first key stops the prompt and locks the turn to the keypad', () => {
    const first = run(queued('both', p1), listen(both), began(u1, p1), key('1'));
    expect(dos(first.effects)).toEqual(expect.arrayContaining(['stop-playback', 'cancel-decodes', 'start-timer']));
    const mumbled = run(listen(both), key('1'), began(u2), paused(u2), ended(u2));
    expect(dos(mumbled.all)).not.toContain('decode');
    expect(mumbled.turn.collected.keys).toEqual(['1']);
  });

  test.each([
    ['the terminator', ['1', '2', '#'], { type: 'keyed', digits: '12' }],
    ['the maximum', ['1', '2', '3', '4', '5', '6', '7', '8'], { type: 'keyed', digits: '12345678' }],
    ['too few before the terminator', ['1', '#'], { type: 'no-match' }],
    ['a star first asks again', ['*'], { type: 'keyed', digits: '*' }],
  ])('%s', (_name, keys, delivered) => {
    const { effects } = run(listen(both), ...keys.map((one) => key(one)));
    expect(effects.at(-1)).toMatchObject({ do: 'deliver', event: delivered });
  });

  test.each([
    ['enough', ['1', '2'], { type: 'keyed', digits: '12' }],
    ['too few', ['1'], { type: 'no-match' }],
  ])('inter-digit time-out after %s', (_name, keys, delivered) => {
    const { effects } = run(listen(both), ...keys.map((one) => key(one)), { type: 'timer', timer: 'inter-digit' });
    expect(effects.at(-1)).toMatchObject({ do: 'deliver', event: delivered });
  });

  test('a PIN is delivered as a Secret and shows in nothing', () => {
    const { effects, turn } = run(listen(pin), ...['2', '4', '6', '8'].map((digit) => key(new Secret(digit))));
    const last = effects.at(-1);
    const digits = last?.do === 'deliver' && last.event.type === 'keyed' ? last.event.digits : undefined;
    expect(digits).toBeInstanceOf(Secret);
    expect((digits as Secret).reveal()).toBe('2468');
    expect(JSON.stringify([turn, effects])).not.toContain('2468');
  });

  test('type-ahead answers the listening that opens next', () => {
    const typed = run(key('1'), key('2'), key('#'), listen(both));
    expect(typed.effects.at(-1)).toMatchObject({ do: 'deliver', event: { type: 'keyed', digits: '12' } });
    const half = run(key('1'), listen(both), key('2'), key('#'));
    expect(half.effects.at(-1)).toMatchObject({ do: 'deliver', event: { type: 'keyed', digits: '12' } });
  });

  test('the terminator of an answer that was whole without it is no answer of its own', () => {
    const first = run(listen(both), ...['1', '2', '3', '4', '5', '6', '7', '8', '#'].map((one) => key(one)));
    expect(first.turn.ahead).toEqual([]); // part of the answer, which was told already
    const next = run(key('#'), listen(both));
    expect(next.effects.map((effect) => 'timer' in effect && effect.timer)).toEqual(['no-input', 'no-answer']);
    expect(next.turn.keypad).toBe(false);
    const live = run(queued('both', p1), listen(both), key('#'));
    expect(live.effects).toEqual([]);
    expect(live.turn.playing).toEqual([p1]);
  });

  test('a key after an answer that was whole begins a new entry: its terminator is not the one of the answer before', () => {
    const entry = { ...both, keys: { min: 1, max: 12, terminator: '#' as const, interDigitMs: 60_000, secret: false } };
    const whole = { ...both, keys: { ...entry.keys, max: 2 } };
    const typed = run(listen(whole), key('1'), key('2'), listen(entry), ...Array.from('345#', (one) => key(one)));
    expect(typed.all.filter((effect) => effect.do === 'deliver').map(({ event }) => event)).toEqual([
      { type: 'keyed', digits: '12' },
      { type: 'keyed', digits: '345' },
    ]);
  });

  test('keys typed ahead of a secret entry were not masked and do not count', () => {
    const typed = run(key('2'), key('4'), key('6'), key('8'), listen(pin));
    expect(dos(typed.effects)).toEqual(['start-timer']);
    expect(typed.turn.collected.keys).toEqual([]);
  });

  test('a secret key that comes late, or over a question that may not be interrupted, answers no other question', () => {
    const secret = (digits: string): TurnEvent[] => Array.from(digits, (digit) => key(new Secret(digit)));
    const late = run(listen(pin), ...secret('24681'), listen(both), ...secret('3'), key('#'));
    expect(late.turn.collected.keys).toEqual([]);
    const forbidden = run(queued('none', p1), listen(pin), ...secret('2468'), listen(both));
    expect(forbidden.turn.collected.keys).toEqual([]);
    expect(dos(forbidden.all)).not.toContain('deliver keyed');
  });

  test('what is said where only keys are asked for is never decoded, however long, and is silence', () => {
    const talking = run(began(u1), listen(pin));
    expect(dos(talking.effects)).toEqual(['start-timer']);
    for (const timer of ['max-speech', 'complete'] as const)
      expect(dos(step(talking.turn, { type: 'timer', timer }).slice(1) as TurnEffect[])).toEqual([]);
    const silent = step(talking.turn, { type: 'timer', timer: 'no-input' }).slice(1) as TurnEffect[];
    expect(dos(silent).at(-1)).toBe('deliver no-input');
  });

  test('type-ahead that answers one question leaves the rest for the next', () => {
    const menu: Listening = {
      keys: { min: 1, max: 1, terminator: undefined, interDigitMs: 3000, secret: false },
      ...times,
    };
    const first = run(key('1'), key('2'), listen(menu));
    expect(first.effects.at(-1)).toMatchObject({ event: { digits: '1' } });
    const [, ...effects] = step(first.turn, listen(menu));
    expect(effects.at(-1)).toMatchObject({ event: { digits: '2' } });
  });

  test('keys do not interrupt what forbids it; they are kept', () => {
    const kept = run(queued('none', p1), listen(both), key('1'));
    expect(kept.effects).toEqual([]);
    expect(kept.turn.ahead).toEqual(['1']);
  });
});

describe("a '#' after an entry that was over by its length", () => {
  const account: Listening = { ...times, keys: { min: 2, max: 2, terminator: '#', interDigitMs: 3000, secret: false } };
  const menu: Listening = {
    ...times,
    keys: { min: 1, max: 1, terminator: undefined, interDigitMs: 3000, secret: false },
  };
  const entered = [listen(account), key('1'), key('2')];

  test('is part of the entry for a while: it neither stops what is said next nor answers the next question', () => {
    const entry = run(...entered);
    expect(entry.effects).toContainEqual({ do: 'start-timer', timer: 'terminator', ms: 3000 });
    const { turn, effects } = run(...entered, queued('both', p1), listen(menu), key('#'));
    expect(effects).toEqual([{ do: 'stop-timer', timer: 'terminator' }]);
    expect(turn).toMatchObject({ playing: [p1], terminating: false, ahead: [] });
    // only one
    expect(dos(run(...entered, queued('both', p1), listen(menu), key('#'), key('#')).effects)).toContain(
      'deliver keyed',
    );
    // nothing listens yet
    expect(run(...entered, key('#')).turn.ahead).toEqual([]);
  });

  test('is a key like others when it comes later, or after one that was ended by it', () => {
    const late = run(...entered, { type: 'timer', timer: 'terminator' }, queued('both', p1), listen(menu), key('#'));
    expect(dos(late.effects)).toContain('deliver keyed');
    const told = run(
      listen({ ...account, keys: { min: 1, max: 8, terminator: '#', interDigitMs: 3000, secret: false } }),
      key('1'),
      key('#'),
    );
    expect(told.turn.terminating).toBe(false);
    expect(dos(told.effects)).not.toContain('start-timer');
  });

  test('typed ahead goes with its entry; other keys go on as they did', () => {
    const ahead = run(key('1'), key('2'), key('#'), key('1'), listen(account));
    expect(ahead.turn.ahead).toEqual(['1']);
    expect(dos(run(...entered, queued('both', p1), listen(menu), key('1')).effects)).toContain('stop-playback');
  });

  test('its time stands in the dialplan', () => {
    const keys = { min: 2, max: 2, terminator: undefined, interDigitMs: 3000, terminatorMs: 700, secret: true };
    const { effects } = run(listen({ ...times, keys }), key('1'), key('2'));
    expect(effects).toContainEqual({ do: 'start-timer', timer: 'terminator', ms: 700 });
  });
});
