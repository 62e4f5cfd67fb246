import { once } from 'node:events';
import { connect } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SrfApplication, SrfRequest, SrfResponse } from '../../src/drachtio/drachtio-srf.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { parseReplaces } from '../../src/signalling/drachtio/replaces.ts';
import { openSignalling } from '../../src/signalling/drachtio/signalling-srf.ts';
import type { OwnedDialog } from '../../src/signalling/drachtio/srf-dialog.ts';
import { takeOver } from '../../src/signalling/drachtio/take-over.ts';
import type { IncomingCall } from '../../src/signalling/signalling.ts';
import { tagOfHeader } from '../../src/sip/message/name-address.ts';
import { headerOf, requestText, responseText, TcpPeer } from '../sip/peers.ts';
import { openBench, SECRET } from '../sip-server/board.ts';
import { PEER_SDP } from '../sip-server/udp-peer.ts';
import { openAuthority } from '../support/certificates.ts';
import { OUR_SDP } from './line.ts';
import { openTalk, type Talk } from './talk.ts';

const TRUSTED = { trusts: () => true };

/** Another telephone takes the call over. */
async function invite(
  talk: Talk,
  direction: 'in' | 'out',
  more: { readonly tag?: string; readonly early?: boolean } = {},
) {
  const other = await talk.bench.peer();
  const { callId, ours, theirs } = talk.name;
  const replaces = `${callId};to-tag=${more.tag ?? ours};from-tag=${theirs}${more.early === true ? ';early-only' : ''}`;
  const request = other.request('INVITE', {
    callId: `taking-over-${direction}`,
    headers: { Replaces: replaces, Require: 'replaces', From: '<sip:boss@127.0.0.1>;tag=boss' },
    body: PEER_SDP,
  });
  other.send(request);
  return { other, final: await other.hearFinal('INVITE'), request };
}

describe.each(['in', 'out'] as const)('a call coming %s is taken over (RFC 3891)', (direction) => {
  test('it goes on with the new far end, the old one is hung up on; what comes after is of the new one', async () => {
    await using talk = await openTalk(direction, TRUSTED);
    const ends: string[] = [];
    talk.dialog.onEnd((because) => void ends.push(because));
    talk.dialog.onOffer(async () => 'v=0\r\no=new 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n');
    const { other, final } = await invite(talk, direction);
    expect(final.status).toBe(200);
    expect(Buffer.from(final.body).toString()).toContain('o=new');
    const to = final.headers.get('To') ?? '';
    const inside = (method: string, cseq: number) =>
      other.request(method, {
        callId: `taking-over-${direction}`,
        cseq,
        to,
        headers: { From: '<sip:boss@127.0.0.1>;tag=boss' },
      });
    other.send(inside('ACK', 1));
    const bye = await talk.peer.hearRequest('BYE');
    expect(bye.headers.get('Reason')).toContain('Replaced');
    talk.peer.respond(bye, 200);
    expect(ends).toEqual([]);
    other.send(inside('BYE', 2));
    expect((await other.hearFinal('BYE')).status).toBe(200);
    await expect.poll(() => ends).toEqual(['bye']);
    expect(talk.signalling.statistics()).toMatchObject({ dialogs: 0 });
  });

  test('by nobody who is not trusted, who does not know its tags, or who means one that still rings', async () => {
    await using strange = await openTalk(direction);
    strange.dialog.onOffer(async () => 'never');
    expect((await invite(strange, direction)).final.status).toBe(403);
    await using talk = await openTalk(direction, TRUSTED);
    talk.dialog.onOffer(async () => 'never');
    expect((await invite(talk, direction, { tag: 'guessed' })).final.status).toBe(481);
    await using answered = await openTalk(direction, TRUSTED);
    expect((await invite(answered, direction, { early: true })).final.status).toBe(486);
  });

  test('an offer that we cannot take changes nothing', async () => {
    await using talk = await openTalk(direction, TRUSTED);
    talk.dialog.onOffer(() => Promise.reject(new Error('no codec')));
    expect((await invite(talk, direction)).final.status).toBe(488);
    talk.ask('INFO', 10, {});
    expect((await talk.peer.hearFinal('10 INFO')).status).toBe(200);
  });
});

