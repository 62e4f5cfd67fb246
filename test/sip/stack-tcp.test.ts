import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { SipHeaders } from '../../src/sip/message/headers.ts';
import { NO_BODY, type SipRequest } from '../../src/sip/message/message.ts';
import { responseTo } from '../../src/sip/message/response-to.ts';
import { openSipStack, type ServerTransaction, type SipStack } from '../../src/sip/stack.ts';
import type { Flow } from '../../src/sip/transport/flow.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { waitWhile } from '../support/wait-while.ts';
import { Mailbox } from './mailbox.ts';
import { headerOf, RecordingHandlers, RecordingUser, responseText, TcpPeer } from './peers.ts';
import { tcp } from './stack-tcp-setup.ts';

const answerWith = (status: number) => (transaction: ServerTransaction) =>
  void transaction.respond(responseTo(transaction.request, status, undefined, transaction.localTag));

interface Setup extends AsyncDisposable {
  readonly stack: SipStack;
  readonly user: RecordingUser;
  readonly clock: ManualClock;
  readonly port: number;
}

async function setUp(user = new RecordingUser()): Promise<Setup> {
  const clock = new ManualClock();
  const stack = await openSipStack({ host: '127.0.0.1', port: 0, tcp: true, clock }, user);
  return {
    stack,
    user,
    clock,
    port: stack.addresses[1]?.port ?? 0,
    async [Symbol.asyncDispose]() {
      await stack.close();
      expect(clock.pending, 'timers of the clock after closing').toBe(0);
    },
  };
}

const ours = (method: string): SipRequest => ({
  kind: 'request',
  method,
  uri: 'sip:agent@far',
  headers: new SipHeaders([
    ['From', '<sip:bot@near>;tag=near'],
    ['To', '<sip:agent@far>'],
    ['Call-ID', 'ours@near'],
    ['CSeq', `1 ${method}`],
  ]),
  body: NO_BODY,
});

