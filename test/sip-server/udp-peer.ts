import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { formatSipMessage } from '../../src/sip/message/format-message.ts';
import { SipHeaders } from '../../src/sip/message/headers.ts';
import type { SipMessage, SipRequest, SipResponse } from '../../src/sip/message/message.ts';
import { parseSipMessage } from '../../src/sip/message/parse-message.ts';
import { responseTo } from '../../src/sip/message/response-to.ts';

type Want = string | number | ((message: SipMessage) => boolean);

/** A far end whose every message is in the test's hands: no transactions, no retransmissions. */
export class UdpPeer {
  readonly #socket: Socket;
  #to: { readonly host: string; readonly port: number };
  readonly #heard: SipMessage[] = [];
  readonly #waiting = new Set<() => void>();
  readonly port: number;
  /** For those who send rubbish: it comes back in our responses. */
  ignoreMalformed = false;

  private constructor(socket: Socket, to: { readonly host: string; readonly port: number }) {
    this.#socket = socket;
    this.#to = to;
    this.port = socket.address().port;
    socket.on('message', (bytes) => {
      // RTP or RTCP of a call before, whose port the system has given to us (RFC 7983: such bytes begin no SIP)
      if ((bytes[0] ?? 0) >= 128) return;
      const parsed = parseSipMessage(bytes, 'datagram');
      if (parsed.ok !== 'message') {
        if (this.ignoreMalformed) return;
        throw new Error(`malformed message from us: ${bytes.toString()}`);
      }
      this.#heard.push(parsed.message);
      for (const wake of this.#waiting) wake();
    });
  }

  static async open(to: { readonly host: string; readonly port: number }, port = 0): Promise<UdpPeer> {
    const socket = createSocket('udp4');
    socket.bind(port, '127.0.0.1');
    await once(socket, 'listening');
    return new UdpPeer(socket, to);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  /** Where it sends from now on. */
  aim(to: { readonly host: string; readonly port: number }): void {
    this.#to = to;
  }

  send(message: SipMessage | Uint8Array): void {
    const bytes = message instanceof Uint8Array ? message : formatSipMessage(message);
    this.#socket.send(bytes, this.#to.port, this.#to.host);
  }

  request(method: string, options: RequestOptions = {}): SipRequest {
    const headers = new SipHeaders([
      [
        'Via',
        `SIP/2.0/UDP 127.0.0.1:${this.port};branch=z9hG4bK${options.branch ?? Math.random().toString(36).slice(2)}`,
      ],
      ['From', `"Caller" <sip:+15551234@127.0.0.1>;tag=caller`],
      ['To', options.to ?? '<sip:bank@127.0.0.1>'],
      ['Call-ID', options.callId ?? 'call-1'],
      ['CSeq', `${options.cseq ?? 1} ${method}`],
      ['Contact', `<sip:caller@127.0.0.1:${this.port}>`],
      ['Max-Forwards', '70'],
    ]);
    for (const [name, value] of Object.entries(options.headers ?? {})) headers.set(name, value);
    const body = Buffer.from(options.body ?? '');
    if (body.length > 0 && !headers.has('Content-Type')) headers.set('Content-Type', 'application/sdp');
    return { kind: 'request', method, uri: options.uri ?? 'sip:bank@127.0.0.1', headers, body };
  }

  respond(
    request: SipRequest,
    status: number,
    options: RequestOptions & { tag?: string; type?: string } = {},
  ): SipResponse {
    const response = responseTo(request, status, undefined, options.tag ?? 'callee');
    if (request.method === 'INVITE' && status < 300)
      response.headers.set('Contact', `<sip:callee@127.0.0.1:${this.port}>`);
    for (const [name, value] of Object.entries(options.headers ?? {})) response.headers.set(name, value);
    const body = Buffer.from(options.body ?? '');
    if (body.length > 0) response.headers.set('Content-Type', options.type ?? 'application/sdp');
    const whole = { ...response, body };
    this.send(whole);
    return whole;
  }

  /** The next message with that method or status that has not been taken yet. */
  async hear(want: Want, limitMs = 5_000): Promise<SipMessage> {
    for (;;) {
      const index = this.#heard.findIndex((message) =>
        typeof want === 'function'
          ? want(message)
          : (message.kind === 'request' ? message.method : message.status) === want,
      );
      const [found] = index < 0 ? [] : this.#heard.splice(index, 1);
      if (found !== undefined) return found;
      await new Promise<void>((resolve, reject) => {
        const wake = (): void => {
          clearTimeout(timer);
          this.#waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(() => {
          this.#waiting.delete(wake);
          reject(
            new Error(
              `no ${typeof want === 'function' ? 'such message' : want} came; there are ${this.#heard.map(nameOf).join(', ')}`,
            ),
          );
        }, limitMs);
        this.#waiting.add(wake);
      });
    }
  }

  async hearRequest(method: string, limitMs?: number): Promise<SipRequest> {
    const message = await this.hear(method, limitMs);
    if (message.kind !== 'request') throw new Error('no request');
    return message;
  }

  async hearResponse(status: number, limitMs?: number): Promise<SipResponse> {
    const message = await this.hear(status, limitMs);
    if (message.kind !== 'response') throw new Error('no response');
    return message;
  }

  /** The final answer to a request of ours, by the end of its CSeq: 'BYE', '2 INVITE'. */
  async hearFinal(cseq: string, limitMs = 10_000): Promise<SipResponse> {
    const message = await this.hear(
      (one) => one.kind === 'response' && one.status >= 200 && (one.headers.get('cseq') ?? '').endsWith(cseq),
      limitMs,
    );
    if (message.kind !== 'response') throw new Error('no response');
    return message;
  }

  forget(): void {
    this.#heard.length = 0;
  }

  get unheard(): string[] {
    return this.#heard.map(nameOf);
  }
}

const nameOf = (message: SipMessage): string => (message.kind === 'request' ? message.method : String(message.status));

export interface RequestOptions {
  readonly branch?: string;
  readonly to?: string;
  readonly uri?: string;
  readonly callId?: string;
  readonly cseq?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export const PEER_SDP =
  'v=0\r\no=peer 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 16160 RTP/AVP 0\r\n';
