import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SipRequest } from '../../src/sip/message/message.ts';
import { type Bench, openBench } from './board.ts';
import type { ControlClient } from './control-client.ts';
import { PEER_SDP, type UdpPeer } from './udp-peer.ts';

let bench: Bench;
let app: ControlClient;
let peer: UdpPeer;
beforeEach(async () => {
  bench = await openBench();
  app = await bench.application('invite');
  peer = await bench.peer();
});
afterEach(async () => {
  expect(bench.errors).toEqual([]);
  await bench[Symbol.asyncDispose]();
});

const ANSWER = `SIP/2.0 200 OK\r\nContent-Length: ${PEER_SDP.length}\r\n\r\n${PEER_SDP}`;

/** Why the application's message was refused. */
const no = async (text: string): Promise<string | undefined> => {
  const { fields } = await app.ask(text);
  expect(fields[0]).toBe('NOK');
  return fields[1];
};

/** An answered call from the network; `ok` is our 200. */
async function answeredCall(headers: Record<string, string> = {}, callId = 'call-1') {
  const invite = peer.request('INVITE', { body: PEER_SDP, headers, callId });
  peer.send(invite);
  await peer.hearResponse(100);
  const offered = await app.hearSip('INVITE');
  const transaction = offered.fields[7] ?? '';
  const reply = await app.ask(`sip|${transaction}|\r\n${ANSWER}`);
  const ok = await peer.hearResponse(200);
  const to = ok.headers.get('To') ?? '';
  const inside = (method: string, cseq: number, more: Record<string, string> = {}, body = ''): SipRequest =>
    peer.request(method, { to, cseq, callId, headers: more, body });
  return { invite, ok, to, reply, inside, dialog: `${callId};from-tag=caller`, offered };
}

async function establishedCall(headers: Record<string, string> = {}, callId = 'call-1') {
  const call = await answeredCall(headers, callId);
  peer.send(call.inside('ACK', 1));
  await app.hearSip('ACK');
  return call;
}

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
      while (bench.server.statistics().stack.responsesReceived <= i) await app.ask('ping');
    }
    expect(bench.server.statistics().dialogs).toBe(1);
    expect(app.unheard).toEqual([]);
  });

  test('too small an interval is 422', async () => {
    peer.send(peer.request('INVITE', { headers: { ...timer, 'Session-Expires': '30' } }));
    expect((await peer.hearResponse(422)).headers.get('Min-SE')).toBe('90');
  });
});

describe('reliable provisional responses (RFC 3262)', () => {
  test('repeated until PRACK', async () => {
    peer.send(peer.request('INVITE', { headers: { Require: '100rel' } }));
    const offered = await app.hearSip('INVITE');
    await app.ask(`sip|${offered.fields[7]}|\r\nSIP/2.0 180 Ringing\r\n\r\n`);
    const first = await peer.hearResponse(180);
    expect(first.headers.get('Require')).toBe('100rel');
    bench.clock.advance(500);
    const again = await peer.hearResponse(180);
    expect(again.headers.get('RSeq')).toBe(first.headers.get('RSeq'));
    const to = first.headers.get('To')!;
    peer.send(peer.request('PRACK', { to, cseq: 2, headers: { RAck: '1 1 INVITE' } }));
    await peer.hearResponse(481);
    peer.send(peer.request('PRACK', { to, cseq: 3, headers: { RAck: `${first.headers.get('RSeq')} 1 INVITE` } }));
    const prack = await app.hearSip('PRACK');
    await app.ask(`sip|${prack.fields[7]}|\r\nSIP/2.0 200 OK\r\n\r\n`);
    await peer.hearResponse(200);
    bench.clock.advance(4_000);
    await app.ask(`sip|${offered.fields[7]}|\r\n${ANSWER}`);
    await peer.hearResponse(200);
    expect(peer.unheard).not.toContain('180');
  });

  test('nobody acknowledges: the INVITE fails', async () => {
    peer.send(peer.request('INVITE', { headers: { Require: '100rel' } }));
    const offered = await app.hearSip('INVITE');
    await app.ask(`sip|${offered.fields[7]}|\r\nSIP/2.0 180 Ringing\r\n\r\n`);
    bench.clock.advance(40_000);
    await peer.hearResponse(504);
    expect(bench.server.statistics()).toMatchObject({ dialogs: 0, incoming: 0 });
  });

  test('as the caller: PRACK with the right numbers, by way of the application', async () => {
    const sent = await app.ask(`sip||\r\nINVITE sip:callee@127.0.0.1:${peer.port} SIP/2.0\r\n\r\n${PEER_SDP}`);
    const invite = await peer.hearRequest('INVITE');
    peer.respond(invite, 183, { headers: { Require: '100rel', RSeq: '7' }, body: PEER_SDP });
    const progress = await app.hearSip('SIP/2.0 183');
    const cseq = invite.headers.get('CSeq');
    await app.ask(`sip||${progress.fields[8]}\r\nPRACK sip:x SIP/2.0\r\nRAck: 7 ${cseq}\r\n\r\n`);
    const prack = await peer.hearRequest('PRACK');
    expect(prack.headers.get('RAck')).toBe(`7 ${cseq}`);
    peer.respond(prack, 200);
    await app.hearSip('SIP/2.0 200');
    peer.respond(invite, 486);
    const busy = await app.hearSip('SIP/2.0 486');
    expect(busy.fields[7]).toBe(sent.fields[7]);
    expect(bench.server.statistics()).toMatchObject({ dialogs: 0, outgoing: 0 });
  });
});

