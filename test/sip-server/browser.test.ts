import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { browserUser } from '../../src/domain/browser-user.ts';
import type { MessageLinkUser } from '../../src/lib/message-link.ts';
import { credentialsFor } from '../../src/sip/digest/credentials.ts';
import { issueCredential, type ShortLivedCredential } from '../../src/sip/digest/short-lived.ts';
import { type Bench, openBench } from './board.ts';
import { PEER_SDP } from './udp-peer.ts';

/* Telephones in browsers, as the SIP server sees them: WebSockets, credentials for minutes. */

const DOMAIN = 'tellerline.internal';
const KEY = Buffer.alloc(32, 7);
const MINUTES = 60;
const WEBRTC_SDP = `${PEER_SDP.replace('RTP/AVP', 'UDP/TLS/RTP/SAVPF')}a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\na=rtcp-mux\r\na=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}\r\n`;

let bench: Bench;
let cseq = 0;
beforeEach(async () => {
  bench = await openBench({
    registrar: {
      domain: DOMAIN,
      users: undefined,
      browserKey: KEY,
      limits: { contacts: 3, minSeconds: 60, maxSeconds: 3_600 },
    },
  });
});
afterEach(() => bench[Symbol.asyncDispose]());

/** A page with a WebSocket. */
class PageWithSocket {
  readonly sent: string[] = [];
  readonly user: MessageLinkUser;
  readonly contact: string;
  readonly #waiting: (() => void)[] = [];

