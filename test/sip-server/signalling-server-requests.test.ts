import { describe, expect, test } from 'vitest';
import { ANSWER, app, bench, establishedCall, peer, useNetwork } from './network-call.ts';
import { PEER_SDP } from './udp-peer.ts';

useNetwork();

/** Why the application's message was refused. */
const no = async (text: string): Promise<string | undefined> => {
  const { fields } = await app.ask(text);
  expect(fields[0]).toBe('NOK');
  return fields[1];
};

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
