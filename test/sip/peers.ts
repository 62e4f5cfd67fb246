import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket as TcpSocket } from 'node:net';
import type { SipRequest, SipResponse } from '../../src/sip/message/message.ts';
import type { ClientHandlers, ServerTransaction, StackUser } from '../../src/sip/transaction/transaction.ts';
import type { Flow } from '../../src/sip/transport/flow.ts';
import { Mailbox } from './mailbox.ts';

/** A far end that says exactly what the test tells it, over UDP. */
export class UdpPeer implements AsyncDisposable {
  readonly inbox = new Mailbox<string>();
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (bytes) => this.inbox.put(bytes.toString('utf8')));
  }

  static async open(): Promise<UdpPeer> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new UdpPeer(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  get flow(): Flow {
    return { protocol: 'UDP', host: '127.0.0.1', port: this.port };
  }

  send(text: string | Buffer, port: number): void {
    this.#socket.send(text, port, '127.0.0.1');
  }

  next(start = ''): Promise<string> {
    return this.inbox.next((text) => text.startsWith(start), `a message that begins with '${start}'`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#socket, 'close');
    this.#socket.close();
    await closed;
  }
}

/** The same over TCP; what comes back is cut at the heads' ends (the answers here have no bodies). */
export class TcpPeer implements AsyncDisposable {
  readonly inbox = new Mailbox<string>();
  readonly socket: TcpSocket;
  readonly closed: Promise<unknown>;
  #text = '';

  private constructor(socket: TcpSocket) {
    this.socket = socket;
    socket.setNoDelay(true);
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      this.#text += bytes.toString('utf8');
      for (let end = this.#text.indexOf('\r\n\r\n'); end >= 0; end = this.#text.indexOf('\r\n\r\n')) {
        this.inbox.put(this.#text.slice(0, end + 4));
        this.#text = this.#text.slice(end + 4);
      }
      if (this.#text === '\r\n') {
        this.inbox.put(this.#text);
        this.#text = '';
      }
    });
  }

  static async connect(port: number): Promise<TcpPeer> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new TcpPeer(socket);
  }

  static accepted(socket: TcpSocket): TcpPeer {
    return new TcpPeer(socket);
  }

  next(start = ''): Promise<string> {
    return this.inbox.next((text) => text.startsWith(start), `a message that begins with '${start}'`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }
}

/** Notes what the stack says to its user; `onRequest` may be given. */
export class RecordingUser implements StackUser {
  readonly requests = new Mailbox<ServerTransaction>();
  readonly acks = new Mailbox<SipRequest>();
  readonly cancels = new Mailbox<ServerTransaction>();
  readonly noAcks = new Mailbox<ServerTransaction>();
  readonly strays = new Mailbox<SipResponse>();
  readonly ended = new Mailbox<string>();
  readonly #answer: (transaction: ServerTransaction) => void;

  constructor(answer: (transaction: ServerTransaction) => void = () => undefined) {
    this.#answer = answer;
  }

  onRequest(transaction: ServerTransaction): void {
    this.requests.put(transaction);
    this.#answer(transaction);
  }
  onAck(request: SipRequest): void {
    this.acks.put(request);
  }
  onCancel(invite: ServerTransaction): void {
    this.cancels.put(invite);
  }
  onNoAck(transaction: ServerTransaction): void {
    this.noAcks.put(transaction);
  }
  onStrayResponse(response: SipResponse): void {
    this.strays.put(response);
  }
  onTransactionEnd(id: string): void {
    this.ended.put(id);
  }
}

/** Notes what becomes of a request of ours: '180', '200', 'timeout', 'error', 'end'. */
export class RecordingHandlers implements ClientHandlers {
  readonly log = new Mailbox<string>();
  readonly responses: SipResponse[] = [];
  readonly errors: Error[] = [];

  onResponse(response: SipResponse): void {
    this.responses.push(response);
    this.log.put(String(response.status));
  }
  onTimeout(): void {
    this.log.put('timeout');
  }
  onTransportError(error: Error): void {
    this.errors.push(error);
    this.log.put('error');
  }
  onEnd(): void {
    this.log.put('end');
  }
}

/** A request as a far end would write it. */
export const requestText = (
  method: string,
  changed: Readonly<Record<string, string | undefined>> = {},
  body = '',
): string => {
  const headers = {
    Via: 'SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK1',
    From: '<sip:caller@far>;tag=far',
    To: '<sip:bot@near>',
    'Call-ID': 'call@far',
    CSeq: `1 ${method}`,
    'Max-Forwards': '70',
    'Content-Length': String(Buffer.byteLength(body)),
    ...changed,
  };
  const lines = Object.entries(headers).filter(([, value]) => value !== undefined);
  return `${method} sip:bot@near SIP/2.0\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;
};

/** A response as the far end of our request would write it. */
export const responseText = (
  request: string,
  status: number,
  changed: Readonly<Record<string, string>> = {},
): string => {
  const lines = request
    .split('\r\n')
    .filter((line) => /^(Via|From|To|Call-ID|CSeq):/.test(line))
    .map((line) => (line.startsWith('To:') && status > 100 && !line.includes(';tag=') ? `${line};tag=far` : line));
  const more = Object.entries(changed).map(([name, value]) => `${name}: ${value}`);
  return [`SIP/2.0 ${status} Some Reason`, ...lines, ...more, 'Content-Length: 0', '', ''].join('\r\n');
};

export const headerOf = (text: string, name: string): string | undefined =>
  new RegExp(`^${name}: (.*)\r$`, 'm').exec(text)?.[1];
