import { describe, expect, test } from 'vitest';
import { SipHeaders } from '../../src/sip/message/headers.ts';
import { headerOf, RecordingHandlers, responseText } from './peers.ts';
import { barrier, ours, setUp } from './stack-udp-setup.ts';

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
