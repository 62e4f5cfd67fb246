import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { step } from '../../src/calls/turn/turn.ts';
import {
  silentTurn,
  type Turn,
  type TurnEffect,
  type TurnEvent,
  type UnderstoodTranscript,
} from '../../src/calls/turn/turn-state.ts';
import type { Listening } from '../../src/dialogue/dialogue.ts';
import { Secret } from '../../src/domain/secret.ts';
import { ms } from '../../src/domain/units.ts';
import type { PlaybackId, UtteranceId } from '../../src/media/media-server.ts';
import type { Transcript } from '../../src/speech/speech-service.ts';

const grammar = {
  key: 'g',
  start: 0,
  nodes: [
    { arcs: [{ word: 'yes', to: 1 }], final: false },
    { arcs: [], final: true },
  ],
};
const speech: NonNullable<Listening['speech']> = { grammar, orFree: false };
const times = { noInputMs: 5000, maxSpeechMs: 10_000, completeMs: 300, extendableMs: 600, incompleteMs: 800 };
const byVoice: Listening = { speech, ...times };
const pin: Listening = { keys: { min: 4, max: 4, terminator: '#', interDigitMs: 3000, secret: true }, ...times };
const both: Listening = { ...byVoice, keys: { min: 2, max: 8, terminator: '#', interDigitMs: 3000, secret: false } };
const p1 = 1 as PlaybackId;
const p2 = 2 as PlaybackId;
const u1 = 1 as UtteranceId;
const u2 = 2 as UtteranceId;
const transcript = (outcome: Transcript['outcome'], words: string[] = [], free = false): UnderstoodTranscript => ({
  outcome,
  hypotheses: words.length === 0 ? [] : [{ words, confidence: 0.9, free, interpretations: [] }],
  decode: ms(100),
  queued: ms(0),
  audio: ms(800),
});

/** Runs events and returns the turn with the effects of the last one. */
function run(...events: TurnEvent[]): { turn: Turn; effects: TurnEffect[]; all: TurnEffect[] } {
  let turn = silentTurn;
  let effects: TurnEffect[] = [];
  const all: TurnEffect[] = [];
  for (const event of events) {
    [turn, ...effects] = step(turn, event);
    all.push(...effects);
  }
  return { turn, effects, all };
}
const dos = (effects: TurnEffect[]): string[] =>
  effects.map((effect) =>
    effect.do === 'deliver'
      ? `deliver ${effect.event.type}`
      : effect.do === 'report'
        ? `report ${effect.fact.type}`
        : effect.do,
  );
const queued = (bargeIn: Turn['bargeIn'], ...playbacks: PlaybackId[]): TurnEvent => ({
  type: 'queued',
  playbacks,
  bargeIn,
});
const listen = (listening: Listening): TurnEvent => ({ type: 'listen', listening });
const began = (utterance: UtteranceId, paused?: PlaybackId): TurnEvent => ({ type: 'speech-began', utterance, paused });
const paused = (utterance: UtteranceId, at = 1000): TurnEvent => ({ type: 'speech-paused', utterance, at });
const ended = (utterance: UtteranceId, endedAt = 1000): TurnEvent => ({ type: 'speech-ended', utterance, endedAt });
const decoded = (
  utterance: UtteranceId,
  kind: 'partial' | 'speculative' | 'final',
  of: UnderstoodTranscript,
  meant = false,
  at = 1200,
  more: { readonly extendable?: boolean; readonly understood?: boolean } = {},
): TurnEvent => ({
  type: 'decoded',
  utterance,
  kind,
  transcript: of,
  meant,
  extendable: more.extendable ?? false,
  understood: more.understood ?? of.outcome === 'match',
  at,
});
const key = (digit: string | Secret): TurnEvent => ({ type: 'key', key: digit });