  constructor(contact = `page${++cseq}`) {
    this.contact = contact;
    this.user = bench.server.acceptWebSocket({
      host: '10.0.0.1',
      port: 1000 + ++cseq,
      secure: true,
      send: (message) => {
        this.sent.push(Buffer.from(message).toString());
        for (const wake of this.#waiting.splice(0)) wake();
      },
      prove: () => undefined,
      close: () => undefined,
    });
  }

  send(method: string, from: string, more: Record<string, string> = {}, body = ''): void {
    const headers = {
      Via: `SIP/2.0/WSS ${this.contact}.invalid;branch=z9hG4bK${++cseq}`,
      'Max-Forwards': '70',
      From: `<sip:${from}@${DOMAIN}>;tag=t`,
      To: method === 'REGISTER' ? `<sip:${from}@${DOMAIN}>` : `<sip:bank@${DOMAIN}>`,
      'Call-ID': `call-${this.contact}-${method}`,
      CSeq: `${cseq} ${method}`,
      Contact: `<sip:${this.contact}@${this.contact}.invalid;transport=ws>`,
      ...(body === '' ? {} : { 'Content-Type': 'application/sdp' }),
      ...more,
    };
    const uri = method === 'INVITE' ? `sip:bank@${DOMAIN}` : `sip:${DOMAIN}`;
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    this.user.onMessage(Buffer.from(`${method} ${uri} SIP/2.0\r\n${lines.join('\r\n')}\r\n\r\n${body}`));
  }

  /** The next message that begins so. */
  async hear(beginning: string): Promise<string> {
    for (;;) {
      const at = this.sent.findIndex((text) => text.startsWith(beginning));
      if (at >= 0) return this.sent.splice(at, 1)[0] ?? '';
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Answers the challenge. @returns the status line and headers of the final answer */
  async ask(method: 'REGISTER' | 'INVITE', as: ShortLivedCredential, from = as.user, body = ''): Promise<string> {
    this.send(method, from, {}, body);
    const challenge = await this.hear('SIP/2.0 401');
    const uri = method === 'INVITE' ? `sip:bank@${DOMAIN}` : `sip:${DOMAIN}`;
    const authorization = credentialsFor(
      [/WWW-Authenticate: (.*)/.exec(challenge)?.[1] ?? ''],
      { method, uri, body: new Uint8Array(0) },
      { user: as.authorizationUser, password: as.password },
    );
    this.send(method, from, { Authorization: authorization ?? '' }, body);
    return this.hear(method === 'INVITE' ? 'SIP/2.0 100' : 'SIP/2.0');
  }
}

const credentialOf = (name: string, seconds = 15 * MINUTES) =>
  issueCredential(KEY, browserUser(name), Math.floor(bench.clock.wall() / 1_000) + seconds);

describe('over a WebSocket', () => {
  test('a browser registers with the credentials that it was given, for no longer than they are valid', async () => {
    const page = new PageWithSocket();
    const answer = await page.ask('REGISTER', credentialOf('chen', 300));
    expect(answer).toMatch(/^SIP\/2\.0 200/);
    expect(answer).toMatch(/expires=300/);
    bench.clock.advance(301_000);
    expect(bench.server.statistics().registrar?.bindings).toBe(0);
  });

  test('MD5 alone is offered: what browsers have gives up at anything else', async () => {
    const page = new PageWithSocket();
    page.send('REGISTER', browserUser('chen'));
    expect((await page.hear('SIP/2.0 401')).match(/WWW-Authenticate/g)).toHaveLength(1);
  });

  test.each([
    ['whose time is over', () => credentialOf('chen', -1)],
    ['of another key', () => issueCredential(Buffer.alloc(32, 8), browserUser('chen'), 1_800_000_000)],
    ['with a later end', () => ({ ...credentialOf('chen'), authorizationUser: `${browserUser('chen')}~1999999999` })],
  ])('credentials %s open nothing', async (_, credential) => {
    const page = new PageWithSocket();
    expect(await page.ask('REGISTER', credential())).toMatch(/^SIP\/2\.0 401/);
    expect(bench.server.statistics().registrar?.refused.wrong).toBe(1);
  });

  test('nobody calls or registers as somebody else', async () => {
    const page = new PageWithSocket();
    expect(await page.ask('REGISTER', credentialOf('chen'), browserUser('li'))).toMatch(/^SIP\/2\.0 403/);
  });

  test('a call without credentials is challenged and reaches no application', async () => {
    const app = await bench.application('invite');
    const page = new PageWithSocket();
    page.send('INVITE', browserUser('chen'), {}, WEBRTC_SDP);
    await page.hear('SIP/2.0 401');
    expect(bench.server.statistics()).toMatchObject({ incoming: 0 });
    await page.ask('INVITE', credentialOf('chen'), undefined, WEBRTC_SDP);
    expect((await app.hearSip('INVITE')).message).toContain(browserUser('chen'));
  });

  test('telephones at the other transports cannot register where there is no file of them', async () => {
    const peer = await bench.peer();
    peer.send(peer.request('REGISTER'));
    expect((await peer.hearFinal('REGISTER')).status).toBe(405);
  });
});

describe('a call to a browser', () => {
  const INVITE = (sdp: string): string =>
    `sip|||\r\nINVITE sip:${browserUser('chen')}@${DOMAIN} SIP/2.0\r\nFrom: <sip:bank@localhost>\r\nContent-Type: application/sdp\r\n\r\n${sdp}`;

  test('goes over its connection, and over the next one when it has come back by another', async () => {
    const page = new PageWithSocket();
    await page.ask('REGISTER', credentialOf('chen'));
    const app = await bench.application('invite');
    await app.ask(INVITE(WEBRTC_SDP));
    const invite = await page.hear('INVITE');
    const header = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(invite)?.[1]?.trim() ?? '';
    const answer = ['Via', 'From', 'Call-ID', 'CSeq'].map((name) => `${name}: ${header(name)}`);
    page.user.onMessage(
      Buffer.from(
        `SIP/2.0 200 OK\r\n${answer.join('\r\n')}\r\nTo: ${header('To')};tag=page\r\nContact: <sip:${page.contact}@${page.contact}.invalid;transport=ws>\r\nContent-Type: application/sdp\r\n\r\n${WEBRTC_SDP}`,
      ),
    );
    const dialog = (await app.hearSip('SIP/2.0 200')).fields[8] ?? '';
    await app.ask(`sip||${dialog}|\r\nACK sip:ignored SIP/2.0\r\n\r\n`);
    await page.hear('ACK');
    page.user.onClosed();
    const again = new PageWithSocket(page.contact);
    await again.ask('REGISTER', credentialOf('chen'));
    await app.ask(`sip||${dialog}|\r\nBYE sip:ignored SIP/2.0\r\n\r\n`);
    expect(await again.hear('BYE')).toContain(`BYE sip:${page.contact}@`);
  });

  test('who takes WebRTC alone is not rung with anything else: 480', async () => {
    const page = new PageWithSocket();
    await page.ask('REGISTER', credentialOf('chen'));
    const app = await bench.application('invite');
    await app.ask(INVITE(PEER_SDP));
    await app.hearSip('SIP/2.0 480');
    expect(page.sent.filter((text) => text.startsWith('INVITE'))).toEqual([]);
  });
});