describe('a call over TLS', () => {
  test('is not taken over by one without it: our keys are in what it would be told', async () => {
    await using authority = await openAuthority();
    const material = await authority.material('server', ['IP:127.0.0.1']);
    await using bench = await openBench({ tls: { port: 0, material, verifyClients: false } });
    await using signalling = await openSignalling(
      { host: '127.0.0.1', port: bench.server.controlPort, secret: SECRET, ...TRUSTED },
      silentLogger,
    );
    const offered = new Promise<IncomingCall>((resolve) => signalling.onCall(resolve));
    const port = bench.server.sipAddresses.find(({ protocol }) => protocol === 'TLS')?.port ?? 0;
    const socket = connect({ host: '127.0.0.1', port, ca: material.ca });
    await once(socket, 'secureConnect');
    await using caller = TcpPeer.accepted(socket);
    const common = { Contact: '<sip:far@127.0.0.1:9;transport=tls>', 'Content-Type': 'application/sdp' };
    caller.socket.write(requestText('INVITE', { ...common, Via: 'SIP/2.0/TLS far;branch=z9hG4bK1' }, PEER_SDP));
    const answering = (await offered).answer(OUR_SDP);
    const to = headerOf(await caller.next('SIP/2.0 200'), 'To') ?? '';
    caller.socket.write(requestText('ACK', { Via: 'SIP/2.0/TLS far;branch=z9hG4bK2', To: to }));
    const dialog = await answering;
    dialog.onOffer(async () => 'never');
    const other = await bench.peer();
    const headers = { Replaces: `call@far;to-tag=${tagOfHeader(to)};from-tag=far`, Require: 'replaces' };
    other.send(other.request('INVITE', { callId: 'taking-over', headers, body: PEER_SDP }));
    expect((await other.hearFinal('INVITE')).status).toBe(488);
    const leaving = dialog.bye();
    // the description before it has no empty line behind it
    const bye = await caller.inbox.next((text) => text.includes('BYE '), 'BYE');
    caller.socket.write(responseText(bye, 200));
    await leaving;
  });

  test.each([
    ['udp', false, [488]],
    ['tcp', false, [488]],
    ['tls', false, ['taken over']],
    ['wss', false, ['taken over']],
    ['udp', true, ['taken over']],
  ])('by one over %s, where keys may be told in the clear: %s', (protocol, keysInTheClear, expected) => {
    const done: unknown[] = [];
    const dialog = {
      confidential: true,
      isOf: () => true,
      takenOver: async () => void done.push('taken over'),
    } as unknown as OwnedDialog;
    const req = {
      source_address: '192.0.2.1',
      protocol,
      body: PEER_SDP,
      get: (name: string) => (name.toLowerCase() === 'content-type' ? 'application/sdp' : undefined),
    } as unknown as SrfRequest;
    const res = { finalResponseSent: false, send: (status: number) => done.push(status) } as unknown as SrfResponse;
    const srf = {} as SrfApplication;
    const options = { srf, dialogs: [dialog], trusts: () => true, keysInTheClear, logger: silentLogger };
    takeOver(req, res, 'a;to-tag=1;from-tag=2', options);
    expect(done).toEqual(expected);
  });
});

test.each([
  ['a@b;to-tag=1;from-tag=2', { callId: 'a@b', toTag: '1', fromTag: '2', earlyOnly: false }],
  [' a@b ; from-tag = 2 ; TO-TAG=1 ;early-only', { callId: 'a@b', toTag: '1', fromTag: '2', earlyOnly: true }],
  ['a@b;to-tag=1', undefined],
  ['a@b;to-tag=1;from-tag=2, c;to-tag=3;from-tag=4', undefined],
  ['', undefined],
])('Replaces: %j', (header, expected) => {
  expect(parseReplaces(header)).toEqual(expected);
});

test('any text is read or not, and nothing throws', () => {
  fc.assert(fc.property(fc.string(), (text) => void parseReplaces(text)));
});
