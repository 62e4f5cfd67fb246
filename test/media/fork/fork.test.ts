import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lawOf } from '../../../src/audio/g711-law.ts';
import { shareAt } from '../../../src/audio/goertzel.ts';
import { dtmfTone, tone } from '../../../src/audio/tone.ts';
import { sharedNow } from '../../../src/lib/clock.ts';
import type { TapGap } from '../../../src/recording/tap.ts';
import { sayWithFlite } from '../../support/flite/say-with-flite.ts';
import { noise } from '../../support/noise.ts';
import { originAgo } from '../../support/recording-origin.ts';
import { clipId, ramp } from '../lines.ts';
import { ForkStudio, media, stereo } from './fork-studio.ts';

const law = lawOf('PCMU');

/** Where `needle` starts in `samples`, or -1. */
function indexOf(samples: ArrayLike<number>, needle: ArrayLike<number>, from = 0): number {
  for (let at = from; at + needle.length <= samples.length; at++) {
    let i = 0;
    while (i < needle.length && samples[at + i] === needle[i]) i++;
    if (i === needle.length) return at;
  }
  return -1;
}

/** Silence left out: a track may have gaps where a machine stalled, but nothing in it twice, or in another order. */
const sounding = (...parts: ArrayLike<number>[]): number[] =>
  parts.flatMap((part) => Array.from(part)).filter((sample) => sample !== 0);

const lasting = (gaps: readonly TapGap[], because: TapGap['because']): number =>
  gaps.filter((gap) => gap.because === because).reduce((sum, gap) => sum + gap.samples, 0);

/** Noise that G.711 carries as it is: no part of it is like another. */
const exact = (count: number, seed: number): Int16Array =>
  noise(count, 8_000, seed).map((sample) => law.toLinear[law.fromLinear[sample & 0xffff] ?? 0] ?? 0);

const loud = (samples: ArrayLike<number>): number => Array.from(samples).filter((s) => Math.abs(s) > 500).length;

test('what the caller says comes out on the recorder line to the sample, where it was said', async () => {
  await using studio = await ForkStudio.open();
  const origin = originAgo();
  const openedAt = origin.shared;
  const leg = await studio.leg({ track: 'customer', origin });
  const peer = await studio.fork(leg);
  const said = exact(8_000, 5);
  const began = (sharedNow() - openedAt) * 8;
  const all = new Int16Array(9_600);
  all.set(said, 1_600);
  await peer.speak(all);
  await leg.event('rtp-began');
  await studio.heard(60);
  await studio.hangUp(leg);
  const { samples, gaps } = studio.recorder.track('customer');
  expect(sounding(samples)).toEqual(sounding(said));
  const at = indexOf(samples, said.subarray(0, 160));
  expect(at).toBeGreaterThan(began - 8_000);
  expect(at).toBeLessThan(began + 8_000);
  expect(gaps[0]?.because).toBe('no-rtp');
  expect(studio.recorder.closed.toSorted()).toEqual(['bot', 'customer']);
  expect(await peer.closed()).toBe(1000);
  expect((await studio.statistics()).packetsReceived).toBe(60);
});

test('A-law callers are recorded as A-law', async () => {
  await using studio = await ForkStudio.open();
  const leg = await studio.leg({ track: 'customer', media: { codec: 'PCMA' } });
  const peer = await studio.fork(leg);
  await peer.speak(tone([440], 4_000));
  await studio.heard(25);
  await studio.hangUp(leg);
  expect(new Set(studio.recorder.chunks.map(({ codec }) => codec))).toEqual(new Set(['PCMA']));
  const { samples } = studio.recorder.track('customer');
  const from = samples.findIndex((sample) => Math.abs(sample) > 500);
  expect(shareAt(samples.subarray(from, from + 3_000), 440)).toBeGreaterThan(0.98);
});

test('a clip comes out in bursts, with its account in real time on the bot track', async () => {
  await using studio = await ForkStudio.open();
  const origin = originAgo();
  const openedAt = origin.shared;
  const leg = await studio.leg({ track: 'customer', origin });
  const peer = await studio.fork(leg);
  const clip = ramp(8_000, 3);
  const playback = leg.play([studio.speech.clip('a', clip)]);
  await peer.until(() => peer.audio.length >= 7_680, 'the burst');
  const finished = await leg.event('playback-finished');
  expect(finished).toMatchObject({ playback, played: 8_000, error: 640, because: 'end' });
  const started = await leg.event('playback-started');
  await peer.until(() => peer.audio.length >= 8_960, 'the padding');
  expect(peer.got.length).toBeLessThanOrEqual(3);
  expect(peer.audio.slice(0, 8_000)).toEqual([...clip]);
  expect(new Set(peer.audio.slice(8_000))).toEqual(new Set([0]));
  await studio.hangUp(leg);
  const at = indexOf(studio.recorder.track('bot').samples, clip);
  expect(Math.abs(at - (started.at - openedAt) * 8)).toBeLessThan(8_000);
});

