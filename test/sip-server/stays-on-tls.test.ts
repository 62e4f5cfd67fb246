import { once } from 'node:events';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatSipMessage } from '../../src/sip/message/format-message.ts';
import { headerOf, TcpPeer } from '../sip/peers.ts';
import { type Authority, openAuthority } from '../support/certificates.ts';
import { openBench } from './board.ts';
import { PEER_SDP, UdpPeer } from './udp-peer.ts';

/* A telephone calls over TLS, and its Contact, or the proxy before it, names UDP. */

const KEYS = `${PEER_SDP}a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj\r\n`;

let authority: Authority;
beforeAll(async () => {
  authority = await openAuthority();
});
afterAll(() => authority[Symbol.asyncDispose]());

test.each([
  ['Contact', false],
  ['Record-Route', true],
])(
  'our offer with keys, and our BYE, go over TLS although the %s names UDP; an offer that comes by UDP is refused',
  async (_, routed) => {
    const material = await authority.material('bank', ['IP:127.0.0.1']);
    await using bench = await openBench({ tls: { port: 0, material, verifyClients: false } });
    const app = await bench.application('invite');
    const places = bench.server.sipAddresses;
    const tls = places.find(({ protocol }) => protocol === 'TLS');
    const [udp] = places;
    if (tls === undefined || udp === undefined) throw new Error('nobody listens');
    await using eavesdropper = await UdpPeer.open(udp);
    const socket = connect({ host: tls.host, port: tls.port, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    await using far = TcpPeer.accepted(socket);
    const clear = `<sip:caller@127.0.0.1:${eavesdropper.port}>`;
    const request = (method: string, cseq: number, to: string, body = ''): Uint8Array => {
      const made = eavesdropper.request(method, { cseq, to, body });
      made.headers.set('Via', `SIP/2.0/TLS 127.0.0.1:${socket.localPort};branch=z9hG4bK${method}${cseq}`);
      made.headers.set('Contact', clear);
      if (routed) made.headers.set('Record-Route', `<sip:127.0.0.1:${eavesdropper.port};lr>`);
      return formatSipMessage(made);
    };
    socket.write(request('INVITE', 1, '<sip:bank@127.0.0.1>', KEYS));
    const offered = await app.hearSip('INVITE');
    await app.ask(`sip|${offered.fields[7]}|\r\nSIP/2.0 200 OK\r\nContent-Length: ${KEYS.length}\r\n\r\n${KEYS}`);
    const ok = await far.next('SIP/2.0 200');
    const to = headerOf(ok, 'To') ?? '';
    socket.write(request('ACK', 1, to));
    const acked = await app.hearSip('ACK');
    const dialog = acked.fields[8];

    eavesdropper.send(eavesdropper.request('INVITE', { cseq: 2, to, body: KEYS }));
    await eavesdropper.hearResponse(403);

    await app.ask(`sip||${dialog}|\r\nINVITE sip:ignored SIP/2.0\r\nContent-Length: ${KEYS.length}\r\n\r\n${KEYS}`);
    const offer = await far.inbox.next((text) => text.includes('INVITE sip:caller@'), 'our offer');
    expect(headerOf(offer, 'Via')).toMatch(/^SIP\/2\.0\/TLS /);
    await app.ask(`sip||${dialog}|\r\nBYE sip:ignored SIP/2.0\r\n\r\n`);
    await far.inbox.next((text) => text.includes('BYE sip:caller@'), 'our BYE');
    // of its own INVITE
    expect(eavesdropper.unheard).toEqual(['100']);
    expect(bench.errors).toEqual([]);
  },
  60_000,
);
