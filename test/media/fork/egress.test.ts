import { expect, test } from 'vitest';
import { clipId } from '../lines.ts';
import { Bench, sound } from './egress-bench.ts';
import { media } from './fork-media.ts';

const voiced = (samples: readonly number[]): number[] => samples.filter((sample) => sample !== 0);

test('a clause goes out in one burst at once, the account follows in real time, silence pushes the end out', () => {
  const bench = new Bench();
  const samples = sound(8_037);
  const id = bench.play([bench.grow('a', samples)]);
  expect(bench.wire.map((one) => one.length)).toEqual([7_680]);
  expect(bench.events).toEqual([]);
  bench.tick(50);
  expect(bench.finished()).toEqual([]);
  bench.tick();
  expect(bench.finished()).toEqual([[id, 8_037, 'end']]);
  expect(bench.events.at(-1)).toMatchObject({ error: 640 });
  bench.tick(20);
  expect(bench.heard.slice(0, 8_037)).toEqual([...samples]);
  expect(new Set(bench.heard.slice(8_037))).toEqual(new Set([0]));
  const { sent } = bench;
  expect(sent.slice(0, 8_037)).toEqual([...samples]);
  const padding = sent.length - 8_037;
  expect(padding).toBeGreaterThanOrEqual(640);
  expect(sent.length % 640).toBe(0);
  expect(bench.mouth.lead).toBe(0);
});

test('what is queued in time follows without a gap; what comes later follows the padding, and the account knows', () => {
  const bench = new Bench();
  const samples = sound(9_000);
  bench.play([bench.grow('a', samples.subarray(0, 4_000))]);
  bench.tick(5);
  bench.play([bench.grow('b', samples.subarray(4_000, 6_000))]);
  bench.tick(32);
  expect(bench.mouth.lead).toBeGreaterThan(0);
  bench.play([bench.grow('c', samples.subarray(6_000))]);
  bench.tick(60);
  expect(bench.finished().map(([, , because]) => because)).toEqual(['end', 'end', 'end']);
  expect(bench.sent.slice(0, 6_000)).toEqual([...samples.subarray(0, 6_000)]);
  expect(voiced(bench.sent)).toEqual(voiced([...samples]));
  // the account has the same silence in the same place
  expect(bench.heard.slice(0, bench.sent.length)).toEqual(bench.sent.slice(0, bench.heard.length));
});

test('the first piece on a connection has at least 160 ms: less would wait in FreeSWITCH', () => {
  const bench = new Bench();
  bench.play([bench.grow('beep', sound(300))]);
  expect(bench.wire).toEqual([]);
  bench.tick();
  expect(bench.wire.map((one) => one.length)).toEqual([1_280]);
  bench.tick(20);
  bench.play([bench.grow('beep', new Int16Array(0))]);
  bench.tick(3);
  expect(bench.wire.map((one) => one.length)).toEqual([1_280, 1_280]);
});

test('speech pauses: kill in the same turn; resumed from the sample that the account had reached', () => {
  const bench = new Bench();
  const samples = sound(40_000);
  const id = bench.play([bench.grow('long', samples)], 'speech');
  bench.tick(25);
  expect(bench.mouth.pauseForSpeech()).toBe(id);
  expect(bench.wire.at(-1)).toBe('kill');
  // what FreeSWITCH has gathered for a batch is killed with the rest
  expect(bench.wire.at(-2)).toEqual(new Int16Array(640));
  expect(bench.events.at(-1)).toEqual({ type: 'playback-paused', playback: id, played: 4_000 });
  const wires = bench.wire.length;
  bench.tick(50);
  expect(bench.wire.length).toBe(wires);
  bench.mouth.resume(id);
  expect([...(bench.wire.at(-1) as Int16Array).subarray(0, 3_000)]).toEqual([...samples.subarray(4_000, 7_000)]);
  bench.tick(300);
  expect(bench.finished()).toEqual([[id, 40_000, 'end']]);
  expect(voiced(bench.heard)).toEqual([...samples]);
});