describe('with the real detector', () => {
  let sentence: Int16Array;
  let studio: ForkStudio;
  beforeAll(async () => {
    sentence = await sayWithFlite('I want to hear the balance of my account');
    studio = await ForkStudio.open({ voiceActivity: 'silero' });
  });
  afterAll(() => studio[Symbol.asyncDispose]());

  test('speech over a prompt: killAudio is on the wire, the playback pauses and goes on where it was', async () => {
    const leg = await studio.leg({ listen: true });
    const peer = await studio.fork(leg);
    leg.tell({ type: 'listen', policy: { speculateAfterMs: 220, incompleteMs: 500, sustainMs: 400 } });
    const clip = ramp(80_000, 3);
    const playback = leg.play([studio.speech.clip('long', clip)], 'both');
    await leg.event('playback-started');
    const speaking = peer.speak(sentence);
    const began = await leg.event('speech-began');
    expect(began.paused).toBe(playback);
    await peer.until(() => peer.kills === 1, 'killAudio');
    const { played } = await leg.event('playback-paused');
    expect(played).toBeGreaterThan(0);
    const count = peer.got.length;
    await leg.event('speech-sustained');
    expect(peer.got.length).toBe(count);
    await speaking;
    leg.tell({ type: 'resume', playback });
    await peer.until(() => peer.got.length > count, 'the rest');
    const [rest] = peer.got.slice(count);
    expect([...(rest?.audio ?? [])].slice(0, 2_000)).toEqual([...clip.subarray(played, played + 2_000)]);
    await peer.hangUp();
    await leg.close();
  });
});

test('keys stop a prompt: from the event socket, and in the audio of callers without telephone-event', async () => {
  await using studio = await ForkStudio.open();
  const leg = await studio.leg({ media: { telephoneEvent: undefined, eventTypes: [] } });
  const peer = await studio.fork(leg);
  const long = studio.speech.tone('long', 400, 80_000);
  const first = leg.play([long], 'keys');
  await leg.event('playback-started');
  leg.tell({ type: 'key', via: 'rfc4733', digit: '7' });
  expect(await leg.event('digit')).toMatchObject({ digit: '7', secret: false, via: 'rfc4733', stopped: first });
  await peer.until(() => peer.kills === 1, 'killAudio');
  const second = leg.play([long], 'both');
  await leg.event('playback-started', ({ playback }) => playback === second);
  const pressed = new Int16Array(3_200);
  pressed.set(dtmfTone('5', 1_600, 6_000), 800);
  await peer.speak(pressed);
  expect(await leg.event('digit', ({ via }) => via === 'inband')).toMatchObject({ digit: '5', stopped: second });
  await peer.until(() => peer.kills === 2, 'killAudio');
  expect(leg.all('playback-finished').map(({ because }) => because)).toEqual(['key', 'key']);
});

test('a secret is masked in the recording, its digits are marked', async () => {
  await using studio = await ForkStudio.open();
  const leg = await studio.leg({ track: 'customer' });
  const peer = await studio.fork(leg);
  await peer.speak(tone([500], 3_200));
  await studio.heard(20);
  leg.tell({ type: 'secure', on: true });
  await studio.statistics();
  await peer.speak(tone([1_700], 8_000));
  await studio.heard(70);
  leg.tell({ type: 'key', via: 'rfc4733', digit: '4' });
  expect(await leg.event('digit')).toMatchObject({ digit: '4', secret: true });
  leg.tell({ type: 'secure', on: false });
  await peer.speak(new Int16Array(2_400));
  await peer.speak(tone([500], 3_200));
  await studio.heard(105);
  await studio.hangUp(leg);
  const { samples, gaps, from } = studio.recorder.track('customer');
  expect(lasting(gaps, 'masked')).toBeGreaterThan(6_400);
  for (let at = 0; at + 800 <= samples.length; at += 400) {
    const part = samples.subarray(at, at + 800);
    if (loud(part) > 400) expect(shareAt(part, 1_700)).toBeLessThan(0.1);
  }
  expect(from).toBeLessThan(2_000);
});

