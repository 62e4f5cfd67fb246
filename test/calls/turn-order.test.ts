import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { step } from '../../src/calls/turn/turn.ts';
import { silentTurn, type TurnEffect, type TurnEvent } from '../../src/calls/turn/turn-state.ts';
import type { UtteranceId } from '../../src/media/media-server.ts';
import {
  began,
  both,
  byVoice,
  decoded,
  dos,
  ended,
  key,
  listen,
  p1,
  paused,
  queued,
  run,
  transcript,
  u1,
  u2,
  u3,
} from './turn-scenes.ts';

const failed = (utterance: UtteranceId, code: string, kind: 'speculative' | 'final' = 'final'): TurnEvent => ({
  type: 'decode-failed',
  utterance,
  kind,
  code,
});
const deliveries = (effects: readonly TurnEffect[]) => effects.filter((effect) => effect.do === 'deliver');
/** What is reported of each utterance: its words, else the outcome. */
const recognitions = (effects: readonly TurnEffect[]): string[] =>
  effects.flatMap((effect) => {
    if (effect.do !== 'report' || effect.fact.type !== 'recognized') return [];
    const { transcript: of } = effect.fact;
    return of === undefined ? ['failed'] : [of.hypotheses[0]?.words.join(' ') ?? of.outcome];
  });

const two = [listen(byVoice), began(u1), ended(u1), began(u2), ended(u2, 2000)] as const;
const yes = decoded(u2, 'final', transcript('match', ['yes']), true);
const saidYes = { event: { type: 'said', heard: [{ words: ['yes'] }] }, endedAt: 2000 };

describe('an answer waits for what was said before it', () => {
  test.each(['RECOGNIZER_BUSY', 'RECOGNITION_FAILED'])('which fails with %s: the answer counts', (code) => {
    const { turn } = run(...two, yes);
    const [next, ...effects] = step(turn, failed(u1, code));
    expect(deliveries(effects)).toMatchObject([saidYes]);
    expect(recognitions(effects)).toEqual(['failed', 'yes']);
    expect(dos(effects)).not.toContain('report keys-only');
    expect(next).toEqual(silentTurn);
  });

  test('which is decoded again when only the decode that ran ahead fails', () => {
    const ahead = run(listen(byVoice), began(u1), paused(u1), ended(u1), began(u2), ended(u2, 2000), yes);
    const [turn, ...effects] = step(ahead.turn, failed(u1, 'RECOGNITION_FAILED', 'speculative'));
    expect(effects).toEqual([{ do: 'decode', utterance: u1, kind: 'final' }]);
    const [, ...later] = step(turn, decoded(u1, 'final', transcript('match', ['balance']), true));
    expect(deliveries(later)).toMatchObject([{ event: { heard: [{ words: ['balance'] }] } }]);
  });

  test.each(['RECOGNIZER_BUSY', 'RECOGNITION_FAILED'])('and so does a failure with %s', (code) => {
    const { turn, effects } = run(...two, failed(u2, code));
    expect(effects).toEqual([]);
    const [, ...balance] = step(turn, decoded(u1, 'final', transcript('match', ['balance']), true));
    expect(deliveries(balance)).toMatchObject([{ event: { heard: [{ words: ['balance'] }] }, endedAt: 1000 }]);
    const [, ...noise] = step(turn, decoded(u1, 'final', transcript('not-speech')));
    expect(deliveries(noise)).toMatchObject([
      { event: { type: code === 'RECOGNIZER_BUSY' ? 'keys-only' : 'no-match' }, endedAt: 2000 },
    ]);
  });

  test('while the caller goes on speaking, and what they are saying then counts for the next question', () => {
    const { turn } = run(...two, yes, began(u3));
    const [next, ...effects] = step(turn, decoded(u1, 'final', transcript('not-speech')));
    expect(deliveries(effects)).toMatchObject([saidYes]);
    expect(recognitions(effects)).toEqual(['not-speech', 'yes']);
    expect(next.hearing).toMatchObject({ utterance: u3 });
    expect(next.awaited).toEqual([]);
  });

  test('also when the caller goes on before the answer itself is known', () => {
    const first = run(...two, began(u3), ended(u3, 3000), decoded(u1, 'final', transcript('not-speech')));
    expect(deliveries(first.all)).toEqual([]);
    const [, ...effects] = step(first.turn, yes);
    expect(deliveries(effects)).toMatchObject([saidYes]);
  });
});

