import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Counters } from '../../src/sip/counters.ts';
import { SipHeaders } from '../../src/sip/message/headers.ts';
import { NO_BODY, type SipRequest } from '../../src/sip/message/message.ts';
import { responseTo } from '../../src/sip/message/response-to.ts';
import { openSipStack, type ServerTransaction, type SipStack } from '../../src/sip/stack.ts';
import { TimerWheel } from '../../src/sip/transaction/timer-wheel.ts';
import type { Flow } from '../../src/sip/transport/flow.ts';
import { EVERY_SOURCE, type Sources } from '../../src/sip/transport/sources.ts';
import { TCP_LIMITS, type TcpLimits } from '../../src/sip/transport/tcp-connection.ts';
import { openTcpTransport } from '../../src/sip/transport/transport-tcp.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { Mailbox } from './mailbox.ts';
import { headerOf, RecordingHandlers, RecordingUser, requestText, responseText, TcpPeer } from './peers.ts';

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

const tcp = (method: string, changed: Readonly<Record<string, string | undefined>> = {}, body = ''): string =>
  requestText(method, { Via: 'SIP/2.0/TCP far;branch=z9hG4bK1', ...changed }, body);

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
    while (setup.stack.statistics().tcpConnections > 0) await turn();
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

async function limited(limits: Partial<TcpLimits> = {}, sources: Pick<Sources, 'allows' | 'trusts'> = EVERY_SOURCE) {
  const clock = new ManualClock();
  const wheel = new TimerWheel(clock);
  const counters = new Counters();
  const received = new Mailbox<Flow>();
  const transport = await openTcpTransport({
    host: '127.0.0.1',
    port: 0,
    clock,
    wheel,
    limits: { ...TCP_LIMITS, ...limits },
    sources,
    receive: (_bytes, flow) => received.put(flow),
    drop: (because) => counters.drop(because),
    onError: () => undefined,
  });
  const dropped = () =>
    counters.with({ serverTransactions: 0, clientTransactions: 0, pendingTimers: 0, tcpConnections: 0 }).dropped;
  return { clock, wheel, received, transport, dropped, [Symbol.asyncDispose]: () => transport.close() };
}

/** The peer's pings are answered, so the server knows of the connection. */
const known = async (peer: TcpPeer): Promise<void> => {
  peer.socket.write('\r\n\r\n');
  await peer.next();
};

