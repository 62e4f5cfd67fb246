import { expect, test } from 'vitest';
import { powerAt, shareAt } from '../../src/audio/goertzel.ts';
import { tone } from '../../src/audio/tone.ts';
import { newRecordingId } from '../../src/domain/ids.ts';
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
  const recording = newRecordingId(Date.now());
  const customer = await studio.line({ track: 'customer', recording });
  const agent = await studio.line({ track: 'agent', recording, near: customer, codec: 'PCMA' });
  customer.endpoint.bridge(agent.endpoint);
  customer.endpoint.play({ turn, clips: [studio.speech.tone('bot', 2_000, 16_000)], bargeIn: 'none' });
  await Promise.all([customer.peer.speak(tone([500], 12_000)), agent.peer.speak(tone([900], 12_000))]);
  await customer.event('playback-finished');
  const atCustomer = customer.peer.heard();
  const atAgent = agent.peer.heard();
  expect(holding(atCustomer, 900, 0.3)).toBeGreaterThan(10_000);
  expect(holding(atCustomer, 2_000, 0.3)).toBeGreaterThan(14_000);
  expect(holding(atCustomer, 500, 0.1)).toBe(0);
  expect(holding(atAgent, 500, 0.9)).toBeGreaterThan(10_000);
  expect(holding(atAgent, 2_000, 0.1)).toBe(0);
  expect(holding(atAgent, 900, 0.1)).toBe(0);
  await studio.hangUp(customer);
  await studio.hangUp(agent, 1);
  expect(holding(studio.recorder.track('customer').samples, 500, 0.9)).toBeGreaterThan(11_000);
  expect(holding(studio.recorder.track('agent').samples, 900, 0.9)).toBeGreaterThan(11_000);
  const bot = studio.recorder.track('bot').samples;
  expect(holding(bot, 2_000, 0.9)).toBeGreaterThan(15_000);
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

test('a lost packet is concealed for the person who listens, and a gap for the recording', async () => {
  await using studio = await Studio.open();
  const recording = newRecordingId(Date.now());
  const customer = await studio.line({ track: 'customer', recording });
  const agent = await studio.line({ near: customer });
  customer.endpoint.bridge(agent.endpoint);
  await customer.peer.speak(tone([500], 12_000), { shape: (n) => (n === 30 ? 'lose' : undefined) });
  await agent.peer.until(() => holding(agent.peer.heard(), 500, 0.5) > 10_400, 'the customer');
  const heard = agent.peer.heard();
  const from = heard.findIndex((sample) => Math.abs(sample) > 2_000);
  // in the middle of the tone no stretch of 10 ms is silent
  for (let at = from; at < from + 10_000; at += 80)
    expect(powerAt(heard.subarray(at, at + 80), 500)).toBeGreaterThan(1_000_000);
  await studio.hangUp(customer);
  expect(studio.recorder.track('customer').gaps.filter(({ because }) => because === 'loss')).toMatchObject([
    { samples: 160 },
  ]);
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
