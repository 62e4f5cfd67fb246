import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { deferred } from '../../../src/lib/deferred.ts';
import type { EndpointKey } from '../../../src/media/engine/media-protocol.ts';
import { openForkListener } from '../../../src/media/freeswitch/fork-listener.ts';
import { formatForkMetadata, namesEndpoint } from '../../../src/media/freeswitch/fork-metadata.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { ForkPeer } from './fork-peer.ts';
import { ForkStudio } from './fork-studio.ts';

const basic = (user: string, password: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

test('a token lets one connection in; every other way in is refused and counted', async () => {
  await using studio = await ForkStudio.open({ user: 'fork', password: 'würzig:4' });
  const leg = await studio.leg();
  const token = leg.expect();
  const headers = basic('fork', 'würzig:4');
  const path = `/fork/${token}`;
  await expect(studio.socket(leg, path)).rejects.toThrow('refused with 401');
  await expect(studio.socket(leg, path, { headers: basic('fork', 'wrong') })).rejects.toThrow('refused with 401');
  await expect(studio.socket(leg, path, { headers, protocol: '' })).rejects.toThrow('refused with 400');
  await expect(studio.socket(leg, path, { headers, protocol: 'chat' })).rejects.toThrow('refused with 400');
  for (const wrong of ['/', '/fork/', `/fork/${token}x`, `/fork/${token.slice(1)}`, `/other/${token}`, `/fork/%2e`])
    await expect(studio.socket(leg, wrong, { headers })).rejects.toThrow('refused with 404');
  expect((await studio.statistics()).packetsDropped).toBe(10);
  const socket = await studio.socket(leg, path, { headers });
  expect(socket.protocol).toBe('audio.drachtio.org');
  await expect(studio.socket(leg, path, { headers })).rejects.toThrow('refused with 404');
  expect((await studio.statistics()).packetsDropped).toBe(11);
  expect(studio.troubles).toEqual([]);
});

test('a token is forgotten after 10 s, when it is replaced, and with its leg', async () => {
  const clock = new ManualClock();
  const door = await openForkListener({ host: '127.0.0.1', ports: { min: 0, max: 0 }, user: '', password: '', clock });
  const ask = async (token: string): Promise<string> => {
    const response = await upgrade(door.port, `/fork/${token}`);
    return response.split(' ')[1] ?? '';
  };
  door.expect('in-time', (socket) => socket.terminate());
  door.expect('too-late', (socket) => socket.terminate());
  const forget = door.expect('forgotten', (socket) => socket.terminate());
  forget();
  clock.advance(9_999);
  expect([await ask('in-time'), await ask('forgotten')]).toEqual(['101', '404']);
  clock.advance(1);
  expect(await ask('too-late')).toBe('404');
  expect(clock.pending).toBe(0);
  await door.close();
});

/** The first line of the answer to a WebSocket handshake. */
async function upgrade(port: number, path: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Key: lQqxkBcpOt4tQ84urGiHhQ==\r\nSec-WebSocket-Version: 13\r\n' +
      'Sec-WebSocket-Protocol: audio.drachtio.org\r\n\r\n',
  );
  const [data] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return data.toString().split('\r\n')[0] ?? '';
}

test('plain HTTP and garbage are turned away, strangers are limited, and the door closes over them', async () => {
  const door = await openForkListener({ host: '127.0.0.1', ports: { min: 0, max: 0 }, user: '', password: '' });
  const response = await fetch(`http://127.0.0.1:${door.port}/fork/x`);
  expect([response.status, await response.text()]).toEqual([404, '']);
  const garbage = connect(door.port, '127.0.0.1');
  garbage.on('error', () => undefined);
  garbage.write(Buffer.alloc(20_000, 0x80));
  await once(garbage, 'close');
  expect(door.refused).toBe(2);
  let gone = 0;
  const eight = deferred<void>();
  const idle = Array.from({ length: 40 }, () => {
    const socket = connect(door.port, '127.0.0.1');
    socket.on('error', () => undefined);
    return once(socket, 'close').then(() => (++gone === 8 ? eight.resolve() : undefined));
  });
  await eight.promise;
  expect(door.refused).toBe(10);
  // those who are expected still find room
  door.expect('awaited', (socket) => socket.terminate());
  expect(await upgrade(door.port, '/fork/awaited')).toContain('101');
  await door.close();
  await Promise.all(idle);
});

test('the first free port of the range; none is an error with a code', async () => {
  const other = createServer();
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const taken = typeof address === 'object' && address !== null ? address.port : 0;
  const common = { host: '127.0.0.1', user: '', password: '' };
  await expect(openForkListener({ ...common, ports: { min: taken, max: taken } })).rejects.toMatchObject({
    code: 'PORT_IN_USE',
  });
  const door = await openForkListener({ ...common, ports: { min: taken, max: Math.min(65_535, taken + 200) } });
  expect(door.port).toBeGreaterThan(taken);
  await door.close();
  other.close();
  await once(other, 'close');
});

test('metadata name a leg, and survive the quotes that they travel in', () => {
  const key = 4711 as EndpointKey;
  const text = formatForkMetadata(key);
  expect(text).not.toMatch(/['|\\\n ]/);
  expect(namesEndpoint(text, key)).toBe(true);
  expect(namesEndpoint(text, 471 as EndpointKey)).toBe(false);
  for (const other of ['', '{', 'null', '[]', '"leg"', '{"leg":4711}', '{"callId":"A"}'])
    expect(namesEndpoint(other, key)).toBe(false);
});

test('a fork that does not say whose it is, or says too much, is closed and counted', async () => {
  await using studio = await ForkStudio.open();
  const leg = await studio.leg();
  const other = await studio.leg();
  const first: [string | Buffer, number][] = [
    [formatForkMetadata(other.key), 1008],
    ['{"callId":"A"}', 1008],
    ['garbage', 1008],
    [Buffer.alloc(640), 1008],
    [Buffer.alloc(70_000), 1009],
  ];
  for (const [i, [message, code]] of first.entries()) {
    const peer = new ForkPeer(await studio.socket(leg, `/fork/${leg.expect()}`));
    peer.socket.send(message);
    expect(await peer.closed()).toBe(code);
    expect(await leg.state(i + 1)).toBe('lost');
  }
  const peer = await studio.fork(leg);
  peer.socket.send('{"type": "mark", "data": {"name":"x", "event": "playout"}}');
  peer.socket.send('no JSON');
  peer.socket.send(Buffer.alloc(641));
  peer.socket.send(Buffer.alloc(0));
  peer.socket.send(Buffer.alloc(65_536));
  peer.socket.send(Buffer.alloc(65_537));
  expect(await peer.closed()).toBe(1009);
  expect(leg.states).toEqual([...first.map(() => 'lost'), 'connected', 'lost']);
  expect((await studio.statistics()).packetsDropped).toBeGreaterThanOrEqual(6);
  expect(other.states).toEqual([]);
  expect(studio.troubles).toEqual([]);
});
