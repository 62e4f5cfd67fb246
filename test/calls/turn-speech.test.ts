import { describe, expect, test } from 'vitest';
import { step } from '../../src/calls/turn/turn.ts';
import { silentTurn, type TurnEffect, type TurnEvent } from '../../src/calls/turn/turn-state.ts';
import type { PlaybackId } from '../../src/media/media-server.ts';
import {
  began,
  byVoice,
  decoded,
  dos,
  ended,
  listen,
  p1,
  paused,
  queued,
  run,
  transcript,
  u1,
  u2,
} from './turn-scenes.ts';

const p2 = 2 as PlaybackId;

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

describe('two utterances, the first of which takes longer to understand', () => {
  const both = [listen(byVoice), began(u1), ended(u1), began(u2), ended(u2, 2000)] as const;
  const second = decoded(u2, 'final', transcript('match', ['eight']), false, 2500, { understood: false });
  const deliveries = (effects: readonly TurnEffect[]) => effects.filter((effect) => effect.do === 'deliver');

  test('what was said first counts', () => {
    const { turn, effects } = run(...both, second);
    expect(deliveries(effects)).toEqual([]);
    const [, ...later] = step(turn, decoded(u1, 'final', transcript('match', ['balance']), true));
    expect(deliveries(later)).toMatchObject([
      { event: { type: 'said', heard: [{ words: ['balance'] }] }, endedAt: 1000 },
    ]);
  });

  test('what was said after it counts when the first means nothing, and both are told', () => {
    const answer = decoded(u2, 'final', transcript('match', ['yes']), true);
    const { turn } = run(...both, answer);
    for (const outcome of ['not-speech', 'rejected'] as const) {
      const [next, ...effects] = step(turn, decoded(u1, 'final', transcript(outcome)));
      expect(deliveries(effects)).toMatchObject([
        { event: { type: 'said', heard: [{ words: ['yes'] }] }, endedAt: 2000 },
      ]);
      expect(dos(effects).filter((effect) => effect === 'report recognized')).toHaveLength(2);
      expect(next.listening).toBeUndefined();
    }
  });

  test('a whole answer behind it waits as well', () => {
    const guessed = [began(u2), paused(u2), decoded(u2, 'speculative', transcript('match', ['yes']), true)] as const;
    const { turn, effects } = run(listen(byVoice), began(u1), ended(u1), ...guessed, {
      type: 'timer',
      timer: 'complete',
    });
    expect(dos(effects)).toEqual(['end-utterance']);
    const [, ...later] = step(turn, decoded(u1, 'final', transcript('not-speech')));
    expect(deliveries(later)).toMatchObject([{ event: { type: 'said', heard: [{ words: ['yes'] }] } }]);
  });
});
