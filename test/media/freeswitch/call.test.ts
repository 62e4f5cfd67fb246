import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { powerAt } from '../../../src/audio/goertzel.ts';
import { tone } from '../../../src/audio/tone.ts';
import { quietConsole } from '../../peers/freeswitch/quiet-console.ts';
import { turn } from '../studio.ts';
import { Stage } from './stage.ts';

let stage: Stage;

quietConsole();
beforeAll(async () => {
  stage = await Stage.open({ rtpTimeoutMs: 600 });
});
afterEach(() => stage.clear());
afterAll(() => stage[Symbol.asyncDispose]());

const hears = (samples: Int16Array, hz: number): boolean => {
  for (let at = 0; at + 160 <= samples.length; at += 160)
    if (powerAt(samples.subarray(at, at + 160), hz) > 1e5) return true;
  return false;
};

test('an answered call: the description is FreeSWITCH’s, the bot is heard, the account tells how much', async () => {
  const caller = await stage.line({ codec: 'PCMA' });
  const { endpoint, peer } = caller;
  expect(endpoint.localSdp).toMatch(/^m=audio \d+ RTP\/AVP 8 101\r$/m);
  expect(endpoint).toMatchObject({ codec: 'PCMA', telephoneEvent: true, held: false });
  const leg = stage.leg(caller);
  expect(leg.variables.get('hangup_after_bridge')).toBe('false');
  expect(leg.variables.get('park_after_bridge')).toBe('true');
  expect(leg.forks).toMatchObject([{ connected: true, bugname: 'tellerline' }]);
  peer.idle();
  await caller.event('rtp-began');
  const playback = endpoint.play({ turn, clips: [stage.speech.tone('hello', 700, 4_000)], bargeIn: 'none' });
  const finished = await caller.event('playback-finished', (event) => event.playback === playback);
  expect(finished).toMatchObject({ because: 'end', played: 4_000 });
  await peer.until(() => hears(peer.heard(), 700), 'the bot');
  await endpoint.close();
  expect(stage.peer.legs).toEqual([]);
  expect((await stage.server.statistics()).endpoints).toBe(0);
});

test('several streams offered: one is taken, the others are refused in their order', async () => {
  const phone = await stage.phone();
  const offer = `${phone.sdp({ formats: '9 0' })}a=rtpmap:9 G722/8000\r\nm=video 6000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n`;
  const { server } = stage;
  const leg = await stage.line();
  const answer = await leg.endpoint.modify(offer);
  expect(answer.match(/^m=.*$/gm)).toEqual([
    expect.stringMatching(/^m=audio [1-9]\d* RTP\/AVP 0 101/),
    expect.stringMatching(/^m=video 0 RTP\/AVP 96/),
  ]);
  await expect(leg.endpoint.modify('no session description')).rejects.toMatchObject({
    code: 'SDP_MALFORMED',
  });
  await expect(leg.endpoint.modify(phone.sdp({ formats: '9', events: false }))).rejects.toMatchObject({
    code: 'NO_COMMON_CODEC',
  });
  expect((await server.statistics()).endpoints).toBe(1);
});

test('a key stops what allows it and is told once; digits of ours arrive', async () => {
  const caller = await stage.line();
  const { endpoint, peer } = caller;
  peer.idle();
  const playback = endpoint.play({ turn, clips: [stage.speech.tone('long', 700, 80_000)], bargeIn: 'keys' });
  await caller.event('playback-started');
  peer.quiet();
  await peer.press('7');
  const key = await caller.event('digit');
  expect(key).toMatchObject({ digit: '7', via: 'rfc4733', stopped: playback });
  expect(await caller.event('playback-finished')).toMatchObject({ playback, because: 'key' });
  endpoint.sendDigits('12');
  await peer.until((packets) => packets.some(({ payloadType }) => payloadType === 101), 'our digits');
  peer.idle();
  await stage.peer.until(() => stage.leg(caller).digitsHeard > 0, 'the key at FreeSWITCH');
  expect(caller.all('digit')).toHaveLength(1);
});