test('a connection that breaks: playback stands still, the tracks keep their time, the next fork goes on', async () => {
  await using studio = await ForkStudio.open();
  const origin = originAgo();
  const openedAt = origin.shared;
  const leg = await studio.leg({ track: 'customer', origin });
  const peer = await studio.fork(leg);
  const clip = ramp(16_000, 3);
  leg.play([studio.speech.clip('long', clip)]);
  await peer.speak(ramp(4_000));
  peer.socket.terminate();
  expect(await leg.state(2)).toBe('lost');
  const before = (await studio.statistics()).packetsReceived;
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(leg.all('playback-finished')).toEqual([]);
  const again = await studio.fork(leg);
  const reattached = (sharedNow() - openedAt) * 8;
  const second = exact(4_000, 3);
  await again.speak(second);
  await studio.heard(before + 25);
  await leg.event('playback-finished');
  await studio.hangUp(leg);
  const { samples, gaps } = studio.recorder.track('customer');
  expect(sounding(samples).slice(-sounding(second).length)).toEqual(sounding(second));
  const at = indexOf(samples, second.subarray(0, 160));
  expect(at).toBeGreaterThan(reattached - 800);
  expect(at).toBeLessThan(reattached + 8_000);
  expect(lasting(gaps, 'loss') + lasting(gaps, 'no-rtp')).toBeGreaterThan(2_400);
  // the bot track has the clip with a pause in it, and the new connection got the part behind the pause
  const bot = [...studio.recorder.track('bot').samples].filter((sample) => sample !== 0);
  expect(bot).toEqual([...clip].filter((sample) => sample !== 0));
  const head = again.audio.slice(0, 2_000);
  const resumedAt = indexOf(clip, head);
  expect(resumedAt).toBeGreaterThan(1_600);
  expect(leg.states).toEqual(['connected', 'lost', 'connected']);
});

test('a second fork for a leg takes the place of the first', async () => {
  await using studio = await ForkStudio.open();
  const leg = await studio.leg({ track: 'customer' });
  const first = await studio.fork(leg);
  const second = await studio.fork(leg);
  expect(await first.closed()).toBe(1000);
  await second.speak(ramp(1_600));
  await studio.heard(10);
  await studio.hangUp(leg);
  expect(sounding(studio.recorder.track('customer').samples)).toEqual(sounding(ramp(1_600)));
  expect(leg.states).toEqual(['connected', 'connected']);
});

test('hold: a gap, nothing is sent, and then both directions go on in their time', async () => {
  await using studio = await ForkStudio.open();
  const origin = originAgo();
  const openedAt = origin.shared;
  const leg = await studio.leg({ track: 'customer', origin });
  const peer = await studio.fork(leg);
  const clip = ramp(16_000, 3);
  leg.play([studio.speech.clip('long', clip)]);
  await peer.speak(ramp(4_000));
  leg.tell({ type: 'negotiated', media: media({ held: true, send: false }) });
  await peer.until(() => peer.kills === 1, 'killAudio');
  const count = peer.got.length;
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(peer.got.length).toBe(count);
  leg.tell({ type: 'negotiated', media: media() });
  const resumed = (sharedNow() - openedAt) * 8;
  const after = exact(4_000, 4);
  await peer.speak(after);
  await studio.heard(50);
  await leg.event('playback-finished');
  await studio.hangUp(leg);
  const { samples, gaps } = studio.recorder.track('customer');
  expect(sounding(samples)).toEqual(sounding(ramp(4_000), after));
  const at = indexOf(samples, after.subarray(0, 160));
  expect(at).toBeGreaterThan(resumed - 800);
  expect(at).toBeLessThan(resumed + 8_000);
  expect(lasting(gaps, 'hold')).toBeGreaterThan(3_200);
  const bot = [...studio.recorder.track('bot').samples].filter((sample) => sample !== 0);
  expect(bot).toEqual([...clip].filter((sample) => sample !== 0));
});

