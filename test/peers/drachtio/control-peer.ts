import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Deframer, type Frame, headerOf, parseFrame, parseSipText, textOf } from './capture.ts';
import { methodOf, statusOf } from './script.ts';

/*
 * drachtio-server's side of the control protocol where there is no recording: what it does when applications come and go,
 * after its source (client.cpp, client-controller.cpp, sip-dialog-controller.cpp of 0.9.10). It keeps the dialogs of an
 * application that has gone, tells nobody, and lets any other application act on them.
 */

const HOSTPORTS = 'udp/127.0.0.1:5160';
const PEER_SDP = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\n';

export class ControlPeer {
  readonly #server: Server;
  readonly #secret: string;
  readonly #sockets = new Set<Socket>();
  readonly #routed = new Set<Socket>();
  readonly #wakers = new Set<() => void>();
  /** Of INVITEs sent to applications, by transaction. */
  readonly #invites = new Map<string, string>();
  /** Of INVITEs of applications, by Call-ID. */
  readonly #asked = new Map<string, string>();
  readonly #closed: Promise<void>[] = [];
  /** Everything that applications sent. */
  readonly heard: Frame[] = [];
  readonly dialogs = new Set<string>();
  /** Takes what comes and says nothing. */
  silent = false;
  /** INVITEs of applications ring and are not answered. */
  ringing = false;
  port = 0;