describe('requests of applications', () => {
  test('what cannot be used is refused with a reason', async () => {
    expect(await no('sip||\r\nnonsense')).toBe('malformed message');
    expect(await no('sip||\r\nINVITE sip:a@127.0.0.1 SIP/2.0\r\nbad header\r\n\r\n')).toBe('malformed message');
    expect(await no('sip||\r\nINVITE mailto:a@b SIP/2.0\r\n\r\n')).toBe('invalid request-uri');
    expect(await no('sip||\r\nINVITE sips:a@127.0.0.1 SIP/2.0\r\n\r\n')).toBe('unable to reach the far end');
    expect(await no('sip||\r\nINVITE sip:a@127.0.0.1 SIP/2.0\r\nFrom: <<>\r\n\r\n')).toBe('malformed request');
    expect(await no('sip||\r\nACK sip:a@127.0.0.1 SIP/2.0\r\n\r\n')).toBe('unable to find dialog');
    expect(await no('sip||x;from-tag=y\r\nBYE sip:a@127.0.0.1 SIP/2.0\r\n\r\n')).toBe('unable to find dialog');
    expect(await no('sip|x|\r\nCANCEL sip:a@127.0.0.1 SIP/2.0\r\n\r\n')).toBe('transaction not found');
    expect(await no('sip|x|\r\nSIP/2.0 200 OK\r\n\r\n')).toBe('Response not sent due to unknown transaction');
    expect(await no('sip')).toBe('unknown message');
    expect(await no('proxy|x|||serial||||sip:a@b\r\nINVITE sip:a@b SIP/2.0\r\n\r\n')).toBe('proxying is not supported');
    expect(await no('frobnicate')).toBe('unknown message');
    expect(bench.server.statistics().calls.refusedCommands).toBe(9);
  });

  test('nobody answers: 408 in the far end’s stead', async () => {
    await app.ask(`sip||\r\nOPTIONS sip:callee@127.0.0.1:${peer.port} SIP/2.0\r\n\r\n`);
    await peer.hearRequest('OPTIONS');
    bench.clock.advance(33_000);
    expect((await app.hearSip('SIP/2.0 408')).fields[1]).toBe('network');
    expect(bench.server.statistics().outgoing).toBe(0);
  });

  test('a body’s length is counted in bytes, whatever the application says', async () => {
    await app.ask(`sip||\r\nMESSAGE sip:callee@127.0.0.1:${peer.port} SIP/2.0\r\nContent-Length: 4\r\n\r\ngrüß`);
    const message = await peer.hearRequest('MESSAGE');
    expect(Buffer.from(message.body).toString('utf8')).toBe('grüß');
    expect(message.headers.get('Content-Type')).toBe('text/plain');
  });

  test('by way of a proxy', async () => {
    await app.ask(`sip|||sip:127.0.0.1:${peer.port}\r\nINVITE sip:agent@bank.example SIP/2.0\r\n\r\n${PEER_SDP}`);
    const invite = await peer.hearRequest('INVITE');
    expect(invite.uri).toBe('sip:agent@bank.example');
    expect(invite.headers.get('To')).toBe('<sip:agent@bank.example>');
    peer.respond(invite, 404);
    await app.hearSip('SIP/2.0 404');
  });

  test('an application cannot touch the calls of another', async () => {
    const { dialog } = await establishedCall();
    const other = await bench.application();
    const { fields } = await other.ask(`sip||${dialog}\r\nBYE sip:x SIP/2.0\r\n\r\n`);
    expect(fields).toEqual(['NOK', 'unable to find dialog']);
    expect(bench.server.statistics().dialogs).toBe(1);
  });

  test('two applications share the calls', async () => {
    const other = await bench.application('invite');
    for (const n of [1, 2, 3, 4]) peer.send(peer.request('INVITE', { callId: `shared-${n}` }));
    await app.hearSip('INVITE');
    await app.hearSip('INVITE');
    await other.hearSip('INVITE');
    await other.hearSip('INVITE');
    await app.ask('remove_route|invite');
    peer.send(peer.request('INVITE', { callId: 'shared-5' }));
    await other.hearSip('INVITE');
  });
});
