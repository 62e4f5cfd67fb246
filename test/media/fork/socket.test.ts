import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { EndpointKey } from '../../../src/media/engine/media-protocol.ts';
import { formatForkMetadata } from '../../../src/media/freeswitch/fork-metadata.ts';
import { ForkSocket } from '../../../src/media/freeswitch/fork-socket.ts';
import { ms } from '../../../src/domain/units.ts';

const key = 7 as EndpointKey;

let server: WebSocketServer;
let far: WebSocket;
let fork: ForkSocket;
let now = 0;
let said: unknown[] = [];

/** A fork and FreeSWITCH's end of it, which has said whose it is. */
beforeEach(async () => {
  now = 0;
  said = [];
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  far = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await once(far, 'open');
  const [near] = (await accepted) as [WebSocket];
  fork = new ForkSocket(
    near,
    key,
    {
      onNamed: () => said.push('named'),
      onAudio: (bytes) => said.push(bytes.length),
      onLost: (faulty) => said.push(faulty ? 'faulty' : 'lost'),
      onFailure: (thrown) => said.push(thrown),
    },
    () => ms(now),
  );
  far.send(formatForkMetadata(key));
  far.send(Buffer.alloc(640));
  far.ping();
  await once(far, 'pong');
});

afterEach(async () => {
  for (const client of server.clients) client.terminate();
  far.terminate();
  server.close();
  await once(server, 'close');
});

test('metadata, audio, its end', async () => {
  const gone = once(far, 'close');
  far.close(1000);
  await gone;
  for (const client of server.clients) await once(client, 'close');
  expect(said).toEqual(['named', 640, 'lost']);
  fork.audio(new Uint8Array(640));
  fork.kill();
  fork.tick();
  fork.close();
  expect(said).toHaveLength(3);
});

test('silence is answered by a ping; no answer is the end', async () => {
  for (let round = 0; round < 3; round++) {
    const pinged = once(far, 'ping');
    now += 10_001;
    fork.tick();
    await pinged;
    const pong = once([...server.clients][0] as WebSocket, 'pong');
    await pong;
    fork.tick();
    expect(said).toEqual(['named', 640]);
  }
  far.pause();
  now += 20_001;
  fork.tick();
  expect(said).toEqual(['named', 640, 'faulty']);
});

test('a reader that takes nothing: full at first, then given up; at the latest with 1 MB that waits', () => {
  far.pause();
  const piece = new Uint8Array(64 * 1024);
  while (!fork.full) fork.audio(piece);
  expect(said).toEqual(['named', 640]);
  fork.tick();
  now += 5_001;
  fork.tick();
  expect(said).toEqual(['named', 640, 'faulty']);
});

test('more than 1 MB never waits', () => {
  far.pause();
  const piece = new Uint8Array(64 * 1024);
  for (let i = 0; said.length < 3 && i < 1_000; i++) fork.audio(piece);
  expect(said).toEqual(['named', 640, 'faulty']);
  const client = [...server.clients][0];
  expect(client?.bufferedAmount).toBeLessThan(1_200_000);
});

test('a mistake of ours in a handler is told, not thrown into the network', async () => {
  const accepted = once(server, 'connection');
  const second = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await once(second, 'open');
  const [near] = (await accepted) as [WebSocket];
  const told: string[] = [];
  const fail = (): never => {
    throw new Error('ours');
  };
  const failing = new ForkSocket(
    near,
    key,
    { onNamed: fail, onAudio: fail, onLost: fail, onFailure: (thrown) => told.push(String(thrown)) },
    () => ms(now),
  );
  second.send(formatForkMetadata(key));
  second.send(Buffer.alloc(640));
  second.close();
  await once(second, 'close');
  expect(told).toEqual(['Error: ours', 'Error: ours', 'Error: ours']);
  failing.close();
});
