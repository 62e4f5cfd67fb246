import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { SipHeaders } from '../../src/sip/message/headers.ts';
import { NO_BODY, type SipRequest } from '../../src/sip/message/message.ts';
import { responseTo } from '../../src/sip/message/response-to.ts';
import { openSipStack, type ServerTransaction, type SipStack, type SipStackOptions } from '../../src/sip/stack.ts';
import { EVERY_SOURCE } from '../../src/sip/transport/sources.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { headerOf, RecordingHandlers, RecordingUser, requestText, responseText, UdpPeer } from './peers.ts';

const answerWith = (status: number) => (transaction: ServerTransaction) =>
  void transaction.respond(responseTo(transaction.request, status, undefined, transaction.localTag));

interface Setup extends AsyncDisposable {
  readonly stack: SipStack;
  readonly user: RecordingUser;
  readonly clock: ManualClock;
  readonly peer: UdpPeer;
  readonly port: number;
}

async function setUp(user = new RecordingUser(), options: Partial<SipStackOptions> = {}): Promise<Setup> {
  const clock = new ManualClock();
  const stack = await openSipStack({ host: '127.0.0.1', port: 0, tcp: false, clock, ...options }, user);
  const peer = await UdpPeer.open();
  return {
    stack,
    user,
    clock,
    peer,
    port: stack.addresses[0]?.port ?? 0,
    async [Symbol.asyncDispose]() {
      await peer[Symbol.asyncDispose]();
      await stack.close();
      expect(clock.pending, 'timers of the clock after closing').toBe(0);
    },
  };
}

const ours = (method: string, number = 1): SipRequest => ({
  kind: 'request',
  method,
  uri: 'sip:agent@far',
  headers: new SipHeaders([
    ['From', '<sip:bot@near>;tag=near'],
    ['To', '<sip:agent@far>'],
    ['Call-ID', 'ours@near'],
    ['CSeq', `${number} ${method}`],
    ['Route', '<sip:proxy;lr>'],
  ]),
  body: NO_BODY,
});

/** Everything sent before has been handled once this has been answered. */
async function barrier({ peer, port }: Setup): Promise<void> {
  peer.send(
    requestText('OPTIONS', { 'Call-ID': `barrier@far`, CSeq: 'x OPTIONS', Via: 'SIP/2.0/UDP barrier;rport' }),
    port,
  );
  await peer.inbox.next((text) => text.includes('barrier'));
}

