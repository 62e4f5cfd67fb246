import { assert, integer, array as listOf, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import { legSample, ms } from '../../src/domain/units.ts';
import { type Clock } from '../../src/lib/clock.ts';
import { PortPool } from '../../src/media/embedded/port-pool.ts';
import { SourceLatch } from '../../src/media/embedded/source-latch.ts';
import { ClipStore } from '../../src/media/engine/clip-store.ts';
import { LatenessHistogram, latenessPercentile } from '../../src/media/engine/lateness-histogram.ts';
import { PlayoutClock } from '../../src/media/engine/playout-clock.ts';
import { UtteranceBuffer } from '../../src/media/engine/utterance-buffer.ts';
import type { FromMedia } from '../../src/speech/speech-channel.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { clipId } from './lines.ts';

test('ports: even ones, drained before they come back', () => {
  const clock = new ManualClock();
  const pool = new PortPool({ min: 30_001, max: 30_006 }, ms(5_000), clock);
  expect(pool.free).toBe(2);
  expect(new Set([pool.take(), pool.take()])).toEqual(new Set([30_002, 30_004]));
  expect(() => pool.take()).toThrow(expect.objectContaining({ code: 'MEDIA_PORTS_EXHAUSTED' }));
  pool.release(30_004);
  clock.advance(10);
  pool.release(30_002);
  clock.advance(4_989);
  expect(pool.free).toBe(0);
  expect(() => pool.take()).toThrow(expect.objectContaining({ code: 'MEDIA_PORTS_EXHAUSTED' }));
  clock.advance(1);
  expect(pool.take()).toBe(30_004);
  expect(() => pool.take()).toThrow(expect.objectContaining({ code: 'MEDIA_PORTS_EXHAUSTED' }));
  clock.advance(10);
  expect(pool.take()).toBe(30_002);
});

test('ports: nobody can guess the next one', () => {
  const pool = new PortPool({ min: 20_000, max: 29_999 }, ms(5_000), new ManualClock());
  const taken = Array.from({ length: 5_000 }, () => pool.take());
  expect(new Set(taken).size).toBe(5_000);
  expect(pool.free).toBe(0);
  // of 4,999 steps from one to the next, a handful are the smallest ones by chance
  const near = taken.slice(1).filter((port, n) => Math.abs(port - (taken[n] ?? 0)) <= 2).length;
  expect(near).toBeLessThan(30);
  const upwards = taken.slice(1).filter((port, n) => port > (taken[n] ?? 0)).length;
  expect(Math.abs(upwards - 2_500)).toBeLessThan(200);
});

test('the playout clock ticks every leg once in 20 ms, spread over four slots, without drift', () => {
  const clock = new ManualClock();
  const playout = new PlayoutClock(clock, () => undefined);
  const ticks = Array.from({ length: 8 }, () => [] as number[]);
  const leave = ticks.map((due) => playout.join({ tick: (at, missed) => (expect(missed).toBe(0), due.push(at)) }));
  clock.advance(10_000);
  for (const due of ticks) {
    expect(due.length).toBeGreaterThanOrEqual(499);
    for (let i = 1; i < due.length; i++) expect((due[i] ?? 0) - (due[i - 1] ?? 0)).toBe(20);
  }
  expect(new Set(ticks.map((due) => (due[0] ?? 0) % 20))).toEqual(new Set([0, 5, 10, 15]));
  for (const go of leave) go();
  expect(clock.pending).toBe(0);
});

test('after a stall one round is caught up, the rest is skipped and told', () => {
  const manual = new ManualClock();
  let stalled = 0;
  const clock: Clock = { ...bound(manual), now: () => ms(manual.now() + stalled) };
  const playout = new PlayoutClock(clock, () => undefined);
  const ticks: [number, number][] = [];
  const leave = playout.join({ tick: (due, missed) => ticks.push([due, missed]) });
  manual.advance(40);
  ticks.length = 0;
  stalled = 110;
  manual.advance(40);
  leave();
  const [first] = ticks;
  expect(first?.[1]).toBe(4);
  expect(ticks.map(([, missed]) => missed).slice(1)).toEqual(ticks.slice(1).map(() => 0));
  const packets = ticks.reduce((sum, [, missed]) => sum + 1 + missed, 0);
  expect((ticks.at(-1)?.[0] ?? 0) - 40).toBe(packets * 20);
  expect(latenessPercentile([playout.lateness.take()], 1)).toBeGreaterThan(20);
});

const bound = (clock: ManualClock): Clock => ({
  now: () => clock.now(),
  wall: () => clock.wall(),
  shared: () => clock.shared(),
  after: (delay, run) => clock.after(delay, run),
});

test('lateness percentiles', () => {
  const histogram = new LatenessHistogram();
  for (let i = 0; i < 99; i++) histogram.add(0.1);
  histogram.add(500);
  const counts = histogram.take();
  expect([latenessPercentile([counts], 0.5), latenessPercentile([counts], 0.99)]).toEqual([0.25, 0.25]);
  expect(latenessPercentile([counts], 1)).toBeGreaterThanOrEqual(100);
  expect(latenessPercentile([histogram.take()], 0.5)).toBe(0);
});

test('latch: addresses count as the system writes them; who is announced is settled on, and listened around when silent', () => {
  const told: string[] = [];
  const latch = new SourceLatch('same-address', {
    onChange: (because) => told.push(because),
    settle: ({ port }) => told.push(`settle ${port}`),
    unsettle: () => told.push('unsettle'),
  });
  expect(latch.target).toBeUndefined();
  latch.offer({ address: '2001:DB8:0::1', port: 4_000 }, undefined);
  expect(latch.target).toEqual({ address: '2001:db8::1', port: 4_000 });
  const from = { address: '2001:db8::1', port: 4_000 };
  for (let n = 0; n < 60; n++)
    expect(
      latch.accept(from.address, from.port, { ssrc: 1, sequence: n, kind: 'audio', audioMs: 20, at: ms(n * 20) }),
    ).toBe(true);
  expect([latch.proved, told]).toEqual([true, ['settle 4000']]);
  expect([latch.knows('2001:db8::1'), latch.knows('2001:db8::2')]).toEqual([true, false]);
  latch.tick(ms(1_300));
  latch.tick(ms(1_500));
  latch.tick(ms(1_600));
  expect(told.slice(1)).toEqual(['unsettle']);
  expect(latch.sign('2001:db8::1', 4_000, ms(1_700))).toBe(true);
  latch.offer({ address: 'phone.example', port: 4_000 }, undefined);
  expect(latch.target).toEqual(from);
  latch.offer({ address: '10.0.0.2', port: 4_000 }, '198.51.100.1');
  expect([latch.target, latch.knows('198.51.100.1')]).toEqual([{ address: '10.0.0.2', port: 4_000 }, true]);
  for (let n = 0; n < 3; n++)
    latch.accept('10.0.0.2', 4_000, {
      ssrc: 2,
      sequence: n,
      kind: 'audio',
      audioMs: 20,
      at: ms(2_000 + n * 20),
    });
  expect(told.slice(2)).toEqual(['offer']);
});

test('an utterance is kept as it was written, late parts in their place, holes as zeros', () => {
  assert(
    property(
      listOf(record({ ahead: integer({ min: -2_000, max: 3_000 }), count: integer({ min: 1, max: 480 }) }), {
        minLength: 1,
        maxLength: 200,
      }),
      (writes) => {
        const buffer = new UtteranceBuffer();
        buffer.write(legSample(50_000), new Int16Array(1), 1);
        buffer.retain(legSample(50_000));
        const truth = new Int16Array(700_000);
        for (const [n, { ahead, count }] of writes.entries()) {
          const at = Math.max(50_000, buffer.end + ahead);
          const samples = new Int16Array(count).fill(n + 1);
          buffer.write(legSample(at), samples, count);
          truth.set(samples, at);
        }
        const from = Math.max(50_000, buffer.end - 500_000);
        expect(buffer.copy(from, Infinity)).toEqual(truth.slice(from, buffer.end));
      },
    ),
    { numRuns: 40 },
  );
});

test('the buffer is bounded: of an endless utterance the last minute stays', () => {
  const buffer = new UtteranceBuffer();
  buffer.retain(legSample(0));
  const second = new Int16Array(8_000).fill(7);
  for (let n = 0; n < 200; n++) buffer.write(legSample(n * 8_000), second, 8_000);
  const kept = buffer.copy(0, Infinity).length;
  expect(kept).toBeGreaterThanOrEqual(60 * 8_000);
  expect(kept).toBeLessThan(70 * 8_000);
  buffer.retain(legSample(buffer.end));
  buffer.write(legSample(buffer.end), second, 8_000);
  expect(buffer.copy(0, Infinity).length).toBeLessThanOrEqual(2 * 8_192);
});

interface Shelf {
  readonly store: ClipStore;
  readonly asked: FromMedia[];
}

function shelf(capacityBytes: number): Shelf {
  const asked: FromMedia[] = [];
  const store = new ClipStore({ capacityBytes, now: () => ms(0), ask: (request) => asked.push(request) > 0 });
  return { store, asked };
}

test('clips: static ones stay within the limit, the longest unused goes first', () => {
  const { store, asked } = shelf(6_000);
  const use = (name: string): void => {
    const clip = store.acquire(clipId(name));
    store.take({
      type: 'clip-chunk',
      clip: clipId(name),
      offset: 0,
      samples: new Int16Array(1_000),
      last: true,
      keep: true,
    });
    store.release(clip);
  };
  for (const name of ['a', 'b', 'c', 'a', 'd']) use(name);
  expect(store.bytes).toBe(6_000);
  expect(asked).toHaveLength(4);
  use('a');
  expect(asked).toHaveLength(4);
  use('b');
  expect(asked).toHaveLength(5);
});

test('clips: dynamic ones go with their last playback; forgotten ones at once; two fetches of one clip do no harm', () => {
  const { store, asked } = shelf(1_000_000);
  const personal = clipId('personal');
  const chunk = (offset: number, count: number, last: boolean): void =>
    store.take({
      type: 'clip-chunk',
      clip: personal,
      offset,
      samples: new Int16Array(count).fill(offset + 1),
      last,
      keep: false,
    });
  const [one, two] = [store.acquire(personal), store.acquire(personal)];
  expect(asked).toHaveLength(1);
  for (const round of [1, 2]) {
    chunk(0, 100, false);
    chunk(100, 50, round === 2);
  }
  expect([one.available, one.state, two.available, two.state]).toEqual([150, 'complete', 150, 'complete']);
  store.release(one);
  expect(store.bytes).toBeGreaterThan(0);
  store.release(two);
  expect(store.bytes).toBe(0);
  const again = store.acquire(personal);
  store.take({ type: 'clip-forgotten', clip: personal });
  expect(again.state).toBe('failed');
});

test('clips: a new speech worker is asked again for what has not arrived', () => {
  const { store, asked } = shelf(1_000_000);
  const clip = store.acquire(clipId('half'));
  store.take({ type: 'clip-chunk', clip: clip.id, offset: 0, samples: new Int16Array(100), last: false, keep: true });
  store.askAgain();
  expect(asked).toHaveLength(2);
  store.take({ type: 'clip-chunk', clip: clip.id, offset: 0, samples: new Int16Array(300), last: true, keep: true });
  expect([clip.available, clip.state]).toEqual([300, 'complete']);
});
