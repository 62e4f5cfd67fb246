import { expect, test } from 'vitest';
import { explainMoves, type TrackGap } from '../../src/recording/track-timeline.ts';
import { recordingSample } from '../../src/domain/units.ts';

const hole = (fromMs: number, toMs: number, because: TrackGap['because'] = 'not-received'): TrackGap => ({
  at: recordingSample(fromMs * 8),
  samples: (toMs - fromMs) * 8,
  because,
});

test('a hole that a move to other media made says so; every other hole stays unexplained', () => {
  const moves = [{ at_ms: 10_000, after_ms: 1_500 }];
  const because = (gap: TrackGap): string | undefined => explainMoves([gap], moves)[0]?.because;
  expect(because(hole(8_400, 10_050))).toBe('media-moved');
  expect(because(hole(7_600, 10_900))).toBe('media-moved');
  expect(because(hole(8_400, 30_000))).toBe('not-received');
  expect(because(hole(2_000, 10_000))).toBe('not-received');
  expect(because(hole(8_500, 9_500, 'masked'))).toBe('masked');
  expect(explainMoves([hole(8_400, 10_050)], [])).toEqual([hole(8_400, 10_050)]);
});
