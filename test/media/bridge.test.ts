import { expect, test } from 'vitest';
import { codecOf } from '../../src/audio/codecs.ts';
import { FrameDecoder } from '../../src/audio/frame-codec.ts';
import { lawOf } from '../../src/audio/g711-law.ts';
import { powerAt, shareAt } from '../../src/audio/goertzel.ts';
import { tone } from '../../src/audio/tone.ts';
import { BridgeFeed } from '../../src/media/embedded/bridge-feed.ts';
import { newHeardPacket } from '../../src/media/engine/heard-packet.ts';
import { originAgo } from '../support/recording-origin.ts';
import { Studio, turn } from './studio.ts';

/** Samples of the 20 ms windows that hold one frequency, alone or not. */
function holding(samples: Int16Array, hz: number, share: number): number {
  let count = 0;
  for (let at = 0; at + 160 <= samples.length; at += 160) {
    const window = samples.subarray(at, at + 160);
    if (powerAt(window, hz) > 100_000 && shareAt(window, hz) > share) count += 160;
  }
  return count;
}

test('two legs hear each other and the bot is mixed in; each is recorded on its own track', async () => {
  await using studio = await Studio.open();
  const origin = originAgo();
  const customer = await studio.line({ track: 'customer', origin });
  const agent = await studio.line({ track: 'agent', origin, near: customer, codec: 'PCMA' });
  customer.endpoint.bridge(agent.endpoint);
  customer.endpoint.play({ turn, clips: [studio.speech.tone('bot', 2_000, 16_000)], bargeIn: 'none' });
  await Promise.all([customer.peer.speak(tone([500], 12_000)), agent.peer.speak(tone([900], 12_000))]);
  await customer.event('playback-finished');
  const atCustomer = customer.peer.heard();
  const atAgent = agent.peer.heard();
  expect(holding(atCustomer, 900, 0.3)).toBeGreaterThan(6_000);
  expect(holding(atCustomer, 2_000, 0.3)).toBeGreaterThan(14_000);
  expect(holding(atCustomer, 500, 0.1)).toBe(0);
  expect(holding(atAgent, 500, 0.8)).toBeGreaterThan(6_000);
  expect(holding(atAgent, 2_000, 0.1)).toBe(0);
  expect(holding(atAgent, 900, 0.1)).toBe(0);
  await studio.hangUp(customer);
  await studio.hangUp(agent, 1);
  expect(holding(studio.recorder.track('customer').samples, 500, 0.9)).toBeGreaterThan(9_600);
  expect(holding(studio.recorder.track('agent').samples, 900, 0.9)).toBeGreaterThan(9_600);
  const bot = studio.recorder.track('bot').samples;
  expect(holding(bot, 2_000, 0.9)).toBeGreaterThan(13_000);
  expect(holding(bot, 900, 0.05)).toBe(0);
});

test('after the bridge neither hears the other, and the bot still speaks', async () => {
  await using studio = await Studio.open();
  const customer = await studio.line();
  const agent = await studio.line({ near: customer });
  customer.endpoint.bridge(agent.endpoint);
  await agent.peer.speak(tone([900], 4_000));
  await customer.peer.until(() => holding(customer.peer.heard(), 900, 0.9) > 1_600, 'the agent');
  customer.endpoint.unbridge();
  await studio.settled();
  const before = customer.peer.received.length + 2;
  const playback = customer.endpoint.play({ turn, clips: [studio.speech.tone('bot', 2_000, 4_000)], bargeIn: 'none' });
  await agent.peer.speak(tone([900], 4_000));
  await customer.event('playback-finished', (event) => event.playback === playback);
  expect(holding(customer.peer.heard(before), 900, 0.1)).toBe(0);
  expect(holding(customer.peer.heard(before), 2_000, 0.9)).toBeGreaterThan(3_000);
});

test('the other leg goes: this one lives on', async () => {
  await using studio = await Studio.open();
  const customer = await studio.line();
  const agent = await studio.line({ near: customer });
  customer.endpoint.bridge(agent.endpoint);
  await agent.endpoint.close();
  const before = customer.peer.received.length;
  await customer.peer.until((packets) => packets.length > before + 10, 'the stream goes on');
  await customer.peer.press('5');
  expect((await customer.event('digit')).digit).toBe('5');
});

test('a lost packet is a gap for the recording, whatever the other leg hears', async () => {
  await using studio = await Studio.open();
  const customer = await studio.line({ track: 'customer' });
  const agent = await studio.line({ near: customer });
  customer.endpoint.bridge(agent.endpoint);
  await customer.peer.speak(tone([500], 8_000), { shape: (n) => (n === 30 ? 'lose' : undefined) });
  await agent.peer.until(() => holding(agent.peer.heard(), 500, 0.5) > 4_000, 'the customer');
  await studio.hangUp(customer);
  const lost = studio.recorder.track('customer').gaps.filter(({ because }) => because === 'loss');
  expect(lost.reduce((sum, gap) => sum + gap.samples, 0)).toBe(160);
});

test('what one leg says reaches the other in order, losses concealed, by either law', () => {
  for (const codec of ['PCMU', 'PCMA'] as const) {
    const feed = new BridgeFeed();
    const decoder = new FrameDecoder(codecOf(codec));
    const sound = tone([500], 16_000);
    const { fromLinear } = lawOf(codec);
    const frames: Int16Array[] = [];
    for (let n = 0; n < 100; n++) {
      const payload = Uint8Array.from(
        sound.subarray(n * 160, (n + 1) * 160),
        (sample) => fromLinear[sample & 0xffff] ?? 0,
      );
      if (n !== 50)
        feed.put({ ...newHeardPacket(), ...decoder.decode(payload), sequence: n, timestamp: n * 160, ssrc: 1 });
      const frame = new Int16Array(160);
      feed.readInto(frame);
      frames.push(frame);
    }
    // after the first packets that fill the buffer no stretch of 10 ms is silent
    for (const frame of frames.slice(5))
      for (const half of [frame.subarray(0, 80), frame.subarray(80)])
        expect(powerAt(half, 500)).toBeGreaterThan(5_000_000);
  }
});

test('nothing of a secure entry reaches the other leg', async () => {
  await using studio = await Studio.open();
  const customer = await studio.line();
  const agent = await studio.line({ near: customer });
  customer.endpoint.bridge(agent.endpoint);
  customer.endpoint.secure(true);
  await customer.peer.speak(tone([500], 6_000));
  await studio.settled();
  expect(holding(agent.peer.heard(), 500, 0.05)).toBe(0);
});