describe('speech', () => {
  test('a complete speculative match ends the turn after the complete time-out, not before', () => {
    const guessed = run(
      listen(byVoice),
      began(u1),
      paused(u1),
      decoded(u1, 'speculative', transcript('match', ['yes']), true, 1200),
    );
    expect(guessed.effects).toEqual([{ do: 'start-timer', timer: 'complete', ms: 100 }]);
    const [turn, ...effects] = step(guessed.turn, { type: 'timer', timer: 'complete' });
    expect(dos(effects)).toContain('end-utterance');
    expect(effects.at(-1)).toEqual({
      do: 'deliver',
      event: { type: 'said', heard: [{ words: ['yes'], confidence: 0.9, free: false, interpretations: [] }] },
      endedAt: 1000,
    });
    expect(turn).toEqual(silentTurn);
  });

  test('a match that comes after the complete time-out is delivered at once', () => {
    const late = run(
      listen(byVoice),
      began(u1),
      paused(u1),
      decoded(u1, 'speculative', transcript('match', ['yes']), true, 1400),
    );
    expect(dos(late.effects).at(-1)).toBe('deliver said');
  });

  test('a complete match to which more could be said waits longer than one to which nothing can', () => {
    const open = run(
      listen(byVoice),
      began(u1),
      paused(u1),
      decoded(u1, 'speculative', transcript('match', ['yes']), true, 1200, { extendable: true }),
    );
    expect(open.effects).toEqual([{ do: 'start-timer', timer: 'complete', ms: 400 }]);
    const goesOn = run(
      listen(byVoice),
      began(u1),
      paused(u1),
      decoded(u1, 'speculative', transcript('match', ['yes']), true, 1200, { extendable: true }),
      { type: 'speech-resumed', utterance: u1 },
    );
    expect(dos(goesOn.effects)).toContain('stop-timer');
    expect(dos(goesOn.all)).not.toContain('deliver said');
  });

  test('an incomplete match waits for the end of the utterance and is not decoded twice', () => {
    const waiting = run(
      listen(byVoice),
      began(u1),
      paused(u1),
      decoded(u1, 'speculative', transcript('match', ['yes'])),
    );
    expect(waiting.effects).toEqual([]);
    const over = run(
      listen(byVoice),
      began(u1),
      paused(u1),
      decoded(u1, 'speculative', transcript('match', ['yes'])),
      ended(u1),
    );
    expect(dos(over.all).filter((what) => what === 'decode')).toHaveLength(1);
    expect(dos(over.effects).at(-1)).toBe('deliver said');
  });

  test('the caller goes on: the guess is thrown away and decoding begins anew', () => {
    const { all, effects } = run(
      listen(byVoice),
      began(u1),
      paused(u1),
      { type: 'speech-resumed', utterance: u1 },
      decoded(u1, 'speculative', transcript('match', ['yes']), true),
      ended(u1),
    );
    expect(dos(all)).not.toContain('deliver said');
    expect(effects.at(-1)).toEqual({ do: 'decode', utterance: u1, kind: 'final' });
  });

  test('end before the speculative transcript: it is awaited, not repeated', () => {
    const waiting = run(listen(byVoice), began(u1), paused(u1), ended(u1));
    expect(dos(waiting.effects)).not.toContain('decode');
    const [, ...effects] = step(waiting.turn, decoded(u1, 'speculative', transcript('match', ['yes'])));
    expect(dos(effects).at(-1)).toBe('deliver said');
  });

  test('rejected speech is a no-match; what is no speech re-arms the no-input time', () => {
    expect(
      dos(run(listen(byVoice), began(u1), ended(u1), decoded(u1, 'final', transcript('rejected'))).effects).at(-1),
    ).toBe('deliver no-match');
    const noise = run(listen(byVoice), began(u1), ended(u1), decoded(u1, 'final', transcript('not-speech')));
    expect(noise.effects.at(-1)).toEqual({ do: 'start-timer', timer: 'no-input', ms: 5000 });
    expect(noise.turn.listening).toEqual(byVoice);
  });

  test.each([
    [0.4, 'said'],
    [0.2, 'no-match'],
  ])('rejected at %d is %s', (confidence, delivered) => {
    const doubtful = {
      ...transcript('rejected'),
      hypotheses: [{ words: ['yes'], confidence, free: false, interpretations: [] }],
    };
    const { effects } = run(listen(byVoice), began(u1), ended(u1), decoded(u1, 'final', doubtful));
    expect(effects.at(-1)).toMatchObject({ do: 'deliver', event: { type: delivered } });
  });

  test('a rejected utterance with free words is delivered for the dialogue to weigh', () => {
    const { effects } = run(
      listen(byVoice),
      began(u1),
      ended(u1),
      decoded(u1, 'final', transcript('rejected', ['my', 'dog'], true)),
    );
    expect(effects.at(-1)).toMatchObject({ do: 'deliver', event: { type: 'said', heard: [{ free: true }] } });
  });

  test('silence after the prompts is no-input; the time starts when they end', () => {
    const playing = run(queued('both', p1, p2), listen(byVoice), { type: 'playback-finished', playback: p1 });
    expect(playing.effects).toEqual([]);
    const done = run(queued('both', p1), listen(byVoice), { type: 'playback-finished', playback: p1 });
    expect(done.effects[0]).toEqual({ do: 'start-timer', timer: 'no-input', ms: 5000 });
    expect(dos(step(done.turn, { type: 'timer', timer: 'no-input' }).slice(1) as TurnEffect[]).at(-1)).toBe(
      'deliver no-input',
    );
  });

  test('a monologue is cut and decoded', () => {
    const { effects } = run(listen(byVoice), began(u1), { type: 'timer', timer: 'max-speech' });
    expect(dos(effects)).toEqual(['cancel-decodes', 'end-utterance', 'decode']);
  });

  describe('somebody speaks all the time', () => {
    const cutOff = [listen(byVoice), began(u1), { type: 'timer', timer: 'max-speech' }, ended(u1)] as const;

    test('what was heard up to the limit counts, although the next utterance has begun', () => {
      const next = run(...cutOff, began(u2));
      const [turn, ...effects] = step(next.turn, decoded(u1, 'final', transcript('match', ['yes']), true));
      expect(effects.at(-1)).toMatchObject({ do: 'deliver', event: { type: 'said' } });
      // what is still being said when the next question comes counts there
      expect(turn.hearing).toMatchObject({ utterance: u2 });
      const [asked, ...then] = step(turn, listen(byVoice));
      expect(then[0]).toEqual({ do: 'start-timer', timer: 'max-speech', ms: 10_000 });
      expect(dos(step(asked, ended(u2)).slice(1) as TurnEffect[])).toContain('decode');
    });

    test('also when the next utterance pauses and goes on meanwhile: its decodes are not taken away', () => {
      const next = run(...cutOff, began(u2), paused(u2), { type: 'speech-resumed', utterance: u2 });
      expect(dos(next.effects)).not.toContain('cancel-decodes');
      const [, ...effects] = step(next.turn, decoded(u1, 'final', transcript('match', ['yes']), true));
      expect(dos(effects).at(-1)).toBe('deliver said');
    });

    test.each(['not-speech', 'rejected'] as const)('what was cut and is %s is a no-match, then keys', (outcome) => {
      const first = run(...cutOff, began(u2), decoded(u1, 'final', transcript(outcome)));
      expect(dos(first.effects).at(-1)).toBe('deliver no-match');
      const again = [listen(byVoice), { type: 'timer', timer: 'max-speech' }, ended(u2)] as const;
      let { turn } = first;
      for (const event of again) [turn] = step(turn, event);
      const [, ...effects] = step(turn, decoded(u2, 'final', transcript(outcome)));
      expect(dos(effects)).toEqual(expect.arrayContaining(['report keys-only', 'deliver keys-only']));
    });

    test('an answer in between begins the count anew', () => {
      const first = run(...cutOff, decoded(u1, 'final', transcript('not-speech')));
      let { turn } = first;
      for (const event of [listen(byVoice), began(u2), ended(u2)]) [turn] = step(turn, event);
      [turn] = step(turn, decoded(u2, 'final', transcript('match', ['yes']), true));
      for (const event of cutOff) [turn] = step(turn, event);
      const [, ...effects] = step(turn, decoded(u1, 'final', transcript('not-speech')));
      expect(dos(effects).at(-1)).toBe('deliver no-match');
    });

    test('noises that go on and on end in a no-match, however short each one is', () => {
      const noises = [began(u1), ended(u1), decoded(u1, 'final', transcript('not-speech'))];
      const long = run(listen(byVoice), ...noises, ...noises, ...noises);
      const limit = long.all.filter((effect) => effect.do === 'start-timer' && effect.timer === 'no-answer');
      expect(limit).toEqual([{ do: 'start-timer', timer: 'no-answer', ms: 25_000 }]);
      expect(long.all).not.toContainEqual({ do: 'stop-timer', timer: 'no-answer' });
      const [, ...effects] = step(long.turn, { type: 'timer', timer: 'no-answer' });
      expect(dos(effects).at(-1)).toBe('deliver no-match');
    });

    test('at that limit what is being said is heard out', () => {
      const speaking = run(listen(byVoice), began(u1), { type: 'timer', timer: 'no-answer' });
      expect(dos(speaking.effects)).toEqual(['cancel-decodes', 'end-utterance', 'decode']);
      const [, ...effects] = step(speaking.turn, decoded(u1, 'final', transcript('match', ['yes']), true));
      expect(dos(effects).at(-1)).toBe('deliver said');
    });
  });

  test('a full recognition queue moves the call to the keys', () => {
    const { effects } = run(listen(byVoice), began(u1), ended(u1), {
      type: 'decode-failed',
      utterance: u1,
      kind: 'final',
      code: 'RECOGNIZER_BUSY',
    });
    expect(dos(effects)).toEqual(expect.arrayContaining(['report keys-only', 'deliver keys-only']));
  });

  test('one failure is a no-match, a second one in a row moves the call to the keys', () => {
    const fail: TurnEvent = { type: 'decode-failed', utterance: u1, kind: 'final', code: 'RECOGNITION_FAILED' };
    const first = run(listen(byVoice), began(u1), ended(u1), fail);
    expect(dos(first.effects).at(-1)).toBe('deliver no-match');
    let turn = first.turn;
    for (const event of [listen(byVoice), began(u1), ended(u1)]) [turn] = step(turn, event);
    expect(dos(step(turn, fail).slice(1) as TurnEffect[]).at(-1)).toBe('deliver keys-only');
  });
});