describe('what a TCP connection may not do', () => {
  test('come from an address that may not come, or more often than its share', async () => {
    const strangers = { allows: () => true, trusts: () => false };
    await using setup = await limited({ connections: 8, ofStranger: 3 }, strangers);
    const peers: TcpPeer[] = [];
    for (let i = 0; i < 4; i++) {
      const peer = await TcpPeer.connect(setup.transport.port);
      peers.push(peer);
      if (i < 3) await known(peer);
    }
    await peers[3]?.closed;
    expect([setup.dropped(), setup.transport.connections]).toEqual([{ 'tcp-share': 1 }, 3]);
    peers[0]?.socket.destroy();
    await peers[0]?.closed;
    await expect.poll(() => setup.transport.connections).toBe(2);
    const again = await TcpPeer.connect(setup.transport.port);
    await known(again);
    for (const peer of [...peers, again]) await peer[Symbol.asyncDispose]();

    await using closed = await limited({}, { allows: () => false, trusts: () => false });
    await using refused = await TcpPeer.connect(closed.transport.port);
    await refused.closed;
    expect([closed.dropped(), closed.transport.connections]).toEqual([{ 'tcp-not-allowed': 1 }, 0]);
  });

  test('strangers have half of the connections at most, and make room for whom we trust', async () => {
    let trusted = false;
    await using setup = await limited(
      { connections: 4, ofStranger: 32 },
      { allows: () => true, trusts: () => trusted },
    );
    await using first = await TcpPeer.connect(setup.transport.port);
    await known(first);
    await using second = await TcpPeer.connect(setup.transport.port);
    await known(second);
    await using third = await TcpPeer.connect(setup.transport.port);
    await third.closed;
    expect(setup.dropped()).toEqual({ 'tcp-share': 1 });
    trusted = true;
    await using trunk = await TcpPeer.connect(setup.transport.port);
    await known(trunk);
    await using other = await TcpPeer.connect(setup.transport.port);
    await known(other);
    setup.clock.advance(15_000);
    await using more = await TcpPeer.connect(setup.transport.port);
    await more.closed; // nobody has been idle for a minute
    expect(setup.dropped()['tcp-connection-limit']).toBe(1);
  });

  test('stay by keep-alives alone', async () => {
    await using setup = await limited();
    await using peer = await TcpPeer.connect(setup.transport.port);
    peer.socket.write(tcp('OPTIONS'));
    await setup.received.next();
    for (let i = 0; i < 73; i++) {
      setup.clock.advance(100_000);
      if (!peer.socket.destroyed && i < 71) await known(peer);
    }
    await peer.closed;
    expect(setup.dropped()).toEqual({ 'tcp-idle': 1 });
  });

  test('say nothing at all', async () => {
    await using setup = await limited();
    await using peer = await TcpPeer.connect(setup.transport.port);
    await known(peer);
    setup.clock.advance(22_000);
    await peer.closed;
    expect([setup.dropped(), setup.wheel.pending]).toEqual([{ 'tcp-silent': 1 }, 0]);
  });

  test('send a message a byte a second', async () => {
    await using setup = await limited();
    await using peer = await TcpPeer.connect(setup.transport.port);
    peer.socket.write(tcp('OPTIONS'));
    await setup.received.next();
    const text = tcp('INFO');
    peer.socket.write(text.slice(0, 20));
    await known(await TcpPeer.connect(setup.transport.port));
    for (let i = 20; i < 34; i++) {
      setup.clock.advance(1_000);
      if (!peer.socket.destroyed) peer.socket.write(text.slice(i, i + 1));
    }
    await peer.closed;
    expect(setup.dropped()['tcp-slow']).toBe(1);
  });

  test('stay for ever; but two hours', async () => {
    await using setup = await limited();
    await using peer = await TcpPeer.connect(setup.transport.port);
    peer.socket.write(tcp('OPTIONS'));
    await setup.received.next();
    setup.clock.advance(7_000_000);
    expect(setup.transport.connections).toBe(1);
    setup.clock.advance(300_000);
    await peer.closed;
    expect(setup.dropped()).toEqual({ 'tcp-idle': 1 });
  });

  test('be more than the limit; the longest idle makes room when it has been idle for a minute', async () => {
    await using setup = await limited({ connections: 2 });
    await using first = await TcpPeer.connect(setup.transport.port);
    first.socket.write(tcp('OPTIONS'));
    await setup.received.next();
    await using second = await TcpPeer.connect(setup.transport.port);
    second.socket.write(tcp('OPTIONS'));
    await setup.received.next();
    await using third = await TcpPeer.connect(setup.transport.port);
    await third.closed;
    expect(setup.dropped()).toEqual({ 'tcp-connection-limit': 1 });
    setup.clock.advance(61_000);
    await known(second);
    await using fourth = await TcpPeer.connect(setup.transport.port);
    await first.closed;
    await known(fourth);
    expect([setup.dropped()['tcp-made-room'], setup.transport.connections]).toEqual([1, 2]);
  });

  test('never read what it asked for', async () => {
    await using setup = await limited();
    await using peer = await TcpPeer.connect(setup.transport.port);
    peer.socket.pause();
    peer.socket.write(tcp('OPTIONS'));
    const flow = await setup.received.next();
    const failures = new Mailbox<Error>();
    for (let i = 0; i < 200; i++) setup.transport.send(Buffer.alloc(100_000), flow, (error) => failures.put(error));
    await failures.next();
    expect(setup.dropped()['tcp-unread']).toBeGreaterThan(0);
  });

  test('take for ever to be opened', async () => {
    await using setup = await limited({ connectMs: 0 });
    const failures = new Mailbox<Error>();
    // A documentation address: no answer, or at once no route.
    setup.transport.send(Buffer.from('x'), { protocol: 'TCP', host: '192.0.2.1', port: 9 }, (error) =>
      failures.put(error),
    );
    setup.clock.advance(2_000);
    await failures.next();
    expect(setup.transport.connections).toBe(0);
  });
});
