import { ms } from '../../src/domain/units.ts';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type MediaSourceEvent,
  type NatPolicy,
  noSource,
  type Source,
  step,
  target,
} from '../../src/rtp/media-source.ts';
import {
  ANNOUNCED,
  Bench,
  NATTED,
  NEIGHBOUR,
  PRIVATE,
  Sender,
  SIGNALLING,
  STRANGER,
  type Stream,
} from './media-source-bench.ts';

/** Packets of strangers, in their order: whatever one can think of, the caller's own SSRC and sequence numbers included. */
const strangers = (
  ...sources: readonly Source[]
): fc.Arbitrary<(MediaSourceEvent & { readonly type: 'packet-came' })[]> =>
  fc
    .array(
      fc.record({
        from: fc.constantFrom(...sources),
        ssrc: fc.constantFrom(1, 2, 3),
        first: fc.nat(0xffff),
        step: fc.constantFrom(0, 1, 2, 30),
        kind: fc.constantFrom('audio' as const, 'audio' as const, 'key' as const, 'comfort-noise' as const),
        audioMs: fc.constantFrom(10, 20, 60),
        begin: fc.nat(8_000),
        every: fc.constantFrom(1, 5, 19, 20, 21, 60),
        count: fc.nat(300),
      }),
      { maxLength: 6 },
    )
    .map((runs) =>
      runs
        .flatMap(({ from, ssrc, first, step: by, kind, audioMs, begin, every, count }) =>
          Array.from({ length: count }, (_, n) => ({
            type: 'packet-came' as const,
            from,
            ssrc,
            sequence: (first + n * by) & 0xffff,
            kind,
            audioMs,
            at: ms(begin + n * every),
          })),
        )
        .sort((a, b) => a.at - b.at),
    );

const played = (
  bench: Bench,
  caller: Stream,
  others: readonly (MediaSourceEvent & { readonly at: number })[],
): number => {
  const own = caller.packets(0);
  for (const packet of [...own, ...others].toSorted((a, b) => a.at - b.at)) bench.run(packet);
  return own.length;
};

test('property: nobody takes the leg of an announced source that sends, whatever they send', () => {
  fc.assert(
    fc.property(strangers(NEIGHBOUR, STRANGER), fc.constantFrom(20, 60, 150), (packets, every) => {
      const bench = new Bench('any');
      const meanwhile = packets.filter(({ at }) => at < 9_000);
      const sent = played(bench, new Sender(ANNOUNCED, 1).sends({ for: 9_000, every, audio: every }), meanwhile);
      expect(bench.heard(ANNOUNCED)).toBe(sent);
      expect(target(bench.state)).toEqual(ANNOUNCED);
      const wrong = bench.changes.filter((because) => because !== undefined && because !== 'announced');
      expect(wrong).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test('property: nobody takes the leg of a source behind a NAT that sends, from the same address or any other', () => {
  fc.assert(
    fc.property(strangers(NEIGHBOUR, STRANGER), (packets) => {
      const bench = new Bench('same-address', PRIVATE);
      const meanwhile = packets.filter(({ at }) => at >= 100 && at < 9_000);
      const sent = played(bench, new Sender(NATTED, 1).sends({ for: 9_000 }), meanwhile);
      expect(bench.heard(NATTED)).toBe(sent - 4);
      expect(bench.taken.length).toBe(sent - 4);
      expect(bench.changes).toEqual([undefined]);
    }),
    { numRuns: 150 },
  );
});

test('property: packets of an address that is not allowed are never taken', () => {
  fc.assert(
    fc.property(strangers(STRANGER), fc.constantFrom<NatPolicy>('off', 'same-address'), (packets, policy) => {
      const bench = new Bench(policy);
      for (const packet of packets) bench.run(packet);
      expect(bench.taken).toEqual([]);
      expect(bench.state.candidates).toEqual([]);
    }),
    { numRuns: 50 },
  );
});

test('property: the machine never forgets whom it hears, and speaks to whom it hears or to who is announced', () => {
  const sources = fc.constantFrom(ANNOUNCED, NATTED, NEIGHBOUR, STRANGER);
  const events: fc.Arbitrary<MediaSourceEvent[]> = fc.array(
    fc.oneof(
      fc.record({
        type: fc.constant('offered' as const),
        announced: fc.option(sources, { nil: undefined }),
        signalling: fc.option(fc.constant(SIGNALLING), { nil: undefined }),
      }),
      fc.record({ type: fc.constant('time-passed' as const), at: fc.nat(60_000).map(ms) }),
      fc.record({ type: fc.constant('sign-came' as const), from: sources, at: fc.nat(60_000).map(ms) }),
      fc.record({
        type: fc.constant('packet-came' as const),
        from: sources,
        ssrc: fc.nat(3),
        sequence: fc.nat(0xffff),
        kind: fc.constantFrom('audio' as const, 'key' as const, 'comfort-noise' as const, 'other' as const),
        audioMs: fc.nat(200),
        at: fc.nat(60_000).map(ms),
      }),
    ),
    { maxLength: 200 },
  );
  fc.assert(
    fc.property(events, fc.constantFrom<NatPolicy>('off', 'same-address', 'any'), (all, policy) => {
      let state = noSource(policy);
      for (const event of all.toSorted((a, b) => ('at' in a ? a.at : 0) - ('at' in b ? b.at : 0))) {
        const before = state.heard !== undefined;
        const [next] = step(state, event);
        state = next;
        expect(!before || state.heard !== undefined).toBe(true);
        expect(state.candidates.length).toBeLessThanOrEqual(17);
        expect([state.heard?.source, state.announced]).toContainEqual(target(state));
      }
    }),
    { numRuns: 200 },
  );
});
