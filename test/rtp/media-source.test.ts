import { ms } from '../../src/domain/units.ts';
import { expect, test } from 'vitest';
import { target } from '../../src/rtp/media-source.ts';
import { ANNOUNCED, Bench, NATTED, NEIGHBOUR, PRIVATE, Sender, SIGNALLING, STRANGER } from './media-source-bench.ts';

test('the announced address is heard from its first packet on, and settled on after a second', () => {
  const bench = new Bench();
  const caller = new Sender(ANNOUNCED, 1);
  expect(target(bench.state)).toEqual(ANNOUNCED);
  bench.streams(caller.sends({ for: 980 }));
  expect(bench.heard(ANNOUNCED)).toBe(49);
  expect(bench.effects.some((effect) => effect.do === 'settle')).toBe(false);
  bench.streams(caller.sends({ for: 100 }));
  expect(bench.effects.some((effect) => effect.do === 'settle')).toBe(true);
  expect(bench.changes).toEqual([undefined]);
});

test('proof that the far end is where it says: packets in sequence from the announced address, and from no other', () => {
  const bench = new Bench();
  bench.streams(new Sender(NATTED, 1).sends({ for: 2_000 }));
  expect(bench.state.proved).toBe(false);
  bench.streams(new Sender(ANNOUNCED, 2).sends({ for: 20 }));
  expect(bench.state.proved).toBe(false);
  bench.streams(new Sender(ANNOUNCED, 2, 101).sends({ for: 20 }));
  expect(bench.state.proved).toBe(true);
  bench.offer({ address: '192.0.2.1', port: 9 });
  expect(bench.state.proved).toBe(false);
});

test.each([
  ['off', 'other port of the announced address', NEIGHBOUR, ANNOUNCED, undefined, false],
  ['same-address', 'other port of the announced address', NEIGHBOUR, ANNOUNCED, undefined, true],
  ['same-address', 'the signalling’s address', NATTED, PRIVATE, SIGNALLING, true],
  ['off', 'the signalling’s address', NATTED, PRIVATE, SIGNALLING, false],
  ['same-address', 'a stranger’s address', STRANGER, PRIVATE, SIGNALLING, false],
  ['any', 'a stranger’s address', STRANGER, PRIVATE, SIGNALLING, true],
] as const)('rtp.nat %s: %s', (policy, _, source, announced, signalling, followed) => {
  const bench = new Bench(policy, announced);
  bench.offer(announced, signalling);
  bench.state = { ...bench.state, signalling };
  bench.streams(new Sender(source, 1).sends({ for: 3_000 }));
  expect(bench.heard(source) > 0).toBe(followed);
  expect(target(bench.state)).toEqual(followed ? source : announced);
});

test('a far end behind a NAT is followed after five packets in 80 ms', () => {
  const bench = new Bench('same-address', PRIVATE);
  bench.streams(new Sender(NATTED, 1).sends({ for: 140 }));
  expect(bench.heard(NATTED)).toBe(3);
  expect(target(bench.state)).toEqual(NATTED);
});

test.each([
  ['two packets', { for: 40 }],
  ['fifty at once', { for: 50, every: 1 }],
  ['fifty at four times the pace', { for: 250, every: 5 }],
  ['bursts of fifty every 60 ms', { for: 60_000, every: 60, burst: 50 }],
  ['bursts of three every 100 ms', { for: 60_000, every: 100, burst: 3 }],
  ['one a second', { for: 60_000, every: 1_000 }],
  ['ten a second', { for: 20_000, every: 100 }],
  ['keys without audio', { for: 2_000, kind: 'key' }],
  ['comfort noise', { for: 60_000, every: 200, kind: 'comfort-noise' }],
  ['what nobody knows', { for: 2_000, kind: 'other' }],
] as const)('a spray is no far end, though nobody else sends: %s', (_, stream) => {
  const bench = new Bench('any', PRIVATE);
  bench.streams(new Sender(NEIGHBOUR, 7).sends(stream));
  expect(bench.taken).toEqual([]);
  expect(target(bench.state)).toEqual(PRIVATE);
});