describe('requests from afar', () => {
  test('INVITE: 100 at once, 180 and 200 by the user; the ACK goes to the user and stops the 200', async () => {
    await using setup = await setUp();
    const { peer, port, user, clock, stack } = setup;
    peer.send(requestText('INVITE'), port);
    expect(headerOf(await peer.next('SIP/2.0 100'), 'To')).toBe('<sip:bot@near>');
    const call = await user.requests.next();
    expect([call.state, call.flow]).toEqual(['proceeding', peer.flow]);
    expect(call.respond(responseTo(call.request, 180, undefined, call.localTag))).toBe(true);
    await peer.next('SIP/2.0 180');
    expect(call.respond(responseTo(call.request, 200, undefined, call.localTag))).toBe(true);
    const answer = await peer.next('SIP/2.0 200');
    expect(headerOf(answer, 'To')).toBe(`<sip:bot@near>;tag=${call.localTag}`);
    expect(headerOf(answer, 'Via')).toBe(`SIP/2.0/UDP 127.0.0.1;rport=${peer.port};branch=z9hG4bK1;received=127.0.0.1`);
    expect(call.respond(responseTo(call.request, 486, undefined, call.localTag))).toBe(false);
    clock.advance(500);
    expect(await peer.next('SIP/2.0 200')).toBe(answer);
    peer.send(requestText('ACK', { Via: 'SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKack', CSeq: '1 ACK' }), port);
    await user.acks.next();
    call.acknowledge();
    clock.advance(31_000);
    expect([call.state, peer.inbox.waiting]).toEqual(['accepted', []]);
    clock.advance(1_000);
    expect([call.state, user.noAcks.waiting, user.ended.waiting]).toEqual(['terminated', [], [call.id]]);
    expect(stack.statistics()).toMatchObject({ serverTransactions: 0, pendingTimers: 0, retransmissionsSent: 1 });
  });

  test('a retransmitted INVITE gets the last response again and does not reach the user twice', async () => {
    await using setup = await setUp();
    const { peer, port, user } = setup;
    for (let i = 0; i < 3; i++) peer.send(requestText('INVITE'), port);
    for (let i = 0; i < 3; i++) await peer.next('SIP/2.0 100');
    const call = await user.requests.next();
    answerWith(486)(call);
    const busy = await peer.next('SIP/2.0 486');
    peer.send(requestText('INVITE'), port);
    expect(await peer.next('SIP/2.0 486')).toBe(busy);
    peer.send(requestText('ACK', { CSeq: '1 ACK' }), port);
    await barrier(setup);
    expect([call.state, user.requests.waiting, user.acks.waiting]).toEqual(['confirmed', [], []]);
    setup.clock.advance(5_000);
    expect(setup.stack.statistics()).toMatchObject({
      serverTransactions: 0,
      pendingTimers: 0,
      retransmissionsReceived: 3,
    });
  });

  test('no ACK of the 200: it is sent for 32 s, then the user is told', async () => {
    await using setup = await setUp(new RecordingUser(answerWith(200)));
    const { peer, port, user, clock } = setup;
    peer.send(requestText('INVITE'), port);
    await peer.next('SIP/2.0 200');
    clock.advance(32_000);
    expect((await user.noAcks.next()).id).toBe((await user.requests.next()).id);
    expect(setup.stack.statistics()).toMatchObject({
      retransmissionsSent: 10,
      serverTransactions: 0,
      pendingTimers: 0,
    });
  });

  test('CANCEL: 200 and the user at once, once; 487 by the user; afterwards 481', async () => {
    await using setup = await setUp();
    const { peer, port, user, clock } = setup;
    peer.send(requestText('INVITE'), port);
    const call = await user.requests.next();
    for (let i = 0; i < 2; i++) peer.send(requestText('CANCEL'), port);
    for (let i = 0; i < 2; i++) expect(headerOf(await peer.next('SIP/2.0 200'), 'CSeq')).toBe('1 CANCEL');
    expect((await user.cancels.next()).id).toBe(call.id);
    expect(user.cancels.waiting).toEqual([]);
    answerWith(487)(call);
    expect(headerOf(await peer.next('SIP/2.0 487'), 'CSeq')).toBe('1 INVITE');
    peer.send(requestText('ACK', { CSeq: '1 ACK' }), port);
    await barrier(setup);
    clock.advance(5_000);
    peer.send(requestText('CANCEL'), port);
    await peer.next('SIP/2.0 481');
  });

  test('CANCEL after the 200 changes nothing', async () => {
    await using setup = await setUp(new RecordingUser(answerWith(200)));
    const { peer, port, user } = setup;
    peer.send(requestText('INVITE'), port);
    await peer.next('SIP/2.0 200');
    peer.send(requestText('CANCEL'), port);
    expect(headerOf(await peer.next('SIP/2.0 200'), 'CSeq')).toBe('1 CANCEL');
    expect([user.cancels.waiting, (await user.requests.next()).state]).toEqual([[], 'accepted']);
  });

  test('a user that fails is answered for: 500, 487', async () => {
    const user = new RecordingUser(() => {
      throw new Error('bug');
    });
    const errors: Error[] = [];
    await using setup = await setUp(user, { onError: (error) => errors.push(error) });
    setup.peer.send(requestText('OPTIONS'), setup.port);
    await setup.peer.next('SIP/2.0 500');
    expect([setup.stack.statistics().userErrors, errors[0]?.message]).toEqual([1, 'bug']);
  });

  test('a user that forgets: a cancelled call is answered 487 in the end, another request forgotten', async () => {
    await using setup = await setUp();
    const { peer, port, clock } = setup;
    peer.send(requestText('INVITE'), port);
    peer.send(requestText('CANCEL'), port);
    peer.send(requestText('INFO', { Via: 'SIP/2.0/UDP x;rport;branch=z9hG4bK2' }), port);
    await barrier(setup);
    clock.advance(32_000);
    await peer.next('SIP/2.0 487');
    clock.advance(32_000);
    expect(setup.stack.statistics()).toMatchObject({ unanswered: 2, serverTransactions: 0, pendingTimers: 0 });
  });

  test('the same request by two paths is merged: 482', async () => {
    await using setup = await setUp();
    const { peer, port, user } = setup;
    peer.send(requestText('INVITE'), port);
    peer.send(requestText('INVITE', { Via: 'SIP/2.0/UDP other;rport;branch=z9hG4bK2' }), port);
    await peer.next('SIP/2.0 482');
    await user.requests.next();
    expect(user.requests.waiting).toEqual([]);
    // within a dialog it is not
    const inDialog = { To: '<sip:bot@near>;tag=x', CSeq: '2 INFO' };
    peer.send(requestText('INFO', { ...inDialog, Via: 'SIP/2.0/UDP other;rport;branch=z9hG4bK3' }), port);
    peer.send(requestText('INFO', { ...inDialog, Via: 'SIP/2.0/UDP other;rport;branch=z9hG4bK4' }), port);
    await user.requests.next();
    await user.requests.next();
  });

  test('RFC 2543: matched without a branch', async () => {
    await using setup = await setUp(new RecordingUser(answerWith(486)));
    const { peer, port, user } = setup;
    const old = { Via: `SIP/2.0/UDP 127.0.0.1:${peer.port}` };
    peer.send(requestText('INVITE', old), port);
    await peer.next('SIP/2.0 486');
    peer.send(requestText('INVITE', old), port);
    await peer.next('SIP/2.0 486');
    peer.send(requestText('ACK', { ...old, CSeq: '1 ACK' }), port);
    await barrier(setup);
    expect((await user.requests.next()).state).toBe('confirmed');
    peer.send(requestText('INVITE', { ...old, CSeq: '2 INVITE' }), port);
    await user.requests.next();
  });

  test('without rport the answer goes to the port of the Via', async () => {
    await using setup = await setUp(new RecordingUser(answerWith(200)));
    await using elsewhere = await UdpPeer.open();
    setup.peer.send(requestText('OPTIONS', { Via: `SIP/2.0/UDP pc:${elsewhere.port};branch=z9hG4bK1` }), setup.port);
    expect(headerOf(await elsewhere.next('SIP/2.0 200'), 'Via')).toMatch(
      /^SIP\/2\.0\/UDP pc:\d+;branch=z9hG4bK1;received=127\.0\.0\.1$/,
    );
  });

  test('when not admitted, a new INVITE gets 503 and Retry-After and leaves nothing; its ACK is absorbed', async () => {
    await using setup = await setUp(new RecordingUser(answerWith(200)), {
      sources: { ...EVERY_SOURCE, admit: () => ({ take: false, because: 'overloaded', retryAfter: 7 }) },
    });
    const { peer, port, user, stack } = setup;
    peer.send(requestText('INVITE'), port);
    const busy = await peer.next('SIP/2.0 503');
    expect(headerOf(busy, 'Retry-After')).toBe('7');
    peer.send(requestText('ACK', { CSeq: '1 ACK', To: headerOf(busy, 'To') }), port);
    peer.send(
      requestText('INVITE', { To: '<sip:bot@near>;tag=dialog', Via: 'SIP/2.0/UDP x;rport;branch=z9hG4bK2' }),
      port,
    );
    await peer.next('SIP/2.0 200');
    expect([user.acks.waiting, user.requests.waiting.length]).toEqual([[], 1]);
    expect(stack.statistics()).toMatchObject({ refused: { 503: 1 }, serverTransactions: 1 });
  });

  test('what is malformed is refused or dropped, and counted', async () => {
    await using setup = await setUp();
    const { peer, port, stack, user } = setup;
    peer.send('\r\n\r\n', port);
    peer.send('garbage', port);
    peer.send(requestText('OPTIONS', { Via: undefined }), port);
    peer.send(requestText('ACK', { To: undefined }), port);
    peer.send(requestText('OPTIONS', { To: undefined }), port);
    peer.send(requestText('OPTIONS', { Via: 'SIP/2.0/UDP ;;' }), port);
    expect(await peer.next('SIP/2.0 400')).toContain('Bad To');
    expect(await peer.next('SIP/2.0 400')).toContain('Bad Via');
    const { dropped, refused } = stack.statistics();
    expect([dropped, refused]).toEqual([
      { 'keep-alive': 1, 'no-head': 1, 'no-via': 1, 'malformed-ack': 1 },
      { 400: 2 },
    ]);
    expect(user.requests.waiting).toEqual([]);
  });
});