describe('barge-in', () => {
  const over = [queued('both', p1), listen(byVoice), began(u1, p1)] as const;

  test('words keep the prompt paused; it stops when they mean something', () => {
    const sustained = run(...over, { type: 'speech-sustained', utterance: u1 });
    expect(sustained.effects).toEqual([{ do: 'decode', utterance: u1, kind: 'partial' }]);
    const committed = run(
      ...over,
      { type: 'speech-sustained', utterance: u1 },
      decoded(u1, 'partial', transcript('match', ['ye'], true), true),
    );
    expect(dos(committed.all)).not.toContain('resume-playback');
    const [turn, ...effects] = step(committed.turn, ended(u1));
    expect(dos(effects)).toContain('decode');
    const [, ...answered] = step(turn, decoded(u1, 'final', transcript('match', ['yes']), true));
    expect(dos(answered)).toEqual(expect.arrayContaining(['stop-playback', 'report barge-in', 'deliver said']));
    expect(answered).toContainEqual({
      do: 'report',
      fact: { type: 'barge-in', by: 'speech', outcome: 'committed' },
    });
  });

  test.each([
    ['free words', transcript('match', ['pass', 'me', 'the', 'salt'], true)],
    ['words of no sentence', transcript('rejected', ['salt'])],
  ])("other people's %s mean nothing: the prompt goes on from the paused sample", (_what, said) => {
    const talk = run(
      ...over,
      { type: 'speech-sustained', utterance: u1 },
      decoded(u1, 'partial', transcript('match', ['pass', 'me'], true), true),
      ended(u1),
      decoded(u1, 'final', said, false, 1200, { understood: false }),
    );
    expect(dos(talk.all)).not.toContain('stop-playback');
    expect(talk.all).toContainEqual({ do: 'resume-playback', playback: p1 });
    expect(talk.all).toContainEqual({ do: 'report', fact: { type: 'barge-in', by: 'speech', outcome: 'false' } });
    expect(talk.turn.playing).toEqual([p1]);
    expect(talk.turn.listening).toEqual(byVoice);
  });

  test('a prompt that was held up in vain twice is held up no more, and an answer over it still counts', () => {
    const inVain = [
      began(u1, p1),
      { type: 'speech-sustained', utterance: u1 },
      decoded(u1, 'partial', transcript('not-speech')),
      ended(u1),
      decoded(u1, 'final', transcript('not-speech')),
    ] as const;
    const third = run(queued('both', p1), listen(byVoice), ...inVain, ...inVain, began(u2, p1));
    expect(third.effects[0]).toEqual({ do: 'resume-playback', playback: p1 });
    let { turn } = third;
    [turn] = step(turn, ended(u2));
    const [, ...effects] = step(turn, decoded(u2, 'final', transcript('match', ['yes']), true));
    expect(dos(effects)).toEqual(expect.arrayContaining(['stop-playback', 'deliver said']));
  });

  test('somebody who speaks on and on over a paused prompt is asked what it means after 6 s', () => {
    const long = run(...over);
    expect(long.effects).toContainEqual({ do: 'start-timer', timer: 'max-speech', ms: 6000 });
    const cutOff = run(...over, { type: 'timer', timer: 'max-speech' }, ended(u1), began(u2));
    const [turn, ...effects] = step(cutOff.turn, decoded(u1, 'final', transcript('rejected')));
    expect(dos(effects)).toContain('resume-playback');
    expect(turn.hearing).toMatchObject({ utterance: u2 });
  });

  test('our own voice that came back is as if nothing had been heard', () => {
    const echo = run(...over, { type: 'speech-sustained', utterance: u1 }, { type: 'speech-dismissed', utterance: u1 });
    expect(dos(echo.effects)).toEqual(expect.arrayContaining(['cancel-decodes', 'resume-playback']));
    expect(echo.turn.hearing).toBeUndefined();
    expect(echo.turn.playing).toEqual([p1]);
    const quiet = run(listen(byVoice), began(u1), { type: 'speech-dismissed', utterance: u1 });
    expect(quiet.effects.at(-1)).toEqual({ do: 'start-timer', timer: 'no-input', ms: 5000 });
  });

  test('noise: the prompt goes on from the paused sample and the turn stays open', () => {
    const noise = run(
      ...over,
      { type: 'speech-sustained', utterance: u1 },
      decoded(u1, 'partial', transcript('not-speech')),
      ended(u1),
      decoded(u1, 'final', transcript('not-speech')),
    );
    expect(dos(noise.all).filter((what) => what === 'resume-playback')).toHaveLength(1);
    expect(dos(noise.all)).not.toContain('stop-playback');
    expect(noise.turn.playing).toEqual([p1]);
    expect(noise.turn.listening).toEqual(byVoice);
  });

  test('a cough shorter than the commitment resumes once it is known to be none', () => {
    const cough = run(...over, paused(u1), decoded(u1, 'speculative', transcript('not-speech')), ended(u1));
    expect(dos(cough.effects)).toContain('resume-playback');
    expect(cough.all.find((effect) => effect.do === 'report' && effect.fact.type === 'barge-in')).toMatchObject({
      fact: { outcome: 'false' },
    });
  });

  test('a short answer over the prompt counts without a partial decode', () => {
    const yes = run(...over, paused(u1), decoded(u1, 'speculative', transcript('match', ['yes']), true, 1500));
    expect(dos(yes.effects)).toEqual(expect.arrayContaining(['stop-playback', 'deliver said']));
  });

  test('speech over a prompt that does not allow it is not heard, but what outlasts the prompt is', () => {
    const within = run(queued('none', p1), listen(byVoice), began(u1), paused(u1), ended(u1));
    expect(dos(within.all)).toEqual([]);
    const outlasting = run(
      queued('none', p1),
      listen(byVoice),
      began(u1),
      { type: 'playback-finished', playback: p1 },
      ended(u1),
    );
    expect(dos(outlasting.effects)).toContain('decode');
  });
});

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