/** A far end that listens. */
async function listen(): Promise<AsyncDisposable & { readonly flow: Flow; readonly peers: Mailbox<TcpPeer> }> {
  const peers = new Mailbox<TcpPeer>();
  const all: TcpPeer[] = [];
  const server = createServer((socket: Socket) => {
    const peer = TcpPeer.accepted(socket);
    all.push(peer);
    peers.put(peer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    flow: { protocol: 'TCP', host: '127.0.0.1', port },
    peers,
    async [Symbol.asyncDispose]() {
      for (const peer of all) await peer[Symbol.asyncDispose]();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}

describe('SIP over TCP', () => {
  test('a request in single bytes is one request; answers come back on its connection', async () => {
    await using setup = await setUp(new RecordingUser(answerWith(200)));
    await using peer = await TcpPeer.connect(setup.port);
    for (const byte of Buffer.from(tcp('MESSAGE', {}, 'Grüße'))) peer.socket.write(Buffer.from([byte]));
    expect(headerOf(await peer.next('SIP/2.0 200'), 'Via')).toBe('SIP/2.0/TCP far;branch=z9hG4bK1;received=127.0.0.1');
    const { request, flow } = await setup.user.requests.next();
    expect([Buffer.from(request.body).toString(), flow.protocol, flow.connection]).toEqual(['Grüße', 'TCP', 1]);
    expect(setup.stack.statistics()).toMatchObject({ serverTransactions: 0, tcpConnections: 1 });
  });

  test('many requests in one chunk are as many requests, in order', async () => {
    await using setup = await setUp(new RecordingUser(answerWith(200)));
    await using peer = await TcpPeer.connect(setup.port);
    const texts = Array.from({ length: 50 }, (_, i) =>
      tcp('OPTIONS', { CSeq: `${i} OPTIONS`, Via: `SIP/2.0/TCP far;branch=z9hG4bK${i}` }),
    );
    peer.socket.write(texts.join(''));
    for (let i = 0; i < 50; i++) expect(headerOf(await peer.next(), 'CSeq')).toBe(`${i} OPTIONS`);
  });

  test('CRLF CRLF is answered CRLF (RFC 5626)', async () => {
    await using setup = await setUp();
    await using peer = await TcpPeer.connect(setup.port);
    peer.socket.write('\r\n');
    peer.socket.write('\r\n');
    expect(await peer.next()).toBe('\r\n');
  });

  test('a failed INVITE is answered once, without retransmission; a 2xx is sent again until its ACK', async () => {
    await using setup = await setUp();
    await using peer = await TcpPeer.connect(setup.port);
    peer.socket.write(tcp('INVITE'));
    answerWith(486)(await setup.user.requests.next());
    await peer.next('SIP/2.0 486');
    setup.clock.advance(10_000);
    peer.socket.write(tcp('ACK', { CSeq: '1 ACK' }));
    peer.socket.write(tcp('INVITE', { Via: 'SIP/2.0/TCP far;branch=z9hG4bK2', CSeq: '2 INVITE' }));
    const call = await setup.user.requests.next();
    expect([setup.stack.statistics().serverTransactions, setup.stack.statistics().retransmissionsSent]).toEqual([1, 0]);
    answerWith(200)(call);
    await peer.next('SIP/2.0 200');
    setup.clock.advance(500);
    await peer.next('SIP/2.0 200');
  });

  test('when the connection is gone, the answer goes to the address of the Via on a new one', async () => {
    await using setup = await setUp();
    await using far = await listen();
    await using peer = await TcpPeer.connect(setup.port);
    peer.socket.write(tcp('INVITE', { Via: `SIP/2.0/TCP 127.0.0.1:${far.flow.port};branch=z9hG4bK1` }));
    const call = await setup.user.requests.next();
    peer.socket.end();
    await peer.closed;
    answerWith(486)(call);
    await (await far.peers.next()).next('SIP/2.0 486');
  });

  test.each([
    ['a Content-Length that is none', tcp('OPTIONS', { 'Content-Length': 'x' }), 'SIP/2.0 400', 'bad-content-length'],
    ['no Content-Length', tcp('OPTIONS', { 'Content-Length': undefined }), 'SIP/2.0 400', 'bad-content-length'],
    ['a body of 2 MB', tcp('OPTIONS', { 'Content-Length': '2000000' }), 'SIP/2.0 400', 'body-too-large'],
    ['a head of 70 KB', tcp('OPTIONS', { Subject: 'x'.repeat(70_000) }), undefined, 'head-too-large'],
  ])('%s: refused when possible, and the connection closed', async (_name, text, answer, because) => {
    await using setup = await setUp();
    await using peer = await TcpPeer.connect(setup.port);
    peer.socket.write(text);
    if (answer !== undefined) await peer.next(answer);
    await peer.closed;
    expect(setup.stack.statistics().dropped[because]).toBe(1);
    expect(setup.user.requests.waiting).toEqual([]);
  });

  test('a request of ours opens a connection, later ones use it, and so does the far end', async () => {
    await using setup = await setUp(new RecordingUser(answerWith(200)));
    await using far = await listen();
    const [first, second] = [new RecordingHandlers(), new RecordingHandlers()];
    setup.stack.sendRequest(ours('OPTIONS'), far.flow, first);
    const peer = await far.peers.next();
    const sent = await peer.next('OPTIONS');
    expect(headerOf(sent, 'Via')).toMatch(/^SIP\/2\.0\/TCP /);
    peer.socket.write(responseText(sent, 200));
    expect(await first.log.next()).toBe('200');
    setup.stack.sendRequest(ours('INFO'), far.flow, second);
    await peer.next('INFO');
    peer.socket.write(tcp('OPTIONS'));
    await peer.next('SIP/2.0 200');
    expect([setup.stack.statistics().tcpConnections, far.peers.waiting]).toEqual([1, []]);
  });

  test('a request of ours goes back on the connection of the flow it is given', async () => {
    await using setup = await setUp();
    await using peer = await TcpPeer.connect(setup.port);
    peer.socket.write(tcp('INVITE'));
    const { flow } = await setup.user.requests.next();
    setup.stack.sendRequest(ours('BYE'), flow, new RecordingHandlers());
    await peer.next('BYE');
  });

  test('a connection lost is opened anew for the next request', async () => {
    await using setup = await setUp();
    await using far = await listen();
    setup.stack.sendRequest(ours('OPTIONS'), far.flow, new RecordingHandlers());
    const first = await far.peers.next();
    await first.next('OPTIONS');
    first.socket.destroy();
    await first.closed;
    const handlers = new RecordingHandlers();
    await waitWhile(() => setup.stack.statistics().tcpConnections > 0);
    setup.stack.sendRequest(ours('INFO'), far.flow, handlers);
    await (await far.peers.next()).next('INFO');
  });

  test('nobody there: a transport error, and nothing left', async () => {
    await using setup = await setUp();
    const far = await listen();
    await far[Symbol.asyncDispose]();
    const handlers = new RecordingHandlers();
    setup.stack.sendRequest(ours('INVITE'), far.flow, handlers);
    expect(await handlers.log.next()).toBe('error');
    expect(await handlers.log.next()).toBe('end');
    expect(handlers.errors[0]).toMatchObject({ code: 'ECONNREFUSED' });
    expect(setup.stack.statistics()).toMatchObject({ clientTransactions: 0, tcpConnections: 0 });
  });

  test('closing the stack closes every connection', async () => {
    const { stack, port } = await setUp();
    await using peer = await TcpPeer.connect(port);
    peer.socket.write('\r\n\r\n');
    await peer.next();
    await stack.close();
    await peer.closed;
    expect(stack.statistics().tcpConnections).toBe(0);
  });
});
