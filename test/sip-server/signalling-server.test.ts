import { describe, expect, test } from 'vitest';
import { ANSWER, answeredCall, app, bench, establishedCall, peer, useNetwork } from './network-call.ts';
import { waitWhile } from '../support/wait-while.ts';
import { PEER_SDP } from './udp-peer.ts';

useNetwork();

describe('a call from the network', () => {
  test('the fields of the frames are those of drachtio-server', async () => {
    const { reply, offered, dialog } = await answeredCall();
    const own = bench.server.sipAddresses[0]!.port;
    const [type, source, length, protocol, host, port, time, transaction, none, receivedHost, receivedPort] =
      offered.fields;
    expect([type, source, protocol, host, port, none]).toEqual([
      'sip',
      'network',
      'udp',
      '127.0.0.1',
      String(peer.port),
      '',
    ]);
    expect(Number(length)).toBe(Buffer.byteLength(offered.message));
    expect(time).toMatch(/^\d\d:\d\d:\d\d\.\d{6}$/);
    expect([receivedHost, receivedPort]).toEqual(['127.0.0.1', String(own)]);
    expect(reply.fields.slice(0, 6)).toEqual([
      'OK',
      'application',
      String(reply.message.length),
      'udp',
      '127.0.0.1',
      String(peer.port),
    ]);
    expect(reply.fields.slice(7)).toEqual([transaction, dialog, '', 'Msg sent:', '']);
    expect(reply.message).toMatch(/^SIP\/2\.0 200 OK\r\n/);
  });

  test('no ACK: BYE to the caller, an unsolicited BYE to the application', async () => {
    const { dialog } = await answeredCall();
    bench.clock.advance(32_500);
    const bye = await peer.hearRequest('BYE');
    expect(bye.headers.get('Reason')).toContain('ACK timeout');
    const told = await app.hearSip('BYE');
    expect(told.fields.slice(0, 2)).toEqual(['sip', 'application']);
    expect(told.fields.slice(7)).toEqual(['unsolicited', dialog, '']);
    expect(bench.server.statistics()).toMatchObject({ dialogs: 0, calls: { noAck: 1 } });
  });

  test('the 200 is repeated until the ACK comes, and then no more', async () => {
    const { inside } = await answeredCall();
    bench.clock.advance(500);
    await peer.hearResponse(200);
    peer.send(inside('ACK', 1));
    peer.send(inside('ACK', 1));
    await app.hearSip('ACK');
    bench.clock.advance(40_000);
    peer.send(inside('OPTIONS', 2));
    await app.hearSip('OPTIONS');
    expect(peer.unheard).not.toContain('200');
    expect(app.unheard).toEqual([]);
  });

  test('CANCEL: 200 and 487 at once, and the application hears of it by the same transaction', async () => {
    const invite = peer.request('INVITE', { branch: 'x' });
    peer.send(invite);
    const offered = await app.hearSip('INVITE');
    const ringing = await app.ask(`sip|${offered.fields[7]}|\r\nSIP/2.0 180 Ringing\r\n\r\n`);
    expect(ringing.fields[8]).toBe('call-1;from-tag=caller');
    peer.send(peer.request('CANCEL', { branch: 'x' }));
    await peer.hearResponse(200);
    await peer.hearResponse(487);
    const cancel = await app.hearSip('CANCEL');
    expect(cancel.fields.slice(7, 9)).toEqual([offered.fields[7], 'call-1;from-tag=caller']);
    const late = await app.ask(`sip|${offered.fields[7]}|\r\n${ANSWER}`);
    expect(late.fields[0]).toBe('NOK');
    expect(bench.server.statistics()).toMatchObject({ dialogs: 0, incoming: 0 });
  });

  test('BYE before the answer: 200, the INVITE 487, and the application hears a CANCEL', async () => {
    const invite = peer.request('INVITE', {});
    peer.send(invite);
    const offered = await app.hearSip('INVITE');
    await app.ask(`sip|${offered.fields[7]}|\r\nSIP/2.0 180 Ringing\r\n\r\n`);
    const ringing = await peer.hearResponse(180);
    peer.send(peer.request('BYE', { to: ringing.headers.get('To')!, cseq: 2 }));
    await peer.hearResponse(200);
    await peer.hearResponse(487);
    expect((await app.hearSip('CANCEL')).fields[7]).toBe(offered.fields[7]);
    expect(bench.server.statistics()).toMatchObject({ dialogs: 0, incoming: 0 });
  });

  test('our BYE waits for the ACK of our 200', async () => {
    const { inside, dialog } = await answeredCall();
    const id = app.send(`sip||${dialog}\r\nBYE sip:placeholder SIP/2.0\r\n\r\n`);
    await app.ask('ping');
    expect(peer.unheard).not.toContain('BYE');
    peer.send(inside('ACK', 1));
    const bye = await peer.hearRequest('BYE');
    expect(bye.uri).toBe(`sip:caller@127.0.0.1:${peer.port}`);
    await app.hear((payload) => payload.split('|')[2] === id);
    peer.respond(bye, 200);
    await app.hearSip('SIP/2.0 200');
    const again = await app.ask(`sip||${dialog}\r\nBYE sip:placeholder SIP/2.0\r\n\r\n`);
    expect(again.fields).toEqual(['NOK', 'unable to find dialog']);
  });

  test('offers that cross: 491', async () => {
    const { dialog, inside } = await establishedCall();
    await app.ask(`sip||${dialog}\r\nINVITE sip:placeholder SIP/2.0\r\n\r\n${PEER_SDP}`);
    const ours = await peer.hearRequest('INVITE');
    peer.send(inside('INVITE', 2, {}, PEER_SDP));
    await peer.hearResponse(491);
    peer.respond(ours, 200, { body: PEER_SDP });
    await app.hearSip('SIP/2.0 200');
    const ack = await app.ask(`sip||${dialog}\r\nACK sip:placeholder SIP/2.0\r\n\r\n`);
    expect(ack.fields[0]).toBe('OK');
    expect((await peer.hearRequest('ACK')).headers.get('CSeq')).toBe(
      ours.headers.get('CSeq')?.replace('INVITE', 'ACK'),
    );
  });

  test('a far end that knows nothing of the dialog any more ends it', async () => {
    const { dialog } = await establishedCall();
    await app.ask(`sip||${dialog}\r\nINFO sip:placeholder SIP/2.0\r\n\r\n`);
    peer.respond(await peer.hearRequest('INFO'), 481);
    await app.hearSip('SIP/2.0 481');
    const told = await app.hearSip('BYE');
    expect(told.fields[7]).toBe('unsolicited');
    expect(bench.server.statistics().dialogs).toBe(0);
  });

  test('the application goes away: its calls are hung up, its requests answered', async () => {
    await establishedCall();
    peer.send(peer.request('INVITE', { callId: 'call-2' }));
    await app.hearSip('INVITE');
    app.socket.destroy();
    await peer.hearRequest('BYE');
    await peer.hearResponse(503);
    expect(bench.server.statistics()).toMatchObject({ dialogs: 0, incoming: 0, calls: { orphaned: 1 } });
  });
});

