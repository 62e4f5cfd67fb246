import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { responseTo } from '../../src/sip/message/response-to.ts';
import { openSipStack, type ServerTransaction } from '../../src/sip/stack.ts';
import { EVERY_SOURCE } from '../../src/sip/transport/sources.ts';
import { headerOf, RecordingHandlers, RecordingUser, requestText, UdpPeer } from './peers.ts';
import { barrier, ours, setUp } from './stack-udp-setup.ts';

const answerWith = (status: number) => (transaction: ServerTransaction) =>
  void transaction.respond(responseTo(transaction.request, status, undefined, transaction.localTag));

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
