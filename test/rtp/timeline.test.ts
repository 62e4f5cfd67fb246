import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Timeline } from '../../src/rtp/timeline.ts';
import { noise } from '../support/noise.ts';

interface Packet {
  readonly timestamp: number;
  readonly arrival: number;
}

/** A stream whose clock runs `ppm` fast, its packets up to `jitter` samples late. Our clock: samples. */
function stream(count: number, { ppm = 0, jitter = 0, from = 0xfffff000, start = 10_000 } = {}): Packet[] {
  const late = noise(count, jitter, 7);
  return Array.from({ length: count }, (_, n) => ({
    timestamp: (from + n * 160) >>> 0,
    arrival: start + ((n + 1) * 160) / (1 + ppm / 1e6) + Math.abs(late[n] ?? 0),
  }));
}

test('contiguous packets are contiguous, whatever their jitter', () => {
  const timeline = new Timeline();
  let end: number | undefined;
  for (const { timestamp, arrival } of stream(3000, { jitter: 400 })) {
    const { at, correction } = timeline.place(timestamp, arrival, 160);
    if (end !== undefined) expect(at - end).toBe(correction);
    end = at + 160;
  }
});

test.each([-200, -50, 0, 50, 200])('drift of %i ppm over ten minutes stays within 25 ms of our clock', (ppm) => {
  const timeline = new Timeline();
  let worst = 0;
  for (const [n, { timestamp, arrival }] of stream(30_000, { ppm, jitter: 160 }).entries()) {
    const { at, anchored } = timeline.place(timestamp, arrival, 160);
    expect(anchored).toBe(n === 0);
    const spoken = 10_000 + (n * 160) / (1 + ppm / 1e6);
    if (n > 1000) worst = Math.max(worst, Math.abs(at - spoken));
  }
  expect(worst).toBeLessThan(200);
});

test('lost packets leave a gap of their length, reordered ones fall into their place', () => {
  const packets = stream(20);
  const timeline = new Timeline();
  const at = new Map<number, number>();
  for (const n of [0, 1, 2, 6, 5, 7, 8, 8, 12]) {
    const packet = packets[n]!;
    at.set(n, timeline.place(packet.timestamp, packets[Math.max(n, 6)]!.arrival, 160).at);
  }
  for (const [n, position] of at) expect(position - (at.get(0) ?? 0)).toBe(n * 160);
});

test('a jump of the clock is placed by its arrival, never over what is there', () => {
  const timeline = new Timeline();
  const packets = stream(10);
  for (const { timestamp, arrival } of packets) timeline.place(timestamp, arrival, 160);
  const jumped = timeline.place(123_456, 10_000 + 11 * 160 + 7, 160);
  expect(jumped).toMatchObject({ at: 10_000 + 10 * 160 + 7, anchored: true });
  const backward = timeline.place(5, 10_000, 160);
  expect(backward).toMatchObject({ at: 10_000 + 11 * 160 + 7, anchored: true });
});

test('a sender whose clock stood still during hold is anchored again', () => {
  const timeline = new Timeline();
  for (const { timestamp, arrival } of stream(10)) timeline.place(timestamp, arrival, 160);
  const [next] = stream(11).slice(10);
  expect(timeline.place(next!.timestamp, next!.arrival + 80_000, 160)).toMatchObject({
    at: 10_000 + 10 * 160 + 80_000,
    anchored: true,
  });
});

test('whatever comes, positions are whole numbers near the arrival', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(0xffffffff), fc.nat(2000)), { maxLength: 100 }), (packets) => {
      const timeline = new Timeline();
      let now = 0;
      let end = 0;
      for (const [timestamp, passed] of packets) {
        now += passed;
        const { at } = timeline.place(timestamp, now, 160);
        expect(Number.isInteger(at)).toBe(true);
        expect(at).toBeGreaterThanOrEqual(now - 160 - 4001);
        expect(at).toBeLessThanOrEqual(Math.max(now + 4001, end));
        end = Math.max(end, at + 160);
      }
    }),
  );
});