test('only those who may interrupt do', () => {
  const bench = new Bench();
  bench.play([bench.grow('long', sound(40_000))], 'keys');
  bench.tick(5);
  expect(bench.mouth.pauseForSpeech()).toBeUndefined();
  expect(bench.wire).not.toContain('kill');
  expect(bench.mouth.stopForKey()).toBe(1);
  expect(bench.wire.at(-1)).toBe('kill');
  expect(bench.finished()).toEqual([[1, 800, 'key']]);
});

test('after a kill nothing is sent for 60 ms: FreeSWITCH would throw it away', () => {
  const bench = new Bench();
  const first = bench.play([bench.grow('a', sound(20_000))]);
  bench.play([bench.grow('b', sound(20_000, 7))]);
  bench.tick(10);
  bench.mouth.stop(first, 'stopped');
  expect(bench.wire.at(-1)).toBe('kill');
  bench.tick(2);
  expect(bench.wire.at(-1)).toBe('kill');
  expect(bench.events.filter(({ type }) => type === 'playback-started')).toHaveLength(1);
  bench.tick(1);
  expect([...(bench.wire.at(-1) as Int16Array).subarray(0, 100)]).toEqual([...sound(100, 7)]);
  expect(bench.events.filter(({ type }) => type === 'playback-started')).toHaveLength(2);
});

test('stopping what has not been sent disturbs nothing', () => {
  const bench = new Bench();
  bench.play([bench.grow('a', sound(60_000))]);
  const second = bench.play([bench.grow('b', sound(20_000))]);
  bench.tick(10);
  bench.mouth.stop(second, 'stopped');
  expect(bench.wire).not.toContain('kill');
});

test('stopping what still arrives behind what has been sent whole: nothing is sent twice', () => {
  const bench = new Bench();
  const first = bench.play([bench.grow('a', sound(6_000))]);
  const second = bench.play([clipId('b')]);
  bench.tick(10);
  bench.mouth.stop(second, 'stopped');
  bench.tick(10);
  const third = bench.play([bench.grow('c', sound(2_000, 7))]);
  bench.tick(60);
  expect(bench.wire).not.toContain('kill');
  const said = [...sound(6_000), ...sound(2_000, 7)];
  expect(voiced(bench.sent)).toEqual(voiced(said));
  expect(voiced(bench.heard)).toEqual(said);
  expect(bench.finished()).toEqual([
    [second, 0, 'stopped'],
    [first, 6_000, 'end'],
    [third, 2_000, 'end'],
  ]);
});

test('the lead is bounded, and music on hold goes on for ever', () => {
  const bench = new Bench();
  const samples = sound(5_000);
  const id = bench.play([bench.grow('music', samples)], 'none', true);
  for (let i = 0; i < 1_000; i++) {
    bench.tick();
    expect(bench.mouth.lead).toBeLessThanOrEqual(32_000);
    expect(bench.mouth.lead).toBeGreaterThan(15_000);
  }
  expect(bench.heard).toEqual(Array.from({ length: 160_000 }, (_, i) => samples[i % 5_000]));
  expect(bench.wire.length).toBeLessThan(20);
  bench.mouth.stop(id, 'stopped');
  expect(bench.finished()).toEqual([[id, 160_000, 'stopped']]);
});

test('hold: what is over there is killed, the account stands still, then it goes on', () => {
  const bench = new Bench();
  const samples = sound(16_000);
  bench.play([bench.grow('a', samples)]);
  bench.tick(10);
  bench.mouth.useMedia(media({ held: true, send: false }));
  expect(bench.wire.at(-1)).toBe('kill');
  const wires = bench.wire.length;
  bench.tick(100);
  expect(bench.wire.length).toBe(wires);
  bench.mouth.useMedia(media());
  // the kill takes effect with the first packet after the hold: what is sent before is lost
  bench.tick(10);
  expect(bench.wire.length).toBe(wires);
  bench.mouth.streams();
  bench.tick(2);
  expect(bench.wire.length).toBe(wires);
  bench.tick();
  expect(bench.wire.length).toBe(wires + 1);
  bench.tick(120);
  expect(bench.finished()).toEqual([[1, 16_000, 'end']]);
  expect(voiced(bench.heard)).toEqual([...samples]);
});

