import { expect, test } from 'vitest';
import { shareAt } from '../../src/audio/goertzel.ts';
import { rms } from '../../src/audio/level.ts';
import { tone } from '../../src/audio/tone.ts';
import { Concealer } from '../../src/rtp/concealment.ts';

const frameOf = (hz: number, n: number): Int16Array => tone([hz], 160, { from: n * 160 });

function primed(hz: number, count = 5): Concealer {
  const concealer = new Concealer();
  for (let n = 0; n < count; n++) concealer.good(frameOf(hz, n));
  return concealer;
}

test.each([100, 160, 200])('one lost frame of a voice of %i Hz goes on in pitch and loudness', (hz) => {
  const concealer = primed(hz);
  const frame = new Int16Array(160);
  concealer.conceal(frame);
  const expected = frameOf(hz, 5);
  let error = 0;
  for (let i = 0; i < 160; i++) error += ((frame[i] ?? 0) - (expected[i] ?? 0)) ** 2;
  expect(Math.sqrt(error / 160)).toBeLessThan(0.35 * rms(expected));
  expect(shareAt(frame, hz)).toBeGreaterThan(0.8);
});

test('fades, and is silent after 60 ms', () => {
  const concealer = primed(160);
  const levels = Array.from({ length: 5 }, () => {
    const frame = new Int16Array(160);
    concealer.conceal(frame);
    return rms(frame);
  });
  expect(levels[0]).toBeGreaterThan(levels[1] ?? 0);
  expect(levels[1]).toBeGreaterThan(levels[2] ?? 0);
  expect(levels.slice(3)).toEqual([0, 0]);
});

test('no click where pieces meet: no step larger than the tone itself makes', () => {
  const concealer = primed(200);
  const heard: number[] = [...frameOf(200, 4)];
  for (let n = 5; n < 9; n++) {
    const frame = n < 8 ? new Int16Array(160) : frameOf(200, n);
    if (n < 8) concealer.conceal(frame);
    else concealer.good(frame);
    heard.push(...frame);
  }
  const largest = Math.max(...heard.slice(1).map((sample, i) => Math.abs(sample - (heard[i] ?? 0))));
  expect(largest).toBeLessThan(1.6 * 8000 * ((2 * Math.PI * 200) / 8000));
});

test('a frame that came is left alone unless it follows a loss; silence conceals silence', () => {
  const concealer = new Concealer();
  const frame = frameOf(300, 0);
  concealer.good(frame);
  expect(frame).toEqual(frameOf(300, 0));
  concealer.reset();
  const lost = new Int16Array(160).fill(9);
  concealer.conceal(lost);
  expect(rms(lost)).toBe(0);
});