describe('requests of ours', () => {
  test('carry a Via with branch and rport, and Max-Forwards; the answer finds its transaction', async () => {
    await using setup = await setUp();
    const { peer, port, stack, clock } = setup;
    const handlers = new RecordingHandlers();
    const transaction = stack.sendRequest(ours('OPTIONS'), peer.flow, handlers);
    const sent = await peer.next('OPTIONS');
    expect(headerOf(sent, 'Via')).toMatch(
      new RegExp(`^SIP/2\\.0/UDP 127\\.0\\.0\\.1:${port};rport;branch=z9hG4bK[0-9a-f]{20}$`),
    );
    expect(headerOf(sent, 'Max-Forwards')).toBe('70');
    expect(transaction.request.headers.get('Via')).toBe(headerOf(sent, 'Via'));
    peer.send(responseText(sent, 200), port);
    peer.send(responseText(sent, 200), port);
    await handlers.log.next((what) => what === '200');
    await barrier(setup);
    expect(handlers.log.waiting).toEqual([]);
    clock.advance(5_000);
    expect(await handlers.log.next()).toBe('end');
    expect(stack.statistics()).toMatchObject({ clientTransactions: 0, pendingTimers: 0, retransmissionsReceived: 1 });
  });

  test('INVITE: every 2xx reaches the user; its ACK is sent outside the transaction, and again as it was', async () => {
    await using setup = await setUp();
    const { peer, port, stack, clock } = setup;
    const handlers = new RecordingHandlers();
    stack.sendRequest(ours('INVITE'), peer.flow, handlers);
    const sent = await peer.next('INVITE');
    for (const status of [100, 180, 200, 200]) peer.send(responseText(sent, status), port);
    for (const status of ['100', '180', '200', '200']) expect(await handlers.log.next()).toBe(status);
    const ack = stack.sendOnce(ours('ACK'), peer.flow);
    const first = await peer.next('ACK');
    expect(headerOf(first, 'Via')).not.toBe(headerOf(sent, 'Via'));
    stack.resend(ack, peer.flow);
    expect(await peer.next('ACK')).toBe(first);
    clock.advance(32_000);
    expect(await handlers.log.next()).toBe('end');
    peer.send(responseText(sent, 200), port);
    expect((await setup.user.strays.next()).status).toBe(200);
    expect(stack.statistics()).toMatchObject({ clientTransactions: 0, pendingTimers: 0 });
  });

  test('INVITE: a failure is acknowledged by the stack, each time it comes', async () => {
    await using setup = await setUp();
    const { peer, port, stack, clock } = setup;
    const handlers = new RecordingHandlers();
    stack.sendRequest(ours('INVITE'), peer.flow, handlers);
    const sent = await peer.next('INVITE');
    peer.send(responseText(sent, 486), port);
    const ack = await peer.next('ACK');
    expect(headerOf(ack, 'Via')).toBe(headerOf(sent, 'Via'));
    expect([headerOf(ack, 'To'), headerOf(ack, 'CSeq'), headerOf(ack, 'Route')]).toEqual([
      '<sip:agent@far>;tag=far',
      '1 ACK',
      '<sip:proxy;lr>',
    ]);
    peer.send(responseText(sent, 486), port);
    expect(await peer.next('ACK')).toBe(ack);
    clock.advance(32_000);
    expect(handlers.log.waiting).toEqual(['486', 'end']);
    expect(stack.statistics()).toMatchObject({ clientTransactions: 0, pendingTimers: 0 });
  });

  test('no answer: seven INVITEs or eleven others in 32 s, then a time-out', async () => {
    await using setup = await setUp();
    const { peer, stack, clock, user } = setup;
    const [invite, options] = [new RecordingHandlers(), new RecordingHandlers()];
    stack.sendRequest(ours('INVITE'), peer.flow, invite);
    stack.sendRequest(ours('OPTIONS'), peer.flow, options);
    clock.advance(32_000);
    expect([invite.log.waiting, options.log.waiting]).toEqual([
      ['timeout', 'end'],
      ['timeout', 'end'],
    ]);
    for (let i = 0; i < 7; i++) await peer.next('INVITE');
    for (let i = 0; i < 11; i++) await peer.next('OPTIONS');
    await barrier(setup);
    expect([peer.inbox.waiting, user.ended.waiting.length]).toEqual([[], 2]);
  });

  test('CANCEL waits for a provisional response; it has the Via of its INVITE', async () => {
    await using setup = await setUp();
    const { peer, port, stack } = setup;
    const handlers = new RecordingHandlers();
    const call = stack.sendRequest(ours('INVITE'), peer.flow, handlers);
    const sent = await peer.next('INVITE');
    expect(call.cancel(new SipHeaders([['Reason', 'SIP;cause=480']]))).toBeUndefined();
    await barrier(setup);
    expect(peer.inbox.waiting).toEqual([]);
    peer.send(responseText(sent, 180), port);
    const cancel = await peer.next('CANCEL');
    for (const name of ['Via', 'From', 'To', 'Call-ID', 'Route', 'Max-Forwards'])
      expect(headerOf(cancel, name)).toBe(headerOf(sent, name));
    expect([headerOf(cancel, 'CSeq'), headerOf(cancel, 'Reason')]).toEqual(['1 CANCEL', 'SIP;cause=480']);
    peer.send(responseText(cancel, 200), port);
    peer.send(responseText(sent, 487), port);
    await peer.next('ACK');
    expect(handlers.log.waiting).toEqual(['180', '487']);
  });

  test('CANCEL while it rings goes out at once', async () => {
    await using setup = await setUp();
    const { peer, port, stack } = setup;
    const handlers = new RecordingHandlers();
    const call = stack.sendRequest(ours('INVITE'), peer.flow, handlers);
    peer.send(responseText(await peer.next('INVITE'), 180), port);
    await handlers.log.next();
    expect(call.cancel()?.request.method).toBe('CANCEL');
    expect(call.cancel()).toBeUndefined();
    await peer.next('CANCEL');
  });

  test('responses that are none of ours are dropped', async () => {
    await using setup = await setUp();
    const { peer, port, stack, user } = setup;
    const handlers = new RecordingHandlers();
    stack.sendRequest(ours('OPTIONS'), peer.flow, handlers);
    const sent = await peer.next('OPTIONS');
    const via = /^Via: .*\r\n/m;
    const twoVias = sent.replace(via, (own) => `${own}Via: SIP/2.0/UDP proxy;branch=z9hG4bKp\r\n`);
    const foreign = sent.replace(via, 'Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bKforeign\r\n');
    for (const text of [twoVias, foreign]) peer.send(responseText(text, 200), port);
    await barrier(setup);
    expect([handlers.log.waiting, user.strays.waiting]).toEqual([[], []]);
    expect(stack.statistics().dropped).toEqual({ 'foreign-via': 2 });
  });

  test('a name is looked up; one that does not exist is a transport error', async () => {
    await using setup = await setUp();
    const { peer, stack } = setup;
    stack.sendRequest(ours('OPTIONS'), { ...peer.flow, host: 'localhost' }, new RecordingHandlers());
    await peer.next('OPTIONS');
    const handlers = new RecordingHandlers();
    stack.sendRequest(ours('OPTIONS', 2), { ...peer.flow, host: 'no-such-host.invalid' }, handlers);
    expect(await handlers.log.next((what) => what === 'error')).toBe('error');
    expect(await handlers.log.next()).toBe('end');
  });

  test('an impossible port is a transport error', async () => {
    await using setup = await setUp();
    const handlers = new RecordingHandlers();
    setup.stack.sendRequest(ours('OPTIONS'), { ...setup.peer.flow, port: 0 }, handlers);
    expect(await handlers.log.next()).toBe('error');
  });
});