test('a stream that does not go on after a hold does not silence us for ever', () => {
  const bench = new Bench();
  bench.play([bench.grow('a', sound(16_000))]);
  bench.tick(10);
  bench.mouth.useMedia(media({ held: true, send: false }));
  bench.mouth.useMedia(media());
  bench.tick(24);
  expect(bench.wire.at(-1)).toBe('kill');
  bench.tick();
  expect(bench.wire.at(-1)).not.toBe('kill');
});

test('a connection that breaks: the account stands still; the next one goes on from there', () => {
  const bench = new Bench(false);
  const samples = sound(16_000);
  bench.play([bench.grow('a', samples)]);
  bench.tick(20);
  expect([bench.wire, bench.events]).toEqual([[], []]);
  bench.mouth.attach(bench.line);
  bench.tick(30);
  bench.mouth.attach(undefined);
  bench.tick(30);
  expect(bench.finished()).toEqual([]);
  const before = bench.wire.length;
  bench.mouth.attach(bench.line);
  expect([...(bench.wire[before] as Int16Array).subarray(0, 2_000)]).toEqual([...samples.subarray(4_800, 6_800)]);
  bench.tick(100);
  expect(voiced(bench.heard)).toEqual([...samples]);
});

test('a line that takes nothing: nothing more is sent, and nothing is accounted that was not sent', () => {
  const bench = new Bench();
  bench.play([bench.grow('a', sound(80_000))]);
  bench.full = true;
  bench.tick(400);
  expect(bench.wire).toHaveLength(1);
  expect(voiced(bench.heard)).toHaveLength(32_000);
  bench.full = false;
  bench.tick(400);
  expect(bench.finished()).toEqual([[1, 80_000, 'end']]);
});

test('a clip that is still being made: in pieces, with what is missing counted as silence', () => {
  const bench = new Bench();
  const samples = sound(8_000);
  const id = bench.play([bench.grow('slow', samples.subarray(0, 2_100), false)]);
  bench.tick(30);
  expect(bench.mouth.underrun).toBeGreaterThan(0);
  bench.grow('slow', samples.subarray(2_100));
  bench.tick(60);
  expect(bench.finished()).toEqual([[id, 8_000, 'end']]);
  expect(voiced(bench.heard)).toEqual([...samples]);
  expect(voiced(bench.sent)).toEqual(voiced([...samples]));
});

test('clips that fail or never come end their playback, and the next one is heard whole', () => {
  const bench = new Bench();
  const broken = bench.grow('broken', sound(3_000), false);
  const first = bench.play([broken]);
  const second = bench.play([bench.clip(clipId('late')).id]);
  const third = bench.play([bench.grow('good', sound(5_000, 9))]);
  bench.clip(broken).state = 'failed';
  bench.tick(40);
  bench.overdue = true;
  bench.tick(60);
  expect(bench.finished()).toEqual([
    [first, 3_000, 'failed'],
    [second, 0, 'failed'],
    [third, 5_000, 'end'],
  ]);
  expect(voiced(bench.sent)).toEqual(voiced([...sound(3_000), ...sound(5_000, 9)]));
});

test('ticks that were missed: FreeSWITCH played on, so the account does', () => {
  const bench = new Bench();
  const samples = sound(16_000);
  bench.play([bench.grow('a', samples)]);
  bench.tick(10);
  const frame = new Int16Array(160);
  expect(bench.mouth.ticksAhead).toBeGreaterThan(50);
  for (let i = 0; i < 20; i++) expect(bench.mouth.missed(frame)).toBe(true);
  expect([...frame]).toEqual([...samples.subarray(29 * 160, 30 * 160)]);
});
