import { createServer } from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { newLegId } from '../../src/domain/ids.ts';
import { ManualClock } from '../../src/lib/clock.ts';
import { contact, never, turn } from '../media/studio.ts';
import { openFreeswitchPeer } from '../peers/freeswitch/peer.ts';
import { openServer, openSignalling, Stage } from './stage.ts';

const byUs = (commands: readonly { readonly command: string }[], what: string): number =>
  commands.filter(({ command }) => command.includes(what)).length;

test('a fork that does not connect is tried once more', async () => {
  await using stage = await Stage.open();
  stage.peer.failNextFork(1);
  const caller = await stage.line();
  expect(stage.peer.legs[0]?.forks).toMatchObject([{ connected: true }]);
  expect(byUs(stage.peer.commands, 'uuid_audio_fork')).toBe(3);
  expect(caller.all('failed')).toEqual([]);
});

test('a fork that never connects: the leg goes to another FreeSWITCH, and without one it is refused', async () => {
  await using stage = await Stage.open({}, [{}, {}]);
  const [first, second] = stage.peers;
  first?.failNextFork(2);
  second?.failNextFork(0);
  const caller = await stage.line();
  expect(first?.legs).toEqual([]);
  expect(second?.legs).toHaveLength(1);
  expect(caller.endpoint.localSdp).toContain(`m=audio ${second?.legs[0]?.rtp.port} `);
  first?.failNextFork(2);
  second?.failNextFork(2);
  await expect(stage.line()).rejects.toMatchObject({ code: 'MEDIA_SERVER_LOST' });
  await first?.until(() => first.legs.length === 0, 'no channel left there');
  await second?.until(() => second.legs.length === 1, 'no channel left here');
  while ((await stage.server.statistics()).endpoints > 1) await nextTurn();
});

test('a fork that breaks in mid-call is connected again, and the bot goes on', async () => {
  await using stage = await Stage.open();
  const caller = await stage.line();
  caller.peer.idle();
  const playback = caller.endpoint.play({ turn, clips: [stage.speech.tone('long', 700, 8_000)], bargeIn: 'none' });
  await caller.event('playback-started');
  const [leg] = stage.peer.legs;
  if (leg === undefined) throw new Error('no leg');
  stage.peer.dropFork(leg);
  await stage.peer.until(() => byUs(stage.peer.commands, '|start|') === 2, 'another fork');
  expect(await caller.event('playback-finished')).toMatchObject({ playback, because: 'end' });
  expect(await stage.server.statistics()).toMatchObject({ forksReattached: 1 });
  expect(caller.all('failed')).toEqual([]);
});

test('a fork that breaks again and again: the leg fails', async () => {
  await using stage = await Stage.open();
  const caller = await stage.line();
  for (let breaks = 1; breaks <= 6; breaks++) {
    const fork = (): string => stage.peer.legs[0]?.forks.find(({ connected }) => connected)?.url ?? '';
    await stage.peer.until(() => fork() !== '', 'a fork');
    const before = (await stage.server.statistics()).forksReattached;
    const [leg] = stage.peer.legs;
    if (leg === undefined) throw new Error('no leg');
    stage.peer.dropFork(leg);
    if (breaks < 6) while ((await stage.server.statistics()).forksReattached === before) await nextTurn();
  }
  expect(await caller.event('failed')).toEqual({ type: 'failed', code: 'MEDIA_SERVER_LOST' });
});

const nextTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

test('FreeSWITCH ends the channel: at once known', async () => {
  await using stage = await Stage.open();
  const caller = await stage.line();
  const [leg] = stage.peer.legs;
  if (leg === undefined) throw new Error('no leg');
  stage.peer.hangUp(leg, 'NORMAL_TEMPORARY_FAILURE');
  expect(await caller.event('failed')).toEqual({ type: 'failed', code: 'MEDIA_SERVER_LOST' });
  await expect(caller.endpoint.modify(caller.peer.sdp())).rejects.toMatchObject({ code: 'ENDPOINT_CLOSED' });
  const playback = caller.endpoint.play({ turn, clips: [stage.speech.tone('late', 700, 1_600)], bargeIn: 'none' });
  expect(await caller.event('playback-finished')).toMatchObject({ playback, because: 'failed' });
});