test('hold and its end are negotiated with FreeSWITCH, and known', async () => {
  const caller = await stage.line();
  const { endpoint, peer } = caller;
  peer.idle();
  expect(await endpoint.modify(peer.sdp({ direction: 'sendonly', version: 2 }))).toMatch(/^a=recvonly\r$/m);
  expect(endpoint.held).toBe(true);
  expect(stage.leg(caller).held).toBe(true);
  expect(await endpoint.modify(peer.sdp({ version: 3 }))).not.toMatch(/^a=(recvonly|inactive)\r$/m);
  expect(endpoint.held).toBe(false);
  const playback = endpoint.play({ turn, clips: [stage.speech.tone('back', 700, 1_600)], bargeIn: 'none' });
  expect(await caller.event('playback-finished')).toMatchObject({ playback, because: 'end' });
});

test('a caller whose packets stop is lost, is back when they come again, and is not missed on hold', async () => {
  const caller = await stage.line();
  const { endpoint, peer } = caller;
  peer.idle();
  await caller.event('rtp-began');
  peer.quiet();
  expect((await caller.event('rtp-lost')).silent).toBeGreaterThanOrEqual(600);
  peer.idle();
  await caller.event('rtp-began', () => caller.all('rtp-began').length > 1);
  await endpoint.modify(peer.sdp({ direction: 'inactive', version: 2 }));
  const lost = caller.all('rtp-lost').length;
  peer.quiet();
  // somebody who falls silent later is lost by then
  const other = await stage.line();
  other.peer.idle();
  await other.event('rtp-began');
  other.peer.quiet();
  await other.event('rtp-lost');
  expect(caller.all('rtp-lost')).toHaveLength(lost);
});

test('an endpoint that offers: FreeSWITCH’s plain offer, then the far end’s answer', async () => {
  const caller = await stage.offering();
  const { endpoint, peer } = caller;
  expect(endpoint.codec).toBeUndefined();
  expect(endpoint.localSdp).toMatch(/^m=audio \d+ RTP\/AVP 0 8 101\r$/m);
  await stage.answer(caller);
  expect(endpoint).toMatchObject({ codec: 'PCMU', telephoneEvent: true });
  peer.idle();
  await caller.event('rtp-began');
  endpoint.play({ turn, clips: [stage.speech.tone('offer', 700, 1_600)], bargeIn: 'none' });
  await peer.until(() => hears(peer.heard(), 700), 'the bot');
});

test('bridged: both hear each other, who is left can be played to, and each may go first', async () => {
  const caller = await stage.line();
  caller.peer.idle();
  const agent = await stage.offering({ near: caller });
  expect(stage.peer.legs.map(({ forks }) => forks.length)).toEqual([1, 0]);
  await stage.answer(agent);
  expect(agent.all('rtp-began')).toEqual([]);
  agent.peer.idle();
  await agent.event('rtp-began');
  agent.peer.quiet();
  caller.peer.quiet();
  caller.endpoint.bridge(agent.endpoint);
  await stage.peer.until(() => stage.peer.legs.every(({ bridgedTo }) => bridgedTo !== undefined), 'the bridge');
  await Promise.all([caller.peer.speak(tone([500], 6_400)), agent.peer.speak(tone([900], 6_400))]);
  await caller.peer.until(() => hears(caller.peer.heard(), 900), 'the agent');
  await agent.peer.until(() => hears(agent.peer.heard(), 500), 'the caller');
  caller.peer.idle();
  await agent.endpoint.close();
  caller.endpoint.unbridge();
  caller.endpoint.play({ turn, clips: [stage.speech.tone('alone', 700, 1_600)], bargeIn: 'none' });
  await caller.peer.until(() => hears(caller.peer.heard(), 700), 'the bot');
  expect(caller.all('failed')).toEqual([]);
});

test('parted by us: both live on, apart', async () => {
  const caller = await stage.line();
  const agent = await stage.line({ near: caller });
  for (const { peer } of [caller, agent]) peer.idle();
  caller.endpoint.bridge(agent.endpoint);
  await stage.peer.until(() => stage.peer.legs.every(({ bridgedTo }) => bridgedTo !== undefined), 'the bridge');
  caller.endpoint.unbridge();
  await stage.peer.until(
    () => stage.peer.legs.every(({ bridgedTo }) => bridgedTo === undefined),
    'the end of the bridge',
  );
  expect(stage.peer.legs).toHaveLength(2);
  agent.endpoint.play({ turn, clips: [stage.speech.tone('late', 1_100, 1_600)], bargeIn: 'none' });
  await agent.peer.until(() => hears(agent.peer.heard(), 1_100), 'the bot at the agent, by a fork that it had not had');
  expect(stage.peer.legs.map(({ forks }) => forks.length)).toEqual([1, 1]);
});
