import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { deferred } from '../../../src/lib/deferred.ts';
import type { MessageLink } from '../../../src/lib/message-link.ts';
import { openTestConsole, type TestConsole, TOKEN } from '../../support/console.ts';
import { newStage } from './stage.ts';

/* SIP over WebSocket at the web port, and other requests for an upgrade. */

const OTHER_SITE = 'https://evil.example';
const INTRANET = 'https://intranet.bank.example';
let bank: TestConsole;
let links: MessageLink[];
let received: string[];
let closed: ReturnType<typeof deferred<void>>;
const sockets = new Set<Socket>();
beforeEach(async () => {
  links = [];
  received = [];
  closed = deferred<void>();
  const { browsers } = newStage({
    origins: [INTRANET],
    accept(link) {
      links.push(link);
      return { onMessage: (message) => received.push(Buffer.from(message).toString()), onClosed: closed.resolve };
    },
  });
  bank = await openTestConsole({
    browsers,
    routes: [async (app) => void app.post('/echo', async (asked) => ({ echo: asked.body }))],
  });
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await bank[Symbol.asyncDispose]();
});

const address = (): string => `${bank.web.address.replace(/^http/, 'ws')}/sip`;

/** The status of the refusal; 101: it was opened. */
async function statusOf(protocol: string | undefined, origin?: string): Promise<number> {
  const socket = new WebSocket(address(), protocol, origin === undefined ? {} : { origin });
  const status = await new Promise<number>((resolve, reject) => {
    socket.once('open', () => resolve(101));
    socket.once('unexpected-response', (_asked, { statusCode = 0 }) => resolve(statusCode));
    socket.once('error', reject);
  });
  socket.on('error', () => undefined);
  socket.terminate();
  return status;
}

/** Somebody who never hangs up by itself. */
async function said(text: string): Promise<Socket> {
  const { port, hostname } = new URL(bank.web.address);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  sockets.add(socket);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(text.replaceAll('\n', '\r\n'));
  return socket;
}

const heard = async (socket: Socket, what: string): Promise<string> => {
  let text = '';
  for (;;) {
    if (text.includes(what)) return text;
    const [piece] = (await once(socket, 'data')) as [Buffer];
    text += piece.toString();
  }
};

const UPGRADE = `Host: 127.0.0.1
Connection: Upgrade
Upgrade: websocket
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
Sec-WebSocket-Protocol: sip
`;

describe('SIP over WebSocket', () => {
  test('pages of this server and of webrtc.origins may open it, and telephones that are no page', async () => {
    expect(await statusOf('sip')).toBe(101);
    expect(await statusOf('sip', bank.web.address)).toBe(101);
    expect(await statusOf('sip', INTRANET)).toBe(101);
    expect(await statusOf('sip', OTHER_SITE)).toBe(403);
    expect(await statusOf('sip', 'null')).toBe(403);
    expect(links).toHaveLength(3);
  });

  test('the subprotocol is sip, and nothing else', async () => {
    expect(await statusOf(undefined)).toBe(400);
    expect(await statusOf('xmpp')).toBe(400);
    const plain = await fetch(`${bank.web.address}/sip`, { headers: { connection: 'close' } });
    expect(plain.status).toBe(400);
    expect(links).toEqual([]);
  });

  test('messages go both ways', async () => {
    const socket = new WebSocket(address(), 'sip');
    await once(socket, 'open');
    expect(socket.protocol).toBe('sip');
    links[0]?.send(Buffer.from('SIP/2.0 200 OK'));
    const [message, binary] = (await once(socket, 'message')) as [Buffer, boolean];
    expect([message.toString(), binary]).toEqual(['SIP/2.0 200 OK', false]);
    socket.send('REGISTER …');
    socket.close();
    await closed.promise;
    expect(received).toEqual(['REGISTER …']);
  });

  test('who floods is cut off at once, whether it says goodbye or not', async () => {
    const socket = new WebSocket(address(), 'sip');
    socket.on('error', () => undefined);
    await once(socket, 'open');
    socket.pause(); // it reads nothing, and answers no closing handshake
    for (let n = 0; n < 1_000; n++) socket.send('OPTIONS …');
    await closed.promise;
    expect(received.length).toBeLessThan(1_000);
    socket.terminate();
  });

  test('a refused one is closed, whatever it says afterwards and although it stays', async () => {
    const socket = await said(`GET /sip HTTP/1.1\n${UPGRADE}Origin: ${OTHER_SITE}\n\n`);
    expect(await heard(socket, 'FORBIDDEN')).toMatch(/^HTTP\/1\.1 403 .*\r\nconnection: close\r\n/is);
    socket.write('x');
    await expect.poll(() => bank.web.counts().connections, { timeout: 10_000 }).toBe(0);
  });
});

describe('another request for an upgrade is answered as if it asked for none (RFC 9110 section 7.8)', () => {
  const authorization = `Bearer ${TOKEN}`;

  test('its body is read', async () => {
    const body = JSON.stringify({ said: 'x'.repeat(20_000) });
    const asked = request(`${bank.web.address}/echo`, {
      method: 'POST',
      agent: false,
      headers: {
        authorization,
        'content-type': 'application/json',
        'content-length': body.length,
        connection: 'Upgrade, HTTP2-Settings',
        upgrade: 'h2c',
        'http2-settings': 'AAMAAABkAARAAAAAAAIAAAAA',
      },
    });
    asked.end(body);
    const [reply] = (await once(asked, 'response')) as [IncomingMessage];
    expect(reply.statusCode).toBe(200);
    let text = '';
    for await (const piece of reply.setEncoding('utf8')) text += piece as string;
    expect(JSON.parse(text)).toEqual({ echo: JSON.parse(body) });
    asked.destroy();
  });

  test('its connection is like any other: kept for the next request', async () => {
    const socket = await said(`GET /healthz HTTP/1.1\nHost: 127.0.0.1\nConnection: Upgrade\nUpgrade: h2c\n\n`);
    expect(await heard(socket, '"ok":true')).toMatch(/^HTTP\/1\.1 200 /);
    socket.write('GET /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    expect(await heard(socket, 'UNAUTHORIZED')).toMatch(/^HTTP\/1\.1 401 /);
  });

  test('a WebSocket anywhere else is refused', async () => {
    const socket = await said(`GET /nothing HTTP/1.1\n${UPGRADE}Authorization: ${authorization}\n\n`);
    expect(await heard(socket, 'NOT_FOUND')).toMatch(/^HTTP\/1\.1 404 /);
    socket.write('GET /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n');
    await heard(socket, 'UNAUTHORIZED');
    socket.end();
    await expect.poll(() => bank.web.counts().connections, { timeout: 10_000 }).toBe(0);
  });
});