test('a bridged agent without a fork is recorded from the right channel, and only while bridged', async () => {
  await using studio = await ForkStudio.open();
  const origin = originAgo();
  const customer = await studio.leg({ track: 'customer', origin });
  const agent = await studio.leg({ track: 'agent', origin });
  const peer = await studio.fork(customer);
  const silence = new Int16Array(1_600);
  const [left, right] = [exact(4_000, 1), exact(4_000, 2)];
  await peer.speak(silence, tone([900], 1_600));
  await studio.heard(10);
  customer.tell({ type: 'bridge', other: agent.key });
  await studio.statistics();
  await peer.speak(left, right);
  await studio.heard(35);
  customer.tell({ type: 'unbridge' });
  await studio.statistics();
  await peer.speak(silence, tone([900], 1_600));
  await studio.heard(45);
  await studio.hangUp(agent, 1);
  await studio.hangUp(customer);
  const [theirs, ours] = [studio.recorder.track('agent'), studio.recorder.track('customer')];
  for (const part of [0, 1_600, 3_200]) {
    const at = indexOf(theirs.samples, right.subarray(part, part + 160));
    expect(at).toBeGreaterThan(0);
    // both tracks have the same time
    expect(at + theirs.from).toBe(indexOf(ours.samples, left.subarray(part, part + 160)) + ours.from);
  }
  expect(loud(theirs.samples)).toBe(loud(right));
  expect(lasting(theirs.gaps, 'hold')).toBeGreaterThan(0);
  // 20 frames of the right channel that nobody was expected in
  expect((await studio.statistics()).packetsDropped).toBe(20);
});

test('frames in any pieces, and a burst after a stall, are recorded whole', async () => {
  await using studio = await ForkStudio.open();
  const leg = await studio.leg({ track: 'customer' });
  const peer = await studio.fork(leg);
  await peer.speak(ramp(3_200));
  const stalled = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 250));
  const missing = Math.round((performance.now() - stalled) / 20) * 160;
  const said = ramp(3_200 + missing + 4_800);
  const burst = stereo(said.subarray(3_200, 3_200 + missing));
  for (let at = 0, size = 1; at < burst.length; at += size, size = (size * 7) % 1_999)
    peer.socket.send(burst.subarray(at, at + size));
  await peer.speak(said.subarray(3_200 + missing));
  await studio.heard(said.length / 160);
  await studio.hangUp(leg);
  expect(sounding(studio.recorder.track('customer').samples)).toEqual(sounding(said));
});

test('legs without a fork do no harm, and what they are told to play waits', async () => {
  await using studio = await ForkStudio.open();
  const leg = await studio.leg({ track: 'agent' });
  const playback = leg.play([studio.speech.tone('a', 400, 1_600)]);
  leg.tell({ type: 'send-digits', digits: '12' });
  leg.tell({ type: 'secure', on: true });
  leg.tell({ type: 'listen', policy: undefined });
  leg.tell({ type: 'resume', playback });
  leg.tell({ type: 'secure', on: false });
  await studio.statistics();
  expect(leg.events).toEqual([]);
  const peer = await studio.fork(leg);
  await leg.event('playback-finished');
  expect(loud(peer.audio)).toBeGreaterThan(1_000);
  await studio.hangUp(leg, 1);
});

test('a clip that cannot be had fails; closing a leg ends its playback, its token and its fork', async () => {
  await using studio = await ForkStudio.open();
  const leg = await studio.leg();
  const peer = await studio.fork(leg);
  leg.play([clipId('unknown')]);
  expect((await leg.event('playback-finished')).because).toBe('failed');
  leg.play([studio.speech.tone('long', 400, 80_000)]);
  await leg.event('playback-started');
  const token = leg.expect();
  await leg.close();
  expect((await leg.event('playback-finished', ({ because }) => because === 'stopped')).played).toBeGreaterThan(0);
  expect(await peer.closed()).toBe(1000);
  expect(leg.states).toEqual(['connected']);
  await expect(studio.socket(leg, `/fork/${token}`)).rejects.toThrow('refused with 404');
});

test('the worker ends with forks connected and strangers at the door', async () => {
  const studio = await ForkStudio.open();
  const legs = await Promise.all([studio.leg(), studio.leg({ track: 'customer' })]);
  const peers = await Promise.all(legs.map((leg) => studio.fork(leg)));
  await studio.socket(legs[0], `/fork/${legs[0].expect()}`);
  legs[1].play([studio.speech.tone('long', 400, 80_000)]);
  await studio.host.stop();
  for (const peer of peers) expect([1000, 1006]).toContain(await peer.closed());
  await studio[Symbol.asyncDispose]();
  expect(studio.troubles).toEqual([]);
});