test('a FreeSWITCH dies: its legs fail at once, new ones go to the other, and to it again when it is back', async () => {
  await using stage = await Stage.open({}, [{}, {}]);
  const callers = [await stage.line(), await stage.line()];
  const [first, second] = stage.peers;
  if (first === undefined || second === undefined) throw new Error('two peers');
  expect([first.legs.length, second.legs.length]).toEqual([1, 1]);
  await first.kill();
  const [victim, other] = callers;
  expect(await victim?.event('failed')).toEqual({ type: 'failed', code: 'MEDIA_SERVER_LOST' });
  await victim?.endpoint.close();
  const moved = await stage.line();
  expect(second.legs).toHaveLength(2);
  expect(other?.all('failed')).toEqual([]);
  await first.restart();
  await serverState(stage, 0, 'up');
  const next = await stage.line();
  expect(first.legs).toHaveLength(1);
  for (const line of [moved, next]) await line.endpoint.close();
  expect((await stage.server.statistics()).servers.map(({ legs }) => legs)).toEqual([0, 1]);
});

async function serverState(stage: Stage, index: number, state: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  while ((await stage.server.statistics()).servers[index]?.state !== state) {
    if (performance.now() > deadline) throw new Error(`server ${index} is not ${state}`);
    await nextTurn();
  }
}

test('the only FreeSWITCH is down: legs are refused at once, with its name', async () => {
  await using stage = await Stage.open();
  await stage.peer.kill();
  await serverState(stage, 0, 'down');
  await expect(stage.line()).rejects.toMatchObject({
    code: 'MEDIA_SERVER_LOST',
    message: expect.stringContaining(`${stage.peer.eventSocket.port} down`),
  });
});

test('a call that one refuses is taken by another, and that one asked last until it is probed', async () => {
  const clock = new ManualClock();
  await using stage = await Stage.open({ clock }, [{}, {}]);
  const [first, second] = stage.peers;
  first?.refuseCalls(503);
  await stage.line();
  expect([first?.legs.length, second?.legs.length]).toEqual([0, 1]);
  expect((await stage.server.statistics()).servers.map(({ state }) => state)).toEqual(['refusing', 'up']);
  await stage.line();
  expect([first?.legs.length, second?.legs.length]).toEqual([0, 2]);
  clock.advance(10_000);
  await stage.line();
  expect([first?.legs.length, second?.legs.length]).toEqual([1, 2]);
});

test('legs are shared out by weight; a draining server gets only what belongs to its calls', async () => {
  const peers = [await openFreeswitchPeer(), await openFreeswitchPeer()];
  const signalling = await openSignalling();
  const server = await openServer([], signalling, {
    servers: peers.map(({ eventSocket }, index) => ({ ...eventSocket, weight: index === 0 ? 3 : 1 })),
  });
  const leg = async (near?: Awaited<ReturnType<typeof server.createEndpoint>>) =>
    server.createEndpoint(
      { leg: newLegId(Date.now()), contact, listen: near === undefined, ...(near === undefined ? {} : { near }) },
      never,
    );
  const counts = (): number[] => peers.map(({ legs }) => legs.length);
  const first = await leg();
  for (let i = 0; i < 3; i++) await leg();
  expect(counts()).toEqual([3, 1]);
  const host = `127.0.0.1:${peers[0]?.eventSocket.port}`;
  expect(server.drain('127.0.0.1:1', true)).toBe(false);
  expect(server.drain(host, true)).toBe(true);
  await leg();
  expect(counts()).toEqual([3, 2]);
  await leg(first);
  expect(counts()).toEqual([4, 2]);
  server.drain(host, false);
  await leg();
  expect(counts()).toEqual([5, 2]);
  await server[Symbol.asyncDispose]();
  expect(counts()).toEqual([0, 0]);
  await signalling.close();
  for (const peer of peers) await peer[Symbol.asyncDispose]();
});

test('a start with one of two down goes on with the other, which is joined later', async () => {
  const [up, down] = [await openFreeswitchPeer(), await openFreeswitchPeer()];
  await down.kill();
  const signalling = await openSignalling();
  const server = await openServer([up, down], signalling);
  const states = async (): Promise<string[]> => (await server.statistics()).servers.map(({ state }) => state);
  expect(await states()).toEqual(['up', 'down']);
  await down.restart();
  while ((await states())[1] !== 'up') await nextTurn();
  await server[Symbol.asyncDispose]();
  await signalling.close();
  for (const peer of [up, down]) await peer[Symbol.asyncDispose]();
});

test('a start without any says why of each', async () => {
  const signalling = await openSignalling();
  const silent = createServer();
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const address = silent.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const peer = await openFreeswitchPeer();
  const wrong = { ...peer.eventSocket, secret: 'wrong' };
  const dead = { host: '127.0.0.1', port: 1, secret: 'x' };
  const error: unknown = await openServer([], signalling, {
    servers: [wrong, dead, { host: '127.0.0.1', port, secret: 'x' }],
  }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'MEDIA_SERVER_LOST' });
  const { message } = error as Error;
  expect(message).toMatch(/127\.0\.0\.1:1: its event socket cannot be reached/);
  expect(message).toContain(`${wrong.port}: its event socket refuses our secret`);
  expect(message).toContain(`${port}: its event socket does not answer`);
  expect(message).not.toContain('wrong');
  silent.close();
  await signalling.close();
  expect(peer.takeViolations()[0]).toMatch(/password/);
  await peer[Symbol.asyncDispose]();
});