describe('opening and closing', () => {
  test('a port that is taken: PORT_IN_USE, with what to do, for UDP and TCP', async () => {
    const user = new RecordingUser();
    const udp = createSocket('udp4');
    udp.bind(0, '127.0.0.1');
    await once(udp, 'listening');
    const udpPort = udp.address().port;
    await expect(openSipStack({ host: '127.0.0.1', port: udpPort, tcp: true }, user)).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: expect.stringContaining('choose another') as unknown,
      facts: { protocol: 'UDP', host: '127.0.0.1', port: udpPort },
    });
    udp.close();
    const tcp = createServer().listen(0, '127.0.0.1');
    await once(tcp, 'listening');
    const address = tcp.address();
    const tcpPort = typeof address === 'object' ? (address?.port ?? 0) : 0;
    await expect(openSipStack({ host: '127.0.0.1', port: tcpPort, tcp: true }, user)).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      facts: { protocol: 'TCP', port: tcpPort },
    });
    tcp.close();
  });

  test('an address that is not ours: CONFIG_INVALID', async () => {
    await expect(openSipStack({ host: '192.0.2.1', port: 0, tcp: false }, new RecordingUser())).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });

  test('UDP and TCP have the same port; closing twice is closing once', async () => {
    const stack = await openSipStack({ host: '127.0.0.1', port: 0, tcp: true }, new RecordingUser());
    const [udp, tcp] = stack.addresses;
    expect([udp?.protocol, tcp?.protocol, udp?.port === tcp?.port]).toEqual(['UDP', 'TCP', true]);
    await Promise.all([stack.close(), stack.close()]);
    await stack.close();
  });

  test('advertised addresses stand in the Via', async () => {
    await using setup = await setUp(new RecordingUser(), { advertise: { host: 'ivr.example.com', port: 5060 } });
    setup.stack.sendRequest(ours('OPTIONS'), setup.peer.flow, new RecordingHandlers());
    expect(headerOf(await setup.peer.next('OPTIONS'), 'Via')).toMatch(/^SIP\/2\.0\/UDP ivr\.example\.com:5060;/);
    expect(setup.stack.viaHost(setup.peer.flow)).toEqual({ host: 'ivr.example.com', port: 5060 });
  });

  test('listening everywhere, the Via names the address that the far end can reach', async () => {
    await using setup = await setUp(new RecordingUser(), { host: '0.0.0.0' });
    expect(setup.stack.viaHost(setup.peer.flow)).toEqual({ host: '127.0.0.1', port: setup.port });
  });

  test('closing with calls under way leaves nothing', async () => {
    await using setup = await setUp();
    setup.peer.send(requestText('INVITE'), setup.port);
    const call = await setup.user.requests.next();
    setup.stack.sendRequest(ours('INVITE'), setup.peer.flow, new RecordingHandlers());
    await setup.stack.close();
    // Whoever comes too late leaves nothing either, and is told.
    answerWith(200)(call);
    const late = new RecordingHandlers();
    setup.stack.sendRequest(ours('BYE'), setup.peer.flow, late);
    expect([await late.log.next(), await late.log.next()]).toEqual(['error', 'end']);
    expect(setup.stack.statistics()).toMatchObject({ serverTransactions: 0, clientTransactions: 0, pendingTimers: 0 });
  });
});
