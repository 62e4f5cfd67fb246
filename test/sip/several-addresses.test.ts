import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { expect, test } from 'vitest';
import { SipHeaders } from '../../src/sip/message/headers.ts';
import { NO_BODY, type SipRequest } from '../../src/sip/message/message.ts';
import { responseTo } from '../../src/sip/message/response-to.ts';
import { openSipStack, type ServerTransaction } from '../../src/sip/stack.ts';
import { localAddresses } from '../../src/sip/transport/local-address.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { Mailbox } from './mailbox.ts';
import { headerOf, RecordingHandlers, RecordingUser, requestText, responseText } from './peers.ts';

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((each) => each?.address === '::1');

const answering = new RecordingUser((transaction: ServerTransaction) => {
  transaction.respond(responseTo(transaction.request, 200, undefined, transaction.localTag));
});

async function peerAt(host: string) {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  socket.bind(0, host);
  await once(socket, 'listening');
  const heard = new Mailbox<{ readonly text: string; readonly from: string }>();
  socket.on('message', (bytes, { address }) => heard.put({ text: bytes.toString('utf8'), from: address }));
  return {
    port: socket.address().port,
    heard,
    send: (text: string, port: number, to: string) => socket.send(text, port, to),
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, 'close');
    },
  };
}

const ours = (host: string): SipRequest => ({
  kind: 'request',
  method: 'OPTIONS',
  uri: `sip:far@${host}`,
  headers: new SipHeaders([
    ['From', '<sip:bot@near>;tag=near'],
    ['To', '<sip:far>'],
    ['Call-ID', `${host}@near`],
    ['CSeq', '1 OPTIONS'],
  ]),
  body: NO_BODY,
});

test.skipIf(!hasIpv6)(
  'IPv4 and IPv6 at once: each far end is answered, and asked, from the address of its family',
  async () => {
    await using stack = await openSipStack({ host: '127.0.0.1', moreHosts: ['::1'], port: 0, tcp: true }, answering);
    const ports = new Set(stack.addresses.map(({ port }) => port));
    expect(ports.size).toBe(1);
    expect(stack.addresses.map(({ protocol, host }) => `${protocol} ${host}`)).toEqual([
      'UDP 127.0.0.1',
      'TCP 127.0.0.1',
      'UDP ::1',
      'TCP ::1',
    ]);
    const [port = 0] = ports;
    for (const [host, shown] of [
      ['127.0.0.1', '127.0.0.1'],
      ['::1', '[::1]'],
    ] as const) {
      await using peer = await peerAt(host);
      peer.send(
        requestText('OPTIONS', {
          'Call-ID': `call@${host}`,
          Via: `SIP/2.0/UDP ${shown}:${peer.port};rport;branch=z9hG4bK${peer.port}`,
        }),
        port,
        host,
      );
      const answer = await peer.heard.next();
      expect([answer.from, answer.text.split('\r\n')[0]]).toEqual([host, 'SIP/2.0 200 OK']);
      expect(headerOf(answer.text, 'Via')).toContain(`rport=${peer.port};branch=z9hG4bK${peer.port};received=${host}`);
      const handlers = new RecordingHandlers();
      stack.sendRequest(ours(host), { protocol: 'UDP', host, port: peer.port }, handlers);
      const request = await peer.heard.next(({ text }) => text.startsWith('OPTIONS'));
      expect(headerOf(request.text, 'Via')).toMatch(
        new RegExp(`^SIP/2\\.0/UDP ${shown.replace(/[[\]]/g, '\\$&')}:${port};rport`),
      );
      peer.send(responseText(request.text, 200), port, host);
      expect(await handlers.log.next()).toBe('200');
    }
  },
);

test.skipIf(!hasIpv6)('every address of both families: two sockets on one port', async () => {
  await using stack = await openSipStack({ host: '0.0.0.0', moreHosts: ['::'], port: 0, tcp: true }, answering);
  await using peer = await peerAt('::1');
  peer.send(
    requestText('OPTIONS', { Via: 'SIP/2.0/UDP [::1];rport;branch=z9hG4bKsix' }),
    stack.addresses[0]!.port,
    '::1',
  );
  expect((await peer.heard.next()).text).toContain('SIP/2.0 200');
  expect(stack.viaHost({ protocol: 'UDP', host: '::1', port: 5060 }).host).toBe('::1');
  expect(stack.viaHost({ protocol: 'UDP', host: '127.0.0.1', port: 5060 }).host).toBe('127.0.0.1');
});

test('an address that is advertised for each family is told to far ends of that family', async () => {
  const advertise = { host: '192.0.2.10', more: ['2001:db8::10'] };
  await using stack = await openSipStack({ host: '127.0.0.1', port: 0, tcp: false, advertise }, answering);
  expect(stack.viaHost({ protocol: 'UDP', host: '198.51.100.1', port: 5060 }).host).toBe('192.0.2.10');
  expect(stack.viaHost({ protocol: 'UDP', host: '2001:db8::99', port: 5060 }).host).toBe('2001:db8::10');
});

test('of two addresses of a family the one in whose network the far end is', () => {
  const local = localAddresses(['192.0.2.10', '127.0.0.1'], new ManualClock());
  expect(['127.0.0.9', '198.51.100.1', '::1'].map((host) => local({ host }).bound)).toEqual([
    '127.0.0.1',
    '192.0.2.10',
    '192.0.2.10',
  ]);
});

test('whoever has written to one of our addresses is told that one', async () => {
  const local = localAddresses(['127.0.0.1', '127.0.0.2', '0.0.0.0'], new ManualClock());
  expect(local({ host: '127.0.0.9', local: '127.0.0.2' })).toEqual({ bound: '127.0.0.2', address: '127.0.0.2' });
  expect(local({ host: '127.0.0.9', local: '0.0.0.0' })).toEqual({ bound: '0.0.0.0', address: '127.0.0.1' });
  await using stack = await openSipStack(
    { host: '127.0.0.1', moreHosts: ['127.0.0.2'], port: 0, tcp: true },
    answering,
  );
  const far = { protocol: 'UDP', host: '127.0.0.9', port: 5060 } as const;
  expect([stack.viaHost(far).host, stack.viaHost({ ...far, local: '127.0.0.2' }).host]).toEqual([
    '127.0.0.1',
    '127.0.0.2',
  ]);
});
