import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { newLegId } from '../../../src/domain/ids.ts';
import type { FreeswitchMediaServer } from '../../../src/media/freeswitch/freeswitch-media-server.ts';
import { openFreeswitchPeer } from '../../peers/freeswitch/peer.ts';
import { quietConsole } from '../../peers/freeswitch/quiet-console.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { contact, never, turn } from '../studio.ts';
import { eventually, openServer, openSignalling, Stage, saying } from './stage.ts';

quietConsole();

/** The first server's state. */
const serverIs = (server: FreeswitchMediaServer, state: string): Promise<void> =>
  eventually(async () => (await server.statistics()).servers[0]?.state === state, `a server that is ${state}`);

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
  await eventually(async () => (await stage.server.statistics()).endpoints === 1, 'one endpoint left');
});

test('a FreeSWITCH dies while the fork of a leg comes up: the leg goes to another one, and nobody is told', async () => {
  await using stage = await Stage.open({}, [{}, {}]);
  const [first, second] = stage.peers;
  if (first === undefined || second === undefined) throw new Error('two peers');
  const dying = first.until(() => saying(first.commands, '|start|') > 0, 'its fork').then(() => first.kill());
  const caller = await stage.line();
  await dying;
  expect([first.everyLeg.length, second.legs.length]).toEqual([1, 1]);
  expect(second.legs[0]?.forks).toMatchObject([{ connected: true }]);
  expect(stage.leg(caller).uuid).toBe(second.legs[0]?.uuid);
  caller.peer.idle();
  const playback = caller.endpoint.play({ turn, clips: [stage.speech.tone('on', 700, 1_600)], bargeIn: 'none' });
  expect(await caller.event('playback-finished')).toMatchObject({ playback, because: 'end' });
  expect(caller.all('failed')).toEqual([]);
  expect((await stage.server.statistics()).endpoints).toBe(1);
  // from now on it ends with its channel
  second.hangUp(second.legs[0]?.uuid ?? '');
  expect(await caller.event('failed')).toEqual({ type: 'failed', code: 'MEDIA_SERVER_LOST' });
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
  await serverIs(stage.server, 'up');
  const next = await stage.line();
  expect(first.legs).toHaveLength(1);
  for (const line of [moved, next]) await line.endpoint.close();
  expect((await stage.server.statistics()).servers.map(({ legs }) => legs)).toEqual([0, 1]);
});

test('the only FreeSWITCH is down: legs are refused at once, with its name', async () => {
  await using stage = await Stage.open();
  await stage.peer.kill();
  await serverIs(stage.server, 'down');
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
  await eventually(async () => (await states())[1] === 'up', 'the second server');
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
  await eventually(async () => (await stage.server.statistics()).controlConnections === 0, 'the loss');
  const playback = caller.endpoint.play({ turn, clips: [stage.speech.tone('on', 700, 1_600)], bargeIn: 'none' });
  expect(await caller.event('playback-finished')).toMatchObject({ playback, because: 'end' });
  await expect(stage.line()).rejects.toMatchObject({
    code: 'MEDIA_SERVER_LOST',
    message: /no connection to a SIP server/,
  });
  await caller.endpoint.close();
  await stage.peer.until(() => stage.peer.legs.length === 0, 'the end of the channel');
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
  const asked = (): number => saying(peer.commands, 'show channels');
  await peer.until(() => asked() === 3, 'each one’s first sweep');
  expect((await server.statistics()).orphansKilled).toBe(0);
  clock.advance(10_000);
  await peer.until(() => peer.legs.length === 2, 'the end of the orphan');
  expect(asked()).toBe(4);
  clock.advance(10_000);
  await peer.until(() => asked() === 5, 'another sweep');
  expect(saying(peer.commands, 'uuid_kill')).toBe(1);
  expect((await server.statistics()).orphansKilled).toBe(1);
  for (const each of [server, former, other]) await each[Symbol.asyncDispose]();
  await signalling.close();
  await peer[Symbol.asyncDispose]();
});

test('a FreeSWITCH that says nothing any more is down, and so are its legs; it is connected again', async () => {
  const peer = await openFreeswitchPeer();
  const signalling = await openSignalling();
  const clock = new ManualClock();
  const proxy = await openProxy(peer.eventSocket.port);
  const server = await openServer([], signalling, {
    servers: [{ ...peer.eventSocket, port: proxy.port }],
    clock,
  });
  const endpoint = await server.createEndpoint({ leg: newLegId(Date.now()), contact, listen: true }, never);
  const failed = new Promise((resolve) => endpoint.onEvent(resolve));
  proxy.freeze(true);
  clock.advance(10_000);
  expect(await failed).toEqual({ type: 'failed', code: 'MEDIA_SERVER_LOST' });
  expect((await server.statistics()).servers).toMatchObject([{ state: 'down' }]);
  proxy.freeze(false);
  clock.advance(10_000);
  await serverIs(server, 'up');
  await endpoint.close();
  await peer.until(() => peer.legs.length === 0, 'the end of the channel');
  await server[Symbol.asyncDispose]();
  proxy.close();
  await signalling.close();
  await peer[Symbol.asyncDispose]();
});

/** Between us and an event socket: lets nothing through while it is frozen. */
async function openProxy(to: number) {
  let frozen = false;
  const sockets = new Set<Socket>();
  const pass = (from: Socket, into: Socket): void => {
    sockets.add(from);
    from.on('data', (bytes) => (frozen ? undefined : into.write(bytes)));
    from.on('error', () => undefined);
    from.on('close', () => into.destroy());
  };
  const proxy = createServer((socket) => {
    const far = connect(to, '127.0.0.1');
    pass(socket, far);
    pass(far, socket);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const address = proxy.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    freeze(on: boolean) {
      frozen = on;
    },
    close() {
      proxy.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