const anyEvent: fc.Arbitrary<TurnEvent> = fc.oneof(
  fc.record({
    type: fc.constant('queued' as const),
    playbacks: fc.array(
      fc.integer({ min: 1, max: 4 }).map((n) => n as PlaybackId),
      { maxLength: 2 },
    ),
    bargeIn: fc.constantFrom('none' as const, 'keys' as const, 'speech' as const, 'both' as const),
  }),
  fc.constantFrom(byVoice, pin, both).map((one) => listen(one)),
  fc.integer({ min: 1, max: 4 }).map((n): TurnEvent => ({ type: 'playback-finished', playback: n as PlaybackId })),
  fc.tuple(fc.constantFrom(u1, u2), fc.constantFrom(undefined, p1)).map(([u, p]) => began(u, p)),
  fc.constantFrom(u1, u2).map((u): TurnEvent => ({ type: 'speech-sustained', utterance: u })),
  fc.constantFrom(u1, u2).map((u) => paused(u)),
  fc.constantFrom(u1, u2).map((u): TurnEvent => ({ type: 'speech-resumed', utterance: u })),
  fc.constantFrom(u1, u2).map((u) => ended(u)),
  fc.constantFrom(u1, u2).map((u): TurnEvent => ({ type: 'speech-dismissed', utterance: u })),
  fc
    .tuple(
      fc.constantFrom(u1, u2),
      fc.constantFrom('partial' as const, 'speculative' as const, 'final' as const),
      fc.constantFrom('match' as const, 'rejected' as const, 'not-speech' as const),
      fc.boolean(),
    )
    .map(([u, kind, outcome, complete]) =>
      decoded(u, kind, transcript(outcome, outcome === 'match' ? ['yes'] : []), complete),
    ),
  fc
    .tuple(
      fc.constantFrom(u1, u2),
      fc.constantFrom('partial' as const, 'speculative' as const, 'final' as const),
      fc.constantFrom('RECOGNIZER_BUSY', 'RECOGNITION_FAILED'),
    )
    .map(([u, kind, code]): TurnEvent => ({ type: 'decode-failed', utterance: u, kind, code })),
  fc.constantFrom('1', '2', '#', '*').map((digit) => key(digit)),
  fc
    .constantFrom(
      'no-input' as const,
      'inter-digit' as const,
      'max-speech' as const,
      'complete' as const,
      'no-answer' as const,
    )
    .map((timer): TurnEvent => ({ type: 'timer', timer })),
);

