import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shareAt } from '../../../src/audio/goertzel.ts';
import { dtmfTone, tone } from '../../../src/audio/tone.ts';
import { sharedNow } from '../../../src/lib/clock.ts';
import { sayWithFlite } from '../../support/flite/say-with-flite.ts';
import { originAgo } from '../../support/recording-origin.ts';
import { ramp } from '../lines.ts';
import { exact, indexOf, lasting, loud, sounding } from './fork-sounds.ts';
import { ForkStudio } from './fork-studio.ts';

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
