import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSipStack, type SipStack } from '../../src/sip/stack.ts';
import type { KeepAliveAnswer } from '../../src/sip/transport/keep-alive.ts';
import { readStunResponse, stunRequest, stunResponse } from '../../src/sip/transport/stun.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { Mailbox } from './mailbox.ts';
import { headerOf, RecordingHandlers, RecordingUser, UdpPeer } from './peers.ts';
import { ours } from './stack-udp-setup.ts';

let clock: ManualClock;
let stack: SipStack;
beforeEach(async () => {
  clock = new ManualClock();
  stack = await openSipStack({ host: '127.0.0.1', port: 0, tcp: true, clock }, new RecordingUser());
});
afterEach(() => stack.close());

const asked = (to: Parameters<SipStack['keepAlive']>[0]): Mailbox<KeepAliveAnswer | 'silence'> => {
  const answers = new Mailbox<KeepAliveAnswer | 'silence'>();
  stack.keepAlive(to, (answer) => answers.put(answer ?? 'silence'));
  return answers;
};

test('over UDP by STUN: the answer says under which address the far end sees us', async () => {
  const port = stack.addresses[0]?.port ?? 0;
  const far = await openSipStack({ host: '127.0.0.1', port: 0, tcp: false }, new RecordingUser());
  const answers = asked({ protocol: 'UDP', host: '127.0.0.1', port: far.addresses[0]?.port ?? 0 });
  expect(await answers.next()).toEqual({ seenAs: `127.0.0.1:${port}` });
  await far.close();
});

test('over UDP: asked four times, then given up', async () => {
  await using far = await UdpPeer.open();
  const answers = asked(far.flow);
  for (const wait of [500, 1_000, 2_000]) {
    await far.next();
    clock.advance(wait);
  }
  await far.next();
  expect(answers.waiting).toEqual([]);
  clock.advance(4_000);
  expect(await answers.next()).toBe('silence');
});

test('nobody answers for whom we asked', async () => {
  const far = createSocket('udp4').bind(0, '127.0.0.1');
  await once(far, 'listening');
  await using other = await UdpPeer.open();
  const port = stack.addresses[0]?.port ?? 0;
  const answers = asked({ protocol: 'UDP', host: '127.0.0.1', port: far.address().port });
  const [request] = (await once(far, 'message')) as [Buffer];
  const response = stunResponse(request, { host: '198.51.100.1', port: 7 }) ?? Buffer.alloc(0);
  other.send(response, port);
  await expect.poll(() => stack.statistics().dropped['stun']).toBe(1);
  expect(answers.waiting).toEqual([]);
  far.send(response, port, '127.0.0.1');
  expect(await answers.next()).toEqual({ seenAs: '198.51.100.1:7' });
  far.close();
});

async function listener(onSocket: (socket: Socket) => void) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    to: { protocol: 'TCP', host: '127.0.0.1', port: typeof address === 'object' ? (address?.port ?? 0) : 0 } as const,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

test('over TCP by CRLF CRLF on the connection that is there; without one there is no answer', async () => {
  const heard = new Mailbox<string>();
  await using far = await listener((socket) =>
    socket.on('data', (bytes) => {
      const text = bytes.toString('utf8');
      heard.put(text);
      if (text.endsWith('\r\n\r\n') && !text.includes('SIP/2.0')) socket.write('\r\n');
    }),
  );
  expect(await asked(far.to).next()).toBe('silence');
  stack.sendRequest(ours('OPTIONS'), far.to, new RecordingHandlers());
  expect(headerOf(await heard.next(), 'CSeq')).toContain('OPTIONS');
  const answers = asked(far.to);
  expect(await heard.next()).toBe('\r\n\r\n');
  expect(await answers.next()).toEqual({ seenAs: undefined });
  expect(stack.statistics().tcpConnections).toBe(1);
});

test('over TCP a connection that stays silent for 10 s is ended', async () => {
  const heard = new Mailbox<string>();
  await using far = await listener((socket) => socket.on('data', (bytes) => heard.put(bytes.toString('utf8'))));
  stack.sendRequest(ours('OPTIONS'), far.to, new RecordingHandlers());
  await heard.next();
  const answers = asked(far.to);
  await heard.next();
  clock.advance(10_000);
  expect(await answers.next()).toBe('silence');
  expect(stack.statistics()).toMatchObject({ tcpConnections: 0, dropped: { 'tcp-no-pong': 1 } });
});

test('what we ask is answered by our own answer, and nothing else is read as one', () => {
  const host = fc.ipV4();
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 12, maxLength: 12 }), host, fc.nat(65_535), (transaction, at, port) => {
      const response = stunResponse(stunRequest(transaction), { host: at, port });
      expect(response && readStunResponse(response)).toEqual({
        transaction: Buffer.from(transaction).toString('hex'),
        seenAs: `${at}:${port}`,
      });
    }),
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => void readStunResponse(bytes)));
});
