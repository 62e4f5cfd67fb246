import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { incompleteness } from '../../src/recording/coverage.ts';
import { LOST_BY_CRASH_MS } from '../../src/recording/loss-limits.ts';
import type { Manifest, ManifestGap } from '../../src/recording/manifest.ts';
import { recordingSample } from '../../src/domain/units.ts';

const PER_MS = 8;
type Recorded = Parameters<typeof incompleteness>[0];

function track(name: string, fromMs: number, toMs: number): Manifest['tracks'][number] {
  const [from, to] = [fromMs * PER_MS, toMs * PER_MS];
  const file = { path: `tracks/${name}.pcmu.wav`, bytes: 0, sha256: '' };
  return { ...file, track: name, codec: 'PCMU', from, to, received: to - from, sounding: to - from };
}
const gap = (name: string, fromMs: number, toMs: number, because: ManifestGap['because']): ManifestGap => ({
  track: name,
  at: recordingSample(fromMs * PER_MS),
  samples: (toMs - fromMs) * PER_MS,
  because,
});
const recorded = (toMs: number, gaps: readonly ManifestGap[] = [], more: Partial<Recorded> = {}): Recorded => ({
  samples: toMs * PER_MS,
  tracks: [track('customer', 0, toMs), track('bot', 0, toMs)],
  gaps,
  participants: [],
  ...more,
});
const call = (endedMs: number) => ({ answered_ms: 200, ended_ms: endedMs, prompted_ms: 3_000 });

test('five seconds of a call of thirty-six are incomplete, and the sentence says what is missing', () => {
  expect(incompleteness(recorded(5_000), call(36_000))).toEqual([
    "call: 31.0 s of the customer's 35.8 s were not recorded and no gap says why, the longest from 5.0 to 36.0 s",
  ]);
});

test('the end by the recorder’s own clock counts when the journal knows less', () => {
  expect(incompleteness(recorded(5_000, [], { ended_ms: 36_000 }), call(6_000))).toHaveLength(1);
});

test('what a loss of power may take of the end is accounted for where nobody lived to end it, and nowhere else', () => {
  const kept = 36_000 - LOST_BY_CRASH_MS;
  expect(incompleteness(recorded(kept), call(36_000))).toEqual([]);
  expect(incompleteness(recorded(kept - 100), call(36_000))).toHaveLength(1);
  const ended = recorded(36_000 - LOST_BY_CRASH_MS - 100, [], { ended_ms: 36_000 });
  expect(incompleteness(ended, call(36_000))).toHaveLength(1);
});

test.each(['loss', 'no-rtp', 'masked', 'hold', 'not-sent', 'media-moved'] as const)(
  'a marked gap (%s) is accounted for, however long',
  (because) => {
    expect(incompleteness(recorded(36_000, [gap('customer', 3_000, 35_000, because)]), call(36_000))).toEqual([]);
  },
);

test('a hole that nothing explains, a late beginning, a track that is missing, and audio that the disk did not take are problems', () => {
  const hole = recorded(36_000, [gap('customer', 3_000, 9_000, 'not-received')]);
  expect(incompleteness(hole, call(36_000))).toEqual([expect.stringMatching(/6\.0 s of the customer's/)]);
  const late = recorded(36_000, [], { tracks: [track('customer', 9_000, 36_000)] });
  expect(incompleteness(late, call(36_000))).toEqual([expect.stringMatching(/from 0\.2 to 9\.0 s$/)]);
  expect(incompleteness(recorded(36_000, [], { tracks: [track('bot', 0, 36_000)] }), call(36_000))).toHaveLength(1);
  const dropped = recorded(36_000, [gap('customer', 3_000, 9_000, 'overflow')]);
  expect(incompleteness(dropped, call(36_000))).toEqual([
    expect.stringMatching(/6\.0 s .* the disk did not take them/),
  ]);
});

test('a person is expected while they are on the line, and not before or after', () => {
  const participants = [{ track: 'agent', who: 'person', from_ms: 10_000, to_ms: 30_000 }];
  const tracks = [track('customer', 0, 36_000), track('agent', 9_000, 30_000)];
  expect(incompleteness(recorded(36_000, [], { tracks, participants }), call(36_000))).toEqual([]);
  // nothing of them at all, of what the customer does not hear of them as well
  for (const name of ['agent', 'consulted', 'consulted-private']) {
    const there = [{ ...participants[0]!, track: name }];
    const none = { tracks: [track('customer', 0, 36_000)], participants: there };
    expect(incompleteness(recorded(36_000, [], none), call(36_000))).toEqual([
      expect.stringMatching(`20.0 s of the ${name}'s 20.0 s`),
    ]);
  }
  const cut = [track('customer', 0, 36_000), track('agent', 9_000, 20_000)];
  expect(incompleteness(recorded(36_000, [], { tracks: cut, participants }), call(36_000))).toEqual([
    expect.stringMatching(/10\.0 s of the agent's 20\.0 s/),
  ]);
});

test('a call that was never answered is owed nothing; what a crash may lose is no alarm', () => {
  expect(incompleteness(recorded(0), { ended_ms: 32_000, prompted_ms: 0 })).toEqual([]);
  expect(incompleteness(recorded(35_050), call(36_000))).toEqual([]);
  expect(incompleteness(recorded(36_000 - LOST_BY_CRASH_MS - 100), call(36_000))).toHaveLength(1);
  expect(incompleteness(recorded(34_900, [], { ended_ms: 36_000 }), call(36_000))).toHaveLength(1);
});

test('whatever is cut out of a whole recording is missed when it is longer than a second and a hundredth, and only then', () => {
  const stretch = fc.record({ from: fc.integer({ min: 500, max: 58_000 }), ms: fc.integer({ min: 0, max: 30_000 }) });
  fc.assert(
    fc.property(stretch, ({ from, ms }) => {
      const to = Math.min(59_000, from + ms);
      const problems = incompleteness(recorded(60_000, [gap('customer', from, to, 'not-received')]), call(60_000));
      expect(problems.length).toBe(to - from > 1_000 ? 1 : 0);
    }),
  );
});