test('the announced address wins at once over a source that was there before it, confirmed or not', () => {
  for (const before of [100, 3_000]) {
    const bench = new Bench('any');
    const stranger = new Sender(STRANGER, 7);
    bench.streams(stranger.sends({ for: before }));
    expect(target(bench.state)).toEqual(STRANGER);
    bench.streams(stranger.sends({ for: 2_000 }), new Sender(ANNOUNCED, 1).sends({ for: 2_000 }));
    expect(bench.heard(ANNOUNCED)).toBeGreaterThanOrEqual(96);
    expect(bench.changes).toEqual([undefined, 'announced']);
    expect(target(bench.state)).toEqual(ANNOUNCED);
  }
});

test('with rtp.nat any, the signalling’s address wins over another one, when it has proved itself', () => {
  const bench = new Bench('any', PRIVATE);
  const stranger = new Sender(STRANGER, 7);
  bench.streams(stranger.sends({ for: 2_000 }));
  bench.streams(stranger.sends({ for: 2_000 }), new Sender(NATTED, 1).sends({ for: 2_000 }));
  expect(bench.changes).toEqual([undefined, 'announced']);
  expect(target(bench.state)).toEqual(NATTED);
});

test('a NAT that forgets: the same stream from another port is followed within half a second', () => {
  for (const announced of [ANNOUNCED, PRIVATE]) {
    const bench = new Bench('same-address', announced);
    const caller = new Sender(announced === PRIVATE ? NATTED : ANNOUNCED, 1);
    bench.streams(caller.sends({ for: 3_000 }));
    const before = bench.taken.length;
    caller.source = NEIGHBOUR;
    bench.streams(caller.sends({ for: 1_000 }));
    expect(bench.changes).toEqual([undefined, 'rebinding']);
    expect(bench.taken.length - before).toBeGreaterThanOrEqual(28);
  }
});

test('a source that falls silent is followed by another one after two seconds, not before', () => {
  const bench = new Bench('same-address', PRIVATE);
  bench.streams(new Sender(NATTED, 1).sends({ for: 3_000 }));
  bench.streams(new Sender(NEIGHBOUR, 2).sends({ for: 1_900 }));
  expect(bench.heard(NEIGHBOUR)).toBe(0);
  bench.streams(new Sender(NEIGHBOUR, 2, 195).sends({ for: 1_000 }));
  expect(bench.changes).toEqual([undefined, 'silence']);
});

test('… and gets the leg back when it speaks again', () => {
  const bench = new Bench('same-address', PRIVATE);
  const caller = new Sender(NATTED, 1);
  const other = new Sender(NEIGHBOUR, 2);
  bench.streams(caller.sends({ for: 3_000 }));
  bench.streams(other.sends({ for: 6_000 }));
  bench.streams(caller.sends({ for: 1_000 }), other.sends({ for: 1_000, after: 5 }));
  expect(bench.changes).toEqual([undefined, 'silence', 'returned']);
  bench.streams(caller.sends({ for: 1_000 }), other.sends({ for: 5_000, after: 5 }));
  expect(bench.changes.slice(3)).toEqual(['silence']); // it is silent again
});

test('who rests (comfort noise) is not taken for gone, but its own stream may come from elsewhere', () => {
  const bench = new Bench('same-address', PRIVATE);
  const caller = new Sender(NATTED, 1);
  bench.streams(caller.sends({ for: 3_000 }), caller.sends({ for: 20, after: 3_000, kind: 'comfort-noise' }));
  const other = new Sender(NEIGHBOUR, 2);
  bench.streams(other.sends({ for: 10_000 }));
  expect(bench.heard(NEIGHBOUR)).toBe(0);
  caller.source = { address: SIGNALLING, port: 7_777 };
  bench.streams(caller.sends({ for: 1_000 }), other.sends({ for: 1_000 }));
  expect(bench.changes).toEqual([undefined, 'rebinding']);
});

test('both fall silent together, a stall of the network: whoever is heard first afterwards does not matter', () => {
  const bench = new Bench('same-address', PRIVATE);
  const caller = new Sender(NATTED, 1);
  const other = new Sender(NEIGHBOUR, 2);
  bench.streams(caller.sends({ for: 500 }), other.sends({ for: 500, after: 10 }));
  bench.streams(caller.sends({ for: 3_000, after: 405 }), other.sends({ for: 3_000, after: 400 }));
  expect(bench.heard(NEIGHBOUR)).toBe(0);
});

