import { describe, expect, test } from 'vitest';
import { NO_BODY, type SipResponse } from '../../src/sip/message/message.ts';
import { SipHeaders } from '../../src/sip/message/headers.ts';
import type { Flow } from '../../src/sip/stack.ts';
import { redirection, type RedirectingBoard } from '../../src/sip-server/redirection.ts';
import { needsTls, overTls } from '../../src/sip-server/targets.ts';
import { bench, DOMAIN, telephone, useRegistrar } from './registered-telephone.ts';
import { PEER_SDP } from './udp-peer.ts';

useRegistrar();

/* Who can read a description has the keys in it: where it is sent, whatever way leads there, is reached over TLS. */

const KEYS = `${PEER_SDP}a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj\r\n`;

test.each([
  ['sip:a@bank.example', PEER_SDP, false, false],
  ['sip:a@bank.example', KEYS, false, true],
  ['sip:a@bank.example', KEYS, true, false],
  ['sips:a@bank.example', PEER_SDP, false, true],
  ['sips:a@bank.example', '', true, true],
  ['sip:a@bank.example;transport=TLS', PEER_SDP, false, true],
  ['sip:a@bank.example;transport=tcp', PEER_SDP, false, false],
])('a request to %s with %j (keys in the clear: %s) goes over TLS alone: %s', (uri, body, inTheClear, expected) => {
  expect(needsTls({ uri, body: Buffer.from(body) }, inTheClear)).toBe(expected);
});

const target = (protocol: Flow['protocol']) => ({
  to: { protocol, host: '192.0.2.1', port: 1 },
  uri: 'sip:x',
  path: [],
});

test('over TLS are TLS itself and WebSockets over it', () => {
  const groups = [[target('UDP'), target('TLS')], [target('TCP'), target('WS')], [target('WSS')]];
  expect(overTls(groups).map((group) => group.map(({ to }) => to.protocol))).toEqual([['TLS'], ['WSS']]);
});

describe('a telephone that is registered over UDP', () => {
  const invite = (uri: string, body: string): string =>
    `sip|||\r\nINVITE ${uri} SIP/2.0\r\nFrom: <sip:bank@localhost>\r\n\r\n${body}`;

  test.each([
    ['keys', `sip:alice@${DOMAIN}`, KEYS],
    ['a call to sips:', `sips:alice@${DOMAIN}`, PEER_SDP],
    ['a call by transport=tls', `sip:alice@${DOMAIN};transport=tls`, PEER_SDP],
  ])('hears nothing of %s: nobody is there', async (_what, uri, body) => {
    const desk = await telephone('alice');
    await desk.register();
    const app = await bench.application('invite');
    await app.ask(invite(uri, body));
    await app.hearSip('SIP/2.0 480');
    // what is sent after it comes after it
    await app.ask(invite(`sip:alice@${DOMAIN}`, PEER_SDP));
    const rings = await desk.peer.hearRequest('INVITE');
    expect(Buffer.from(rings.body).toString()).toBe(PEER_SDP);
    expect(desk.peer.unheard).toEqual([]);
  });
});

describe('a call with keys that is redirected', () => {
  const way = (protocol: Flow['protocol'], host: string): Flow => ({ protocol, host, port: 5061 });
  const board: RedirectingBoard = {
    registrar: {
      targetsOf: (uri: string) =>
        uri.includes(DOMAIN)
          ? [
              [
                { uri: 'sip:desk@192.0.2.2', way: way('UDP', '192.0.2.2'), path: [] },
                { uri: 'sip:safe@192.0.2.3;transport=tls', way: way('TLS', '192.0.2.3'), path: [] },
              ],
            ]
          : undefined,
    },
    trunks: {
      proxiesTo: (uri: string) =>
        uri.includes('carrier.example') ? ['sip:192.0.2.4', 'sip:192.0.2.5;transport=tls'] : undefined,
      begin: () => undefined,
    },
    protocols: new Set(['UDP', 'TCP', 'TLS']),
    notAdmitted: {},
  } as unknown as RedirectingBoard;

  /** Who is called then. */
  function next(contact: string, secret: boolean): string[] {
    const called: string[] = [];
    const redirect = redirection(board, {
      called: 'sips:a@192.0.2.9',
      over: undefined,
      needsTls: secret,
      sendTo: ({ to }) => {
        called.push(`${to.protocol} ${to.host}`);
        return () => {
          throw new Error('nothing is sent here');
        };
      },
      counted: [],
    });
    const response: SipResponse = {
      kind: 'response',
      status: 302,
      reason: 'Moved Temporarily',
      headers: new SipHeaders([['Contact', contact]]),
      body: NO_BODY,
    };
    redirect(response, way('TLS', '192.0.2.9'));
    return called;
  }

  test.each([
    ['a telephone of ours', `<sip:alice@${DOMAIN}>`, ['UDP 192.0.2.2', 'TLS 192.0.2.3'], ['TLS 192.0.2.3']],
    ['a trunk', '<sip:1@carrier.example>', ['UDP 192.0.2.4', 'TLS 192.0.2.5'], ['TLS 192.0.2.5']],
    ['the host that redirects', '<sip:b@192.0.2.9>', ['UDP 192.0.2.9'], []],
    ['the host that redirects, over TLS', '<sips:b@192.0.2.9>', ['TLS 192.0.2.9'], ['TLS 192.0.2.9']],
  ])('to %s stays on TLS', (_where, contact, plain, secret) => {
    expect([next(contact, false), next(contact, true)]).toEqual([plain, secret]);
  });
});
