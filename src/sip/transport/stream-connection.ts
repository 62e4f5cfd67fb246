import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { asError, IvrError } from '../../domain/error.ts';
import { type Frame, StreamFramer } from '../message/stream-framing.ts';
import type { Flow } from './flow.ts';

/** What a far end may leave unread before it is taken for dead. */
const MAX_UNSENT_BYTES = 4 * 1024 * 1024;
const PING = Buffer.from('\r\n\r\n');
const PONG = Buffer.from('\r\n');

export interface StreamConnectionOptions {
  /** Over TLS the one that reads and writes in clear. */
  readonly socket: Socket;
  readonly flow: Flow;
  /** We opened it and it is not up yet. */
  readonly connecting: boolean;
  /** We opened it, or whom we trust. */
  readonly trusted: boolean;
  readonly now: () => number;
  readonly receive: (bytes: Uint8Array, flow: Flow) => void;
  readonly drop: (because: string) => void;
  readonly onClosed: () => void;
}

/** One connection over TCP or TLS, in either direction. Closes itself on whatever it cannot go on from. */
export class StreamConnection {
  readonly flow: Flow;
  readonly trusted: boolean;
  readonly #options: StreamConnectionOptions;
  readonly #framer = new StreamFramer();
  /** Of the messages written before the connection was up. */
  #waiting: ((error: Error) => void)[] = [];
  #connecting: boolean;
  #heard = false;
  #active: number;
  /** When the message that is coming in began to. */
  #insideSince: number | undefined;
  /** Who waits for a sign of life. */
  #asking: ((lives: boolean) => void)[] = [];
  #failure: Error | undefined;
  #isClosed = false;

  constructor(options: StreamConnectionOptions) {
    const { socket } = options;
    this.flow = options.flow;
    this.trusted = options.trusted;
    this.#options = options;
    this.#connecting = options.connecting;
    this.#active = options.now();
    socket.setNoDelay(true);
    // over TLS not before the far end has proved who it is
    socket.on(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => {
      this.#connecting = false;
      this.#waiting = [];
    });
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', (error) => {
      this.#failure = error;
    });
    // A half-closed peer wants no more of us; 'end' makes the socket close, for half-open ones are not allowed.
    socket.on('close', () => this.#closed());
  }

  send(bytes: Uint8Array, onError: (error: Error) => void): void {
    const { socket } = this.#options;
    if (socket.writableLength > MAX_UNSENT_BYTES) {
      this.#options.drop(`${this.flow.protocol.toLowerCase()}-unread`);
      this.destroy(new IvrError('SIP_TIMEOUT', 'the far end of a SIP connection no longer reads'));
    }
    if (socket.destroyed || !socket.writable) {
      queueMicrotask(() => onError(this.#failure ?? new IvrError('ENDPOINT_CLOSED', 'the SIP connection is closed')));
      return;
    }
    this.#active = this.#options.now();
    if (this.#connecting) this.#waiting.push(onError);
    socket.write(bytes);
  }

  /** @param answered - with the next byte that comes, whatever it is; false when the connection ends before */
  ping(answered: (lives: boolean) => void): void {
    const { socket } = this.#options;
    if (this.#isClosed || !socket.writable) return queueMicrotask(() => answered(false));
    this.#asking.push(answered);
    socket.write(PING);
  }

  /** Why it should end now, if it should. */
  overdue(limits: StreamLimits): 'never-connected' | 'silent' | 'slow' | 'idle' | undefined {
    const now = this.#options.now();
    const quiet = now - this.#active;
    if (this.#connecting) return quiet > limits.connectMs ? 'never-connected' : undefined;
    if (this.#insideSince !== undefined && now - this.#insideSince > limits.messageMs) return 'slow';
    if (!this.#heard && !this.#options.connecting && quiet > limits.firstMessageMs) return 'silent';
    return quiet > limits.idleMs ? 'idle' : undefined;
  }

  get idleSince(): number {
    return this.#active;
  }

  destroy(error?: Error): void {
    this.#failure ??= error;
    this.#options.socket.destroy();
    this.#closed();
  }

  #take(chunk: Buffer): void {
    this.#tellAsking(true);
    const now = this.#options.now();
    const wasInside = this.#framer.isInside;
    const frames = this.#framer.push(chunk);
    for (const frame of frames) this.#handle(frame);
    if (!this.#framer.isInside) this.#insideSince = undefined;
    else if (!wasInside || frames.length > 0) this.#insideSince = now;
  }

  /** A keep-alive costs a stranger nothing, so it keeps no connection that others need: messages alone count. */
  #handle(frame: Frame): void {
    switch (frame.is) {
      case 'message':
        this.#heard = true;
        this.#active = this.#options.now();
        this.#options.receive(frame.bytes, this.flow);
        return;
      case 'ping':
        // who has not read the last answer gets no further one
        if (this.#options.socket.writable && this.#options.socket.writableLength === 0)
          this.#options.socket.write(PONG);
        return;
      case 'broken':
        this.#options.drop(frame.because);
        if (frame.bytes.length > 0) this.#options.receive(frame.bytes, this.flow);
        this.#options.socket.destroySoon();
    }
  }

  #tellAsking(lives: boolean): void {
    for (const answered of this.#asking.splice(0)) answered(lives);
  }

  #closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const error = asError(this.#failure ?? new IvrError('ENDPOINT_CLOSED', 'the SIP connection could not be opened'));
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#options.onClosed();
    this.#tellAsking(false);
    for (const onError of waiting) onError(error);
  }
}

/** In milliseconds. */
export interface StreamLimits {
  readonly connections: number;
  /** Of one address that is not trusted: a customer's PBX has a few. */
  readonly ofStranger: number;
  readonly connectMs: number;
  /** From accepting to the first whole message. */
  readonly firstMessageMs: number;
  /** From a message's first byte to its last. */
  readonly messageMs: number;
  readonly idleMs: number;
  /** At the limit of connections, one idle for this long makes room for a new one. */
  readonly yieldsAfterMs: number;
}

/** Idle connections are kept long: behind NAT they are the only way to the telephone for the BYE of a long call. */
export const STREAM_LIMITS: StreamLimits = {
  connections: 1024,
  ofStranger: 32,
  connectMs: 10_000,
  firstMessageMs: 20_000,
  messageMs: 10_000,
  idleMs: 7_200_000,
  yieldsAfterMs: 60_000,
};
