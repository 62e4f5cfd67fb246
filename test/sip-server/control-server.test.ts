import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { formatFrame } from '../../src/sip-server/frame.ts';
import { type Bench, openBench, SECRET } from './board.ts';
import { ControlClient } from './control-client.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(async () => {
  await bench[Symbol.asyncDispose]();
});

const connect = (secret?: string): Promise<ControlClient> => ControlClient.open(bench.server.controlPort, secret);

describe('the control port', () => {
  test('answers authenticate, route, ping as drachtio-server does', async () => {
    await using client = await connect();
    const { port } = bench.server.sipAddresses[0]!;
    const hostports = `udp/127.0.0.1:${port},tcp/127.0.0.1:${port}`;
    expect((await client.ask(`authenticate|${SECRET}|`)).fields).toEqual(['OK', hostports, 'v0.9.10', hostports]);
    expect((await client.ask('route|invite')).fields).toEqual(['OK']);
    expect((await client.ask('remove_route|invite')).fields).toEqual(['OK']);
    expect((await client.ask('ping')).fields).toEqual(['OK', 'pong']);
  });

  test('a wrong secret is refused and the connection closed', async () => {
    for (const secret of ['', 'cymru', `${SECRET}x`]) {
      await using client = await connect();
      expect((await client.ask(`authenticate|${secret}|`)).fields).toEqual(['NOK', 'incorrect secret']);
      await client.closed();
    }
    expect(bench.server.statistics()).toMatchObject({ controlRefused: 3, applications: 0 });
  });

  test('nothing is taken from who has not said the secret', async () => {
    for (const text of ['route|invite', 'ping', 'sip||\r\nOPTIONS sip:a@127.0.0.1 SIP/2.0\r\n\r\n']) {
      await using client = await connect();
      client.send(text);
      await client.closed();
    }
    expect(bench.server.statistics().outgoing).toBe(0);
  });

  test('who says nothing is shown out', async () => {
    await using client = await connect();
    bench.clock.advance(5_001);
    await client.closed();
  });

  test.each(['GET / HTTP/1.1\r\n\r\n', '5#hello', '999999#x', '\0\0\0'])(
    'garbage closes the connection: %j',
    async (text) => {
      await using client = await connect(SECRET);
      client.socket.write(text);
      await client.closed();
      expect(bench.server.statistics()).toMatchObject({ controlBroken: 1, applications: 0 });
      await using other = await connect(SECRET);
      expect((await other.ask('ping')).fields[0]).toBe('OK');
    },
  );

  test('a frame may come byte by byte', async () => {
    await using client = await connect(SECRET);
    for (const byte of formatFrame('abc|ping')) {
      client.socket.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await client.hear((payload) => payload.includes('|abc|'))).toContain('OK|pong');
  });

  test('so many connections and no more', async () => {
    const clients = await Promise.all(Array.from({ length: 16 }, () => connect(SECRET)));
    const over = await connect();
    await over.closed();
    for (const client of clients) await client[Symbol.asyncDispose]();
    await using next = await connect(SECRET);
    expect((await next.ask('ping')).fields[0]).toBe('OK');
  });
});
