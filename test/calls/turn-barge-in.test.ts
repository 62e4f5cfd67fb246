import { describe, expect, test } from 'vitest';
import { step } from '../../src/calls/turn/turn.ts';
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