  private constructor(server: Server, secret: string) {
    this.#server = server;
    this.#secret = secret;
    server.on('connection', (socket) => this.#take(socket, false));
  }

  static async open(secret: string, port = 0): Promise<ControlPeer> {
    const server = createServer();
    const peer = new ControlPeer(server, secret);
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    peer.port = typeof address === 'object' && address !== null ? address.port : 0;
    return peer;
  }

  get address(): { readonly host: string; readonly port: number } {
    return { host: '127.0.0.1', port: this.port };
  }

  get connections(): number {
    return this.#sockets.size;
  }

  /** Connects to an application for one call, as a request handler's answer has it do. */
  connectTo(port: number): Socket {
    const socket = connect(port, '127.0.0.1');
    this.#take(socket, true);
    return socket;
  }

  /** The connections end, the dialogs stay. */
  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** A call for an application that asked for calls, or for the one at the end of `socket`. */
  invite(callId: string, socket: Socket | undefined = [...this.#routed][0]): void {
    if (socket === undefined) throw new Error('nobody asked for calls');
    const transactionId = randomUUID();
    this.#invites.set(transactionId, callId);
    this.#tell(
      socket,
      ['sip', 'network', '1', 'udp', '127.0.0.1', '6160', '', transactionId, '', '127.0.0.1', '5160', ''],
      [
        'INVITE sip:bank@127.0.0.1:5160 SIP/2.0',
        ...head(callId, '1 INVITE', '<sip:bank@127.0.0.1:5160>'),
        'Contact: <sip:caller@127.0.0.1:6160>',
        'Content-Type: application/sdp',
      ],
      PEER_SDP,
    );
  }

  /** The far end of an answered call hangs up. */
  bye(callId: string): void {
    const dialogId = `${callId};from-tag=caller`;
    this.dialogs.delete(dialogId);
    for (const socket of this.#sockets)
      this.#tell(
        socket,
        ['sip', 'network', '1', 'udp', '127.0.0.1', '6160', '', randomUUID(), dialogId, ''],
        ['BYE sip:127.0.0.1:5160 SIP/2.0', ...head(callId, '2 BYE', '<sip:bank@127.0.0.1:5160>;tag=ours')],
      );
  }

  /** Bytes as they are, to everybody. */
  send(payload: string): void {
    for (const socket of this.#sockets) write(socket, payload);
  }

  async hears(what: (frame: Frame) => boolean, limitMs = 5_000): Promise<Frame> {
    const until = performance.now() + limitMs;
    for (;;) {
      const found = this.heard.find(what);
      if (found !== undefined) return found;
      await this.#woken(until, 'not heard');
    }
  }

  /** Waits until it holds; looked at whenever something has come. */
  async until(holds: () => boolean, limitMs = 5_000): Promise<void> {
    const until = performance.now() + limitMs;
    while (!holds()) await this.#woken(until, 'it did not come to that');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.dropConnections();
    await Promise.all(this.#closed);
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #woken(until: number, otherwise: string): Promise<void> {
    const left = until - performance.now();
    if (left <= 0) throw new Error(`${otherwise}; heard: ${this.heard.map(({ line }) => line).join(', ')}`);
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#wakers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, left);
      this.#wakers.add(wake);
    });
  }

  #wake(): void {
    for (const wake of this.#wakers) wake();
  }

  #take(socket: Socket, outbound: boolean): void {
    this.#sockets.add(socket);
    const reader = new Deframer();
    socket.on('error', () => undefined);
    this.#closed.push(
      new Promise((resolve) => {
        socket.on('close', () => {
          this.#sockets.delete(socket);
          this.#routed.delete(socket);
          this.#wake();
          resolve();
        });
      }),
    );
    socket.on('data', (bytes) => {
      for (const payload of reader.push(bytes)) {
        const frame = parseFrame('client', payload);
        if (!this.silent) this.#answer(socket, frame);
        this.heard.push(frame);
        // the request that a connection was opened for is routed once the application has named itself
        if (outbound && frame.type === 'authenticate' && !socket.writableEnded) this.#routed.add(socket);
      }
      this.#wake();
    });
  }

  #answer(socket: Socket, frame: Frame): void {
    const reply = (...fields: string[]): void =>
      write(socket, [randomUUID(), 'response', frame.id, ...fields].join('|'));
    switch (frame.type) {
      case 'authenticate':
        if (frame.fields[0] === this.#secret) return reply('OK', HOSTPORTS, 'v0.9.10', HOSTPORTS);
        reply('NO', 'incorrect secret');
        socket.end();
        return;
      case 'route':
        this.#routed.add(socket);
        return reply('OK');
      case 'ping':
        return reply('OK', 'pong');
      default:
        if (statusOf(frame) === undefined) this.#request(socket, frame);
        else this.#response(socket, frame);
    }
  }

  #response(socket: Socket, frame: Frame): void {
    const [transactionId = ''] = frame.fields;
    const callId = headerOf(frame.sip, 'call-id') ?? '';
    const dialogId = `${callId};from-tag=caller`;
    const lines = [
      frame.sip?.start ?? '',
      ...head(callId, headerOf(frame.sip, 'cseq') ?? '', '<sip:bank@127.0.0.1:5160>;tag=ours'),
    ];
    const answers = this.#invites.delete(transactionId) && statusOf(frame) === '200';
    if (answers) this.dialogs.add(dialogId);
    this.#tell(
      socket,
      [
        'response',
        frame.id,
        'OK',
        'application',
        '1',
        'udp',
        '127.0.0.1',
        '6160',
        '',
        transactionId,
        dialogId,
        '',
        'Msg sent:',
        '',
      ],
      [...lines, 'Contact: <sip:127.0.0.1:5160>'],
      frame.sip?.body,
    );
    if (!answers) return;
    this.#tell(
      socket,
      ['sip', 'network', '1', 'udp', '127.0.0.1', '6160', '', transactionId, dialogId, ''],
      ['ACK sip:127.0.0.1:5160 SIP/2.0', ...head(callId, '1 ACK', '<sip:bank@127.0.0.1:5160>;tag=ours')],
    );
  }

  #request(socket: Socket, frame: Frame): void {
    const [, named = ''] = frame.fields;
    const method = methodOf(frame) ?? '';
    const fresh = method === 'INVITE' && named === '';
    if (!fresh && method !== 'CANCEL' && !this.dialogs.has(named)) {
      const why = 'Server error: unable to find dialog for dialog id provided';
      return write(socket, [randomUUID(), 'response', frame.id, 'NOK', why].join('|'));
    }
    const transactionId = randomUUID();
    const callId = fresh ? randomUUID() : (named.split(';', 1)[0] ?? '');
    const dialogId = fresh ? `${callId};from-tag=caller` : named;
    const to = `<sip:agent@127.0.0.1:5170>`;
    const cseq = `7 ${method}`;
    this.#tell(
      socket,
      ['response', frame.id, 'OK', 'application', '1', 'udp', '127.0.0.1', '5160', '', transactionId, 'Msg sent:', ''],
      [frame.sip?.start ?? '', ...head(callId, cseq, to), 'Contact: <sip:127.0.0.1:5160>'],
      frame.sip?.body,
    );
    if (fresh) this.#asked.set(transactionId, callId);
    if (method === 'BYE') this.dialogs.delete(named);
    if (method === 'ACK' || method === 'CANCEL') return;
    const rings = fresh && this.ringing;
    if (fresh && !rings) this.dialogs.add(dialogId);
    this.#tell(
      socket,
      ['sip', 'network', '1', 'udp', '127.0.0.1', '5170', '', transactionId, dialogId, ''],
      [
        rings ? 'SIP/2.0 180 Ringing' : 'SIP/2.0 200 OK',
        ...head(callId, cseq, `${to};tag=agent`),
        'Contact: <sip:agent@127.0.0.1:5170>',
      ],
      fresh && !rings ? PEER_SDP : '',
    );
  }

  #tell(socket: Socket, line: readonly string[], lines: readonly string[], body = ''): void {
    const sip = parseSipText(`${[...lines, `Content-Length: ${Buffer.byteLength(body)}`].join('\r\n')}\r\n\r\n${body}`);
    write(socket, textOf([randomUUID(), ...line], sip));
  }
}

const head = (callId: string, cseq: string, to: string): string[] => [
  'Via: SIP/2.0/UDP 127.0.0.1:6160;branch=z9hG4bKx',
  'From: <sip:+15551234@127.0.0.1:6160>;tag=caller',
  `To: ${to}`,
  `Call-ID: ${callId}`,
  `CSeq: ${cseq}`,
];

function write(socket: Socket, payload: string): void {
  if (!socket.destroyed && !socket.writableEnded) socket.write(`${Buffer.byteLength(payload)}#${payload}`);
}
