import { expect, test } from 'vitest';
import { openBench } from './board.ts';
import { PEER_SDP } from './udp-peer.ts';

/* A BYE reaches who called, whatever they write into their Contact. */

const ANSWER = `SIP/2.0 200 OK\r\nContent-Length: ${PEER_SDP.length}\r\n\r\n${PEER_SDP}`;

test.each([
  ['a name that nobody knows', '<sip:caller@phone.invalid>'],
  ['a name that nobody knows, over TCP', '<sip:caller@phone.invalid;transport=tcp>'],
  ['TLS, which we do not speak', '<sips:caller@127.0.0.1>'],
  ['a transport of browsers', '<sip:caller@127.0.0.1;transport=ws>'],
  ['TCP where nobody listens', '<sip:caller@127.0.0.1:1;transport=tcp>'],
])('%s', async (_name, contact) => {
  await using bench = await openBench();
  const app = await bench.application('invite');
  const peer = await bench.peer();
  peer.send(peer.request('INVITE', { body: PEER_SDP, headers: { Contact: contact } }));
  const offered = await app.hearSip('INVITE');
  await app.ask(`sip|${offered.fields[7] ?? ''}|\r\n${ANSWER}`);
  const to = (await peer.hearResponse(200)).headers.get('To') ?? '';
  peer.send(peer.request('ACK', { to }));
  await app.hearSip('ACK');
  await app.ask('sip||call-1;from-tag=caller\r\nBYE sip:ignored SIP/2.0\r\n\r\n');
  const bye = await peer.hearRequest('BYE', 20_000);
  expect(bye.headers.get('Call-ID')).toBe('call-1');
  peer.respond(bye, 200);
  await app.hearSip('SIP/2.0 200');
  expect(bench.server.statistics()).toMatchObject({ dialogs: 0, outgoing: 0 });
  expect(bench.errors).toEqual([]);
});

test('RFC 4475: an INVITE of RFC 2543 is taken, its BYE goes to From; one that accepts no SDP gets 406', async () => {
  await using bench = await openBench();
  const app = await bench.application('invite');
  const peer = await bench.peer();
  const from = `<sip:+13035551111@127.0.0.1:${peer.port};user=phone>`;
  const old = peer.request('INVITE', {
    body: PEER_SDP,
    callId: 'inv2543',
    headers: { Via: `SIP/2.0/UDP 127.0.0.1:${peer.port}`, From: from },
  });
  old.headers.delete('Contact');
  peer.send(old);
  const offered = await app.hearSip('INVITE');
  await app.ask(`sip|${offered.fields[7] ?? ''}|\r\n${ANSWER}`);
  await peer.hearResponse(200);
  const accept = { Accept: 'text/nobodyKnowsThis' };
  peer.send(peer.request('INVITE', { body: PEER_SDP, callId: 'sdp01', headers: accept }));
  await peer.hearResponse(406);
  const modern = peer.request('INVITE', { body: PEER_SDP, callId: 'modern' });
  modern.headers.delete('Contact');
  peer.send(modern);
  await peer.hearResponse(400);
});
