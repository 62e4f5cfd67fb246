import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { step } from '../../src/calls/turn/turn.ts';
import { silentTurn, type TurnEvent } from '../../src/calls/turn/turn-state.ts';
import type { PlaybackId, UtteranceId } from '../../src/media/media-server.ts';
import {
  began,
  both,
  byVoice,
  decoded,
  ended,
  key,
  listen,
  p1,
  paused,
  pin,
  transcript,
  u1,
  u2,
  u3,
} from './turn-scenes.ts';

/** Counted back from the one that began last. */
const anUtterance = fc.constantFrom(u1, u1, u2, u3);
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
  fc.tuple(anUtterance, fc.constantFrom(undefined, p1)).map(([u, p]) => began(u, p)),
  anUtterance.map((u): TurnEvent => ({ type: 'speech-sustained', utterance: u })),
  anUtterance.map((u) => paused(u)),
  anUtterance.map((u): TurnEvent => ({ type: 'speech-resumed', utterance: u })),
  anUtterance.map((u) => ended(u)),
  anUtterance.map((u): TurnEvent => ({ type: 'speech-dismissed', utterance: u })),
  fc
    .tuple(
      anUtterance,
      fc.constantFrom('partial' as const, 'speculative' as const, 'final' as const),
      fc.constantFrom('match' as const, 'rejected' as const, 'not-speech' as const),
      fc.boolean(),
    )
    .map(([u, kind, outcome, complete]) =>
      decoded(u, kind, transcript(outcome, outcome === 'match' ? ['yes'] : []), complete),
    ),
  fc
    .tuple(
      anUtterance,
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

/** No two utterances have the same number. */
function numbered(events: readonly TurnEvent[]): TurnEvent[] {
  let count = 0;
  return events.map((event) => {
    if (event.type === 'speech-began') return { ...event, utterance: ++count as UtteranceId };
    return 'utterance' in event ? { ...event, utterance: (count + 1 - event.utterance) as UtteranceId } : event;
  });
}

describe('whatever happens', () => {
  test('a turn delivers at most once per listening, and only while one is open', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
        let turn = silentTurn;
        for (const event of numbered(events)) {
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
        for (const event of numbered(events)) apply(event);
        const { playing } = turn;
        for (const playback of playing) apply({ type: 'playback-finished', playback });
        for (const { utterance, decoding } of turn.awaited)
          if (decoding !== undefined) apply(decoded(utterance, decoding, transcript('not-speech')));
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