describe('what means nothing', () => {
  test.each([
    ['rejected', 'not-speech'],
    ['not-speech', 'rejected'],
    ['rejected', 'rejected'],
  ] as const)('%s, then %s: a no-match at once, and both are told', (first, second) => {
    const { effects } = run(...two, decoded(u2, 'final', transcript(second)), decoded(u1, 'final', transcript(first)));
    expect(deliveries(effects)).toMatchObject([{ event: { type: 'no-match' } }]);
    expect(recognitions(effects).toSorted()).toEqual([first, second].toSorted());
  });

  test('twice over a prompt: it goes on, and the turn waits for an answer', () => {
    const { turn, effects } = run(
      queued('both', p1),
      listen(byVoice),
      began(u1, p1),
      ended(u1),
      began(u2),
      ended(u2),
      decoded(u2, 'final', transcript('not-speech')),
      decoded(u1, 'final', transcript('rejected')),
    );
    expect(deliveries(effects)).toEqual([]);
    expect(effects).toContainEqual({ do: 'resume-playback', playback: p1 });
    expect(turn).toMatchObject({ listening: byVoice, playing: [p1], hearing: undefined, awaited: [] });
    expect(dos(step(turn, { type: 'playback-finished', playback: p1 }).slice(1) as TurnEffect[])).toContain(
      'start-timer',
    );
  });
});

test('what was said besides an answer is told as well, before it', () => {
  const second = decoded(u2, 'final', transcript('match', ['eight']), false, 2500, { understood: false });
  const { effects } = run(...two, second, decoded(u1, 'final', transcript('match', ['balance']), true));
  expect(recognitions(effects)).toEqual(['eight', 'balance']);
});

test('a key ends what was said before, too', () => {
  const keyed = run(listen(both), began(u1), ended(u1), began(u2), key('1'));
  expect(keyed.turn).toMatchObject({ hearing: undefined, awaited: [] });
  expect(dos(keyed.effects)).toContain('cancel-decodes');
});

describe('utterances in a row, known in any order', () => {
  type Came = 'answer' | 'rejected' | 'not-speech' | 'failed' | 'busy';
  const came = fc.constantFrom<Came>('answer', 'rejected', 'not-speech', 'failed', 'busy');
  const news = (index: number, what: Came): TurnEvent => {
    const utterance = (index + 1) as UtteranceId;
    if (what === 'failed') return failed(utterance, 'RECOGNITION_FAILED');
    if (what === 'busy') return failed(utterance, 'RECOGNIZER_BUSY');
    return what === 'answer'
      ? decoded(utterance, 'final', transcript('match', [String(index)]), true)
      : decoded(utterance, 'final', transcript(what));
  };

  test('the first answer is never lost, all that is known is told once, and silence alone is waited out', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(came, fc.nat()), { minLength: 1, maxLength: 5 }), (row) => {
        const spoken = row.flatMap((_, index) => [
          began((index + 1) as UtteranceId),
          ended((index + 1) as UtteranceId),
        ]);
        let { turn } = run(listen(byVoice), ...spoken);
        const order = row.map((_, index) => index).toSorted((a, b) => (row[a]?.[1] ?? 0) - (row[b]?.[1] ?? 0));
        const known = new Set<number>();
        const told: string[] = [];
        for (const index of order) {
          const [next, ...effects] = step(turn, news(index, row[index]?.[0] ?? 'failed'));
          turn = next;
          known.add(index);
          told.push(...recognitions(effects));
          const delivered = effects.find((effect) => effect.do === 'deliver');
          if (delivered === undefined) continue;
          const answer = row.findIndex(([what]) => what === 'answer');
          const unknown = row.findIndex((_, at) => !known.has(at));
          const due = answer >= 0 && (unknown < 0 || answer < unknown);
          if (due) {
            expect(delivered.event).toMatchObject({ type: 'said', heard: [{ words: [String(answer)] }] });
            expect(told.at(-1)).toBe(String(answer));
          } else expect(delivered.event.type).not.toBe('said');
          expect(told).toHaveLength(known.size);
          return;
        }
        expect(row.map(([what]) => what)).toEqual(row.map(() => 'not-speech'));
        expect(told).toHaveLength(row.length);
        expect(turn).toMatchObject({ listening: byVoice, hearing: undefined, awaited: [] });
      }),
      { numRuns: 300 },
    );
  });
});
