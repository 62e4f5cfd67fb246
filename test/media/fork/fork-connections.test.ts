import { expect, test } from 'vitest';
import { sharedNow } from '../../../src/lib/clock.ts';
import { originAgo } from '../../support/recording-origin.ts';
import { clipId, ramp } from '../lines.ts';
import { stereo } from './fork-peer.ts';
import { exact, indexOf, lasting, loud, sounding } from './fork-sounds.ts';
import { ForkStudio } from './fork-studio.ts';
import { media } from './fork-media.ts';

/** Resolves when another leg has played that many samples: later than whatever this one would have done meanwhile. */
async function playedElsewhere(studio: ForkStudio, count: number): Promise<void> {
  const leg = await studio.leg();
  await studio.fork(leg);
  leg.play([studio.speech.tone(`elsewhere ${count}`, 400, count)]);
  await leg.event('playback-finished');
  await leg.close();
}

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
  await playedElsewhere(studio, 3_200);
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
  await playedElsewhere(studio, 4_800);
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
