import { expect, test } from 'vitest';
import { powerAt, shareAt } from '../../src/audio/goertzel.ts';
import { dtmfTone, tone } from '../../src/audio/tone.ts';
import { Studio, turn } from './studio.ts';

test('both tracks are recorded whole, from the moment of the endpoint, and no chunk waits long', async () => {
  await using studio = await Studio.open();
  const began = performance.now();
  const line = await studio.line({ track: 'customer' });
  const opened = performance.now();
  line.endpoint.play({ turn, clips: [studio.speech.tone('bot', 500, 8_000)], bargeIn: 'none' });
  await line.peer.speak(tone([900], 12_000));
  const ending = performance.now();
  await studio.hangUp(line);
  const ended = performance.now();
  expect(studio.recorder.closed.sort()).toEqual(['bot', 'customer']);
  const customer = studio.recorder.track('customer');
  const bot = studio.recorder.track('bot');
  for (const track of [customer, bot]) {
    // within what a machine of its own takes for it, or this one took
    expect(track.from / 8).toBeLessThan(Math.max(50, opened - began));
    const until = (track.from + track.samples.length) / 8;
    expect(until).toBeGreaterThan(ending - opened - 400);
    expect(until).toBeLessThan(ended - began + 400);
  }
  expect(sounding(customer.samples, 900)).toBeGreaterThan(9_600);
  expect(sounding(bot.samples, 500)).toBeGreaterThan(6_000);
  expect(sounding(customer.samples, 500)).toBe(0);
  expect(customer.gaps.filter(({ because }) => because !== 'no-rtp')).toEqual([]);
  // ticks that a busy machine swallowed are said to be so
  expect(bot.gaps.filter(({ because }) => because !== 'not-sent')).toEqual([]);
  for (const { payload } of studio.recorder.chunks) expect(payload.length).toBeLessThanOrEqual(4_000);
});

test('loss is silence with a gap of exactly its length, duplicates and reordering leave none', async () => {
  await using studio = await Studio.open();
  const line = await studio.line({ track: 'customer' });
  await line.peer.speak(tone([600], 16_000), {
    shape: (n) => (n === 20 || n === 21 ? 'lose' : n === 40 ? 'twice' : n === 60 ? 'swap' : undefined),
  });
  await studio.hangUp(line);
  const { samples, gaps, from } = studio.recorder.track('customer');
  const lost = gaps.filter(({ because }) => because === 'loss');
  expect(lost.reduce((sum, gap) => sum + gap.samples, 0)).toBe(320);
  for (const { at, samples: count } of lost)
    expect(powerAt(samples.subarray(at - from, at - from + count), 600)).toBe(0);
  expect(sounding(samples, 600)).toBeGreaterThan(13_000);
});

test.each([10, 30, 40, 60])('packets of %i ms are recorded without a gap', async (ptime) => {
  await using studio = await Studio.open();
  const line = await studio.line({ track: 'customer' });
  await line.peer.speak(tone([600], 9_600), { ptime });
  await studio.hangUp(line);
  const { samples, gaps } = studio.recorder.track('customer');
  expect(gaps.filter(({ because }) => because === 'loss')).toEqual([]);
  expect(sounding(samples, 600)).toBeGreaterThan(8_000);
});

test('a new SSRC with other timestamps goes on in its place', async () => {
  await using studio = await Studio.open();
  const line = await studio.line({ track: 'customer' });
  await line.peer.speak(tone([600], 4_800));
  line.peer.ssrc = 0x9999;
  line.peer.timestamp = 4_000_000_000;
  line.peer.sequence = 65_530;
  await line.peer.speak(tone([1_000], 8_000));
  await studio.hangUp(line);
  const { samples } = studio.recorder.track('customer');
  expect(sounding(samples, 600)).toBeGreaterThan(4_000);
  expect(sounding(samples, 1_000)).toBeGreaterThan(6_000);
  expect(samples.length).toBeLessThan(20_000);
});

test('a far end that suppresses silence loses nothing: pauses are no gaps, and keep their length', async () => {
  await using studio = await Studio.open();
  const line = await studio.line({ track: 'customer' });
  await line.peer.speak(tone([600], 3_200));
  await new Promise((resolve) => setTimeout(resolve, 400));
  await line.peer.speak(tone([600], 3_200));
  await studio.hangUp(line);
  const { samples, gaps } = studio.recorder.track('customer');
  expect(gaps.filter(({ because }) => because === 'loss')).toEqual([]);
  const loud = [...samples.keys()].filter((i) => Math.abs(samples[i] ?? 0) > 1_000);
  expect(Math.abs((loud.at(-1) ?? 0) - (loud[0] ?? 0) - 9_600)).toBeLessThan(400);
});

test('secure entry leaves no sound in the recording, nor of the 100 ms before it', async () => {
  await using studio = await Studio.open();
  const line = await studio.line({ track: 'customer', sdp: { events: false } });
  line.endpoint.play({ turn, clips: [studio.speech.tone('bot', 500, 24_000)], bargeIn: 'none' });
  await line.peer.speak(tone([800], 4_000));
  const keys = Int16Array.from(['1', '2', '3', '4'].flatMap((key) => [...dtmfTone(key, 800), ...new Int16Array(400)]));
  await line.peer.speak(keys.subarray(0, 160)); // the first key is under way when the entry becomes secret
  line.endpoint.secure(true);
  await line.peer.speak(keys.subarray(160));
  await line.event('digit', () => line.all('digit').length === 4);
  await new Promise((resolve) => setTimeout(resolve, 100));
  line.endpoint.secure(false);
  await new Promise((resolve) => setTimeout(resolve, 150));
  await line.peer.speak(tone([800], 4_000));
  await studio.hangUp(line);
  const { samples, gaps, from } = studio.recorder.track('customer');
  for (const hz of [697, 770, 852, 941, 1_209, 1_336, 1_477]) expect(sounding(samples, hz, 0.4)).toBe(0);
  expect(sounding(samples, 800)).toBeGreaterThan(5_600);
  const masked = gaps.filter(({ because }) => because === 'masked');
  const total = masked.reduce((sum, gap) => sum + gap.samples, 0);
  expect(total).toBeGreaterThan(4 * 1_200);
  const end = (masked.at(-1)?.at ?? 0) + (masked.at(-1)?.samples ?? 0) - from;
  expect(new Set(samples.subarray((masked[0]?.at ?? 0) - from, end))).toEqual(new Set([0]));
  expect(sounding(studio.recorder.track('bot').samples, 500)).toBeGreaterThan(12_000);
});

test('keys as events are never audio', async () => {
  await using studio = await Studio.open();
  const line = await studio.line({ track: 'customer' });
  await line.peer.speak(tone([600], 1_600));
  await line.peer.press('5');
  await line.peer.speak(tone([600], 1_600));
  await studio.hangUp(line);
  const { samples, gaps } = studio.recorder.track('customer');
  for (const hz of [770, 1_336]) expect(sounding(samples, hz, 0.4)).toBe(0);
  expect(gaps.filter(({ because }) => because === 'loss')).toEqual([]);
});

/** Samples of the 20 ms windows in which one frequency prevails. */
function sounding(samples: Int16Array, hz: number, share = 0.8): number {
  let count = 0;
  for (let at = 0; at + 160 <= samples.length; at += 160) {
    const window = samples.subarray(at, at + 160);
    if (powerAt(window, hz) > 10_000 && shareAt(window, hz) > share) count += 160;
  }
  return count;
}
