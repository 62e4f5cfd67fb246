import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { newLegId } from '../../../src/domain/ids.ts';
import { quietConsole } from '../../peers/freeswitch/quiet-console.ts';
import { contact, type Line, turn } from '../studio.ts';
import { eventually, Stage, saying } from './stage.ts';

let stage: Stage;

quietConsole();
beforeAll(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.clear());
afterAll(() => stage[Symbol.asyncDispose]());

test('a fork that does not connect is tried once more', async () => {
  const before = saying(stage.peer.commands, 'uuid_audio_fork');
  stage.peer.failNextFork(1);
  const caller = await stage.line();
  expect(stage.leg(caller).forks).toMatchObject([{ connected: true }]);
  expect(saying(stage.peer.commands, 'uuid_audio_fork') - before).toBe(3);
  expect(caller.all('failed')).toEqual([]);
});

test('a fork that breaks in mid-call is connected again, and the bot goes on', async () => {
  const caller = await stage.line();
  caller.peer.idle();
  const playback = caller.endpoint.play({ turn, clips: [stage.speech.tone('long', 700, 8_000)], bargeIn: 'none' });
  await caller.event('playback-started');
  const { forksReattached } = await stage.server.statistics();
  const starts = saying(stage.peer.commands, '|start|');
  stage.peer.dropFork(stage.leg(caller));
  await stage.peer.until(() => saying(stage.peer.commands, '|start|') > starts, 'another fork');
  expect(await caller.event('playback-finished')).toMatchObject({ playback, because: 'end' });
  expect((await stage.server.statistics()).forksReattached - forksReattached).toBe(1);
  expect(caller.all('failed')).toEqual([]);
});

test('a fork that breaks again and again: the leg fails', async () => {
  const caller = await stage.line();
  for (let breaks = 1; breaks <= 6; breaks++) {
    const before = (await stage.server.statistics()).forksReattached;
    stage.peer.dropFork(stage.leg(caller));
    if (breaks < 6)
      await eventually(async () => (await stage.server.statistics()).forksReattached > before, 'a fork again');
  }
  expect(await caller.event('failed')).toEqual({ type: 'failed', code: 'MEDIA_SERVER_LOST' });
});

test('FreeSWITCH ends the channel: at once known', async () => {
  const caller = await stage.line();
  stage.peer.hangUp(stage.leg(caller), 'NORMAL_TEMPORARY_FAILURE');
  expect(await caller.event('failed')).toEqual({ type: 'failed', code: 'MEDIA_SERVER_LOST' });
  await expect(caller.endpoint.modify(caller.peer.sdp())).rejects.toMatchObject({ code: 'ENDPOINT_CLOSED' });
  const playback = caller.endpoint.play({ turn, clips: [stage.speech.tone('late', 700, 1_600)], bargeIn: 'none' });
  expect(await caller.event('playback-finished')).toMatchObject({ playback, because: 'failed' });
});

test('an endpoint that is no longer wanted while it is made leaves nothing', async () => {
  const phone = await stage.phone();
  for (const when of ['at once', 'with the channel', 'with the fork'] as const) {
    const abort = new AbortController();
    const seen = stage.peer.everyLeg.length;
    const forks = saying(stage.peer.commands, '|start|');
    const making = stage.server.createEndpoint(
      { leg: newLegId(Date.now()), contact, remoteSdp: phone.sdp(), listen: true },
      abort.signal,
    );
    const settled = making.then(
      () => 'made',
      (thrown: unknown) => (thrown instanceof Error && 'code' in thrown ? thrown.code : thrown),
    );
    if (when === 'with the channel') await stage.peer.until(() => stage.peer.everyLeg.length > seen, 'a channel');
    if (when === 'with the fork')
      await stage.peer.until(() => saying(stage.peer.commands, '|start|') > forks, 'a fork');
    abort.abort();
    expect(await settled).toBe('CANCELLED');
    await stage.peer.until(() => stage.peer.legs.length === 0, 'no channel left');
    await eventually(async () => (await stage.server.statistics()).endpoints === 0, 'no endpoint left');
  }
  expect((await stage.server.statistics()).servers).toMatchObject([{ legs: 0, state: 'up' }]);
});

test.each([488, 491, 500])(
  'FreeSWITCH refuses a re-INVITE with %i: the leg stays as it is, and the next ones work',
  async (status) => {
    const caller = await stage.line();
    const { endpoint, peer } = caller;
    peer.idle();
    const before = endpoint.localSdp;
    stage.peer.refuseModifies(status);
    await expect(endpoint.modify(peer.sdp({ direction: 'sendonly', version: 2 }))).rejects.toMatchObject({
      message: expect.stringContaining(String(status)),
    });
    expect([endpoint.held, stage.leg(caller).held]).toEqual([false, false]);
    expect(endpoint.localSdp).toBe(before);
    expect(await endpoint.modify(peer.sdp({ direction: 'sendonly', version: 3 }))).toMatch(/^a=recvonly\r$/m);
    expect([endpoint.held, stage.leg(caller).held]).toEqual([true, true]);
    expect(await endpoint.modify(peer.sdp({ version: 4 }))).not.toMatch(/^a=(recvonly|inactive)\r$/m);
    expect(endpoint.held).toBe(false);
    expect(caller.all('failed')).toEqual([]);
  },
);

test('bridging that FreeSWITCH refuses: the other leg fails, this one lives on', async () => {
  const caller = await stage.line();
  const agent = await stage.line({ near: caller });
  stage.peer.refuse(/^uuid_bridge/, '-ERR Invalid uuid\n');
  caller.endpoint.bridge(agent.endpoint);
  expect(await agent.event('failed')).toEqual({ type: 'failed', code: 'MEDIA_SERVER_LOST' });
  expect(caller.all('failed')).toEqual([]);
});

function strangerTo(caller: Line): Socket {
  const [host = '', port = ''] = stage.leg(caller).variables.get('sip_h_X-esl-outbound')?.split(':') ?? [];
  return connect(Number(port), host).on('error', () => undefined);
}

test.each([
  ['talks nonsense', 'Content-Type: command/reply\nReply-Text: %E0%A4%A\n\n'],
  ['never comes to an end', 'x'.repeat(200_000)],
])('whoever reaches the port of the event sockets and %s is hung up on, and nobody else', async (_what, said) => {
  const caller = await stage.line();
  const stranger = strangerTo(caller);
  stranger.resume();
  stranger.write(said);
  await new Promise((resolve) => stranger.once('close', resolve));
  expect(await caller.endpoint.modify(caller.peer.sdp({ version: 2 }))).toContain('m=audio');
  expect(caller.all('failed')).toEqual([]);
});

test('an event socket of a channel that nobody asked for hears nothing but that it is to end, and nothing of it is written', async () => {
  const caller = await stage.line();
  const stranger = strangerTo(caller);
  let heard = '';
  stranger.setEncoding('utf8').on('data', (text: string) => (heard += text));
  const channel = 'Unique-ID: 1\nvariable_sip_user_agent: drachtio-fsmrf:guess%0Anoise\n';
  stranger.write(`Content-Type: command/reply\nEvent-Name: CHANNEL_DATA\n${channel}\n`);
  await eventually(async () => heard.includes('NO_ROUTE_DESTINATION'), 'a hangup');
  expect(heard.match(/^(?:connect|sendmsg|api|event|auth)\b.*$/gm)).toEqual(['connect', 'sendmsg 1']);
  expect(vi.mocked(console.error).mock.calls.flat().join()).not.toContain('guess');
  stranger.destroy();
  expect(caller.all('failed')).toEqual([]);
});