describe('whatever happens', () => {
  test('a turn delivers at most once per listening, and only while one is open', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
        let turn = silentTurn;
        for (const event of events) {
          const open = turn.listening !== undefined || event.type === 'listen';
          const [next, ...effects] = step(turn, event);
          const delivered = effects.filter((effect) => effect.do === 'deliver');
          expect(delivered.length).toBeLessThanOrEqual(open ? 1 : 0);
          if (delivered.length > 0) {
            expect(effects.at(-1)?.do).toBe('deliver');
            expect(next.listening).toBeUndefined();
          }
          turn = next;
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('an open turn is never stuck: with all playback ended and speech resolved, a timer is running or something is being decoded', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), (events) => {
        let turn = silentTurn;
        const running = new Set<string>();
        const apply = (event: TurnEvent): void => {
          if (event.type === 'timer') {
            if (!running.has(event.timer)) return; // a timer that was not started does not fire
            running.delete(event.timer);
          }
          const [next, ...effects] = step(turn, event);
          for (const effect of effects) {
            if (effect.do === 'start-timer') running.add(effect.timer);
            if (effect.do === 'stop-timer') running.delete(effect.timer);
          }
          turn = next;
        };
        for (const event of events) apply(event);
        const { playing } = turn;
        for (const playback of playing) apply({ type: 'playback-finished', playback });
        if (turn.awaited?.decoding !== undefined)
          apply(decoded(turn.awaited.utterance, turn.awaited.decoding, transcript('not-speech')));
        if (turn.hearing !== undefined) apply(ended(turn.hearing.utterance));
        if (turn.hearing?.decoding !== undefined)
          apply(decoded(turn.hearing.utterance, turn.hearing.decoding, transcript('not-speech')));
        if (turn.listening !== undefined && turn.hearing === undefined)
          expect([...running].some((timer) => timer === 'no-input' || timer === 'inter-digit')).toBe(true);
      }),
      { numRuns: 2000 },
    );
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