describe('session timers (RFC 4028)', () => {
  const timer = { Supported: 'timer', 'Session-Expires': '120;refresher=uac' };

  test('nobody refreshes: the dialog ends', async () => {
    const { ok } = await establishedCall(timer);
    expect(ok.headers.get('Session-Expires')).toBe('120;refresher=uac');
    expect(ok.headers.get('Require')).toBe('timer');
    bench.clock.advance(87_000);
    expect(peer.unheard).not.toContain('BYE');
    bench.clock.advance(2_000);
    expect((await peer.hearRequest('BYE')).headers.get('Reason')).toContain('Session timer expired');
    expect((await app.hearSip('BYE')).message).toContain('Session timer expired');
    expect(bench.server.statistics()).toMatchObject({ dialogs: 0, calls: { sessionExpired: 1 } });
  });

  test('a refresh keeps it', async () => {
    const { inside } = await establishedCall(timer);
    bench.clock.advance(60_000);
    peer.send(inside('UPDATE', 2, timer));
    const update = await app.hearSip('UPDATE');
    await app.ask(`sip|${update.fields[7]}|\r\nSIP/2.0 200 OK\r\n\r\n`);
    expect((await peer.hearResponse(200)).headers.get('Session-Expires')).toBe('120;refresher=uac');
    bench.clock.advance(80_000);
    expect(bench.server.statistics().dialogs).toBe(1);
    bench.clock.advance(10_000);
    await peer.hearRequest('BYE');
  });

  test.each([
    ['UPDATE', 'INVITE, UPDATE'],
    ['INVITE', 'INVITE'],
  ])('when it is our part we refresh by %s', async (method, allow) => {
    const call = await establishedCall({ ...timer, 'Session-Expires': '120;refresher=uas', Allow: allow });
    expect(call.ok.headers.get('Session-Expires')).toBe('120;refresher=uas');
    for (let i = 0; i < 3; i++) {
      bench.clock.advance(60_000);
      const refresh = await peer.hearRequest(method);
      expect(refresh.body.byteLength > 0).toBe(method === 'INVITE');
      peer.respond(refresh, 200, {
        headers: { 'Session-Expires': '120;refresher=uac' },
        body: method === 'INVITE' ? PEER_SDP : '',
      });
      await waitWhile(() => bench.server.statistics().stack.responsesReceived <= i);
    }
    expect(bench.server.statistics().dialogs).toBe(1);
    expect(app.unheard).toEqual([]);
  });

  test('too small an interval is 422', async () => {
    peer.send(peer.request('INVITE', { headers: { ...timer, 'Session-Expires': '30' } }));
    expect((await peer.hearResponse(422)).headers.get('Min-SE')).toBe('90');
  });
});