test('without a SIP server there is no start', async () => {
  const peer = await openFreeswitchPeer();
  await expect(openServer([peer], { control: { host: '127.0.0.1', port: 1, secret: 'x' } })).rejects.toMatchObject({
    code: 'CONTROL_PROTOCOL',
  });
  await peer[Symbol.asyncDispose]();
});

test('the SIP server is lost: calls go on, new legs are refused, and what is closed ends at FreeSWITCH', async () => {
  await using stage = await Stage.open();
  const caller = await stage.line();
  caller.peer.idle();
  await stage.signalling.close();
  while ((await stage.server.statistics()).controlConnections > 0) await nextTurn();
  const playback = caller.endpoint.play({ turn, clips: [stage.speech.tone('on', 700, 1_600)], bargeIn: 'none' });
  expect(await caller.event('playback-finished')).toMatchObject({ playback, because: 'end' });
  await expect(stage.line()).rejects.toMatchObject({
    code: 'MEDIA_SERVER_LOST',
    message: /no connection to a SIP server/,
  });
  await caller.endpoint.close();
  await stage.peer.until(() => stage.peer.legs.length === 0, 'the end of the channel');
});

test('an endpoint that is no longer wanted while it is made leaves nothing', async () => {
  await using stage = await Stage.open();
  const phone = await stage.phone();
  for (const when of ['at once', 'with the channel', 'with the fork'] as const) {
    const abort = new AbortController();
    const seen = stage.peer.everyLeg.length;
    const forks = byUs(stage.peer.commands, '|start|');
    const making = stage.server.createEndpoint(
      { leg: newLegId(Date.now()), contact, remoteSdp: phone.sdp(), listen: true },
      abort.signal,
    );
    const settled = making.then(
      () => 'made',
      (thrown: unknown) => (thrown instanceof Error && 'code' in thrown ? thrown.code : thrown),
    );
    if (when === 'with the channel') await stage.peer.until(() => stage.peer.everyLeg.length > seen, 'a channel');
    if (when === 'with the fork') await stage.peer.until(() => byUs(stage.peer.commands, '|start|') > forks, 'a fork');
    abort.abort();
    expect(await settled).toBe('CANCELLED');
    await stage.peer.until(() => stage.peer.legs.length === 0, 'no channel left');
    while ((await stage.server.statistics()).endpoints > 0) await nextTurn();
  }
  expect((await stage.server.statistics()).servers).toMatchObject([{ legs: 0, state: 'up' }]);
});

test('orphans of this node are ended, of a former life as well; others’ are left alone', async () => {
  const peer = await openFreeswitchPeer();
  const signalling = await openSignalling();
  const clock = new ManualClock();
  const other = await openServer([peer], signalling, { node: 'other' });
  await other.createEndpoint({ leg: newLegId(Date.now()), contact, listen: true }, never);
  const former = await openServer([peer], signalling, { node: 'ours' });
  await former.createEndpoint({ leg: newLegId(Date.now()), contact, listen: true }, never);
  const server = await openServer([peer], signalling, { node: 'ours', clock });
  await server.createEndpoint({ leg: newLegId(Date.now()), contact, listen: true }, never);
  expect(peer.legs).toHaveLength(3);
  const asked = (): number => byUs(peer.commands, 'show channels');
  clock.advance(10_000);
  await peer.until(() => asked() === 1, 'the first sweep');
  await server.statistics();
  expect(peer.legs).toHaveLength(3);
  clock.advance(10_000);
  await peer.until(() => peer.legs.length === 2, 'the end of the orphan');
  clock.advance(10_000);
  await peer.until(() => asked() === 3, 'the third sweep');
  expect(byUs(peer.commands, 'uuid_kill')).toBe(1);
  expect((await server.statistics()).orphansKilled).toBe(1);
  for (const each of [server, former, other]) await each[Symbol.asyncDispose]();
  await signalling.close();
  await peer[Symbol.asyncDispose]();
});

test('bridging that FreeSWITCH refuses: the other leg fails, this one lives on', async () => {
  await using stage = await Stage.open();
  const caller = await stage.line();
  const agent = await stage.line({ near: caller });
  stage.peer.refuse(/^uuid_bridge/, '-ERR Invalid uuid\n');
  caller.endpoint.bridge(agent.endpoint);
  expect(await agent.event('failed')).toEqual({ type: 'failed', code: 'MEDIA_SERVER_LOST' });
  expect(caller.all('failed')).toEqual([]);
});