test('an offer with another address: the new source at once, late packets of the old one decide nothing', () => {
  for (const late of [0, 100, 180]) {
    const bench = new Bench('same-address', PRIVATE);
    const old = new Sender(NATTED, 1);
    bench.streams(old.sends({ for: 3_000 }));
    bench.offer({ address: '10.99.0.7', port: 40_010 });
    expect(target(bench.state)).toEqual({ address: '10.99.0.7', port: 40_010 });
    bench.streams(old.sends({ for: late }), new Sender(NEIGHBOUR, 2).sends({ for: 1_000, after: late }));
    expect(bench.changes).toEqual([undefined, 'offer']);
    expect(target(bench.state)).toEqual(NEIGHBOUR);
    expect(bench.heard(NEIGHBOUR)).toBeGreaterThanOrEqual(36);
  }
});

test('an offer with another address, and the old stream that never ends: the new one after a second', () => {
  const bench = new Bench('same-address', PRIVATE);
  const old = new Sender(NATTED, 1);
  bench.streams(old.sends({ for: 3_000 }));
  bench.offer({ address: '10.99.0.7', port: 40_010 });
  bench.streams(old.sends({ for: 5_000 }), new Sender(NEIGHBOUR, 2).sends({ for: 5_000, after: 200 }));
  expect(bench.changes).toEqual([undefined, 'offer']);
  expect(bench.heard(NEIGHBOUR)).toBeGreaterThan(180);
});

test('an offer with another address whose NAT keeps its port: heard all the time, spoken to after 300 ms', () => {
  const bench = new Bench('same-address', PRIVATE);
  const caller = new Sender(NATTED, 1);
  bench.streams(caller.sends({ for: 3_000 }));
  const before = bench.taken.length;
  bench.offer({ address: '10.99.0.7', port: 40_010 });
  bench.streams(caller.sends({ for: 400 }));
  expect(bench.taken.length - before).toBe(20);
  expect(target(bench.state)).toEqual(NATTED);
});

test('an offer that repeats the address starts learning anew, but not against a source that goes on', () => {
  const bench = new Bench('same-address', PRIVATE);
  const caller = new Sender(NATTED, 1);
  bench.streams(caller.sends({ for: 3_000 }));
  bench.offer(PRIVATE);
  bench.streams(caller.sends({ for: 3_000 }), new Sender(NEIGHBOUR, 2).sends({ for: 3_000, after: 1 }));
  expect(bench.heard(NEIGHBOUR)).toBe(0);
  bench.offer(PRIVATE);
  bench.streams(new Sender(NEIGHBOUR, 3).sends({ for: 1_000 }));
  expect(bench.heard(NEIGHBOUR)).toBeGreaterThanOrEqual(35);
});

test('an old-fashioned hold (no address) changes nothing; the announced source stays settled across session refreshes', () => {
  const bench = new Bench();
  const caller = new Sender(ANNOUNCED, 1);
  bench.streams(caller.sends({ for: 3_000 }));
  const before = bench.effects.length;
  bench.offer(undefined);
  bench.offer(ANNOUNCED);
  expect(bench.effects.length).toBe(before);
  expect(target(bench.state)).toEqual(ANNOUNCED);
});

test('others are listened to again when a settled source falls silent, and a sign of life of it says that it has not moved', () => {
  const bench = new Bench();
  const caller = new Sender(ANNOUNCED, 1);
  bench.streams(caller.sends({ for: 3_000 }));
  const settled = bench.effects.length;
  bench.run({ type: 'time-passed', at: ms(3_100) });
  expect(bench.effects.length).toBe(settled);
  bench.run({ type: 'time-passed', at: ms(3_300) });
  expect(bench.effects.slice(settled)).toEqual([{ do: 'unsettle' }]);
  for (let at = 3_500; at < 9_000; at += 500) {
    bench.run({ type: 'sign-came', from: ANNOUNCED, at: ms(at) });
    bench.streams(new Sender(NEIGHBOUR, 2, at / 20).sends({ for: 500 }));
  }
  expect(bench.heard(NEIGHBOUR)).toBe(0);
});

test('a flood of sources does not push out the one that shows most', () => {
  const bench = new Bench('same-address', PRIVATE);
  const caller = new Sender(NATTED, 1);
  const flood = Array.from({ length: 400 }, (_, n) =>
    new Sender({ address: SIGNALLING, port: 10_000 + n }, n + 9).sends({ for: 20, after: (n * 15) % 300 }),
  );
  bench.streams(caller.sends({ for: 1_000 }), ...flood);
  expect(target(bench.state)).toEqual(NATTED);
  expect(bench.heard(NATTED)).toBeGreaterThanOrEqual(30);
});
