import { createRequire } from 'node:module';
import type { Server, Socket } from 'node:net';
import { IvrError } from '../../domain/error.ts';

/*
 * As much of drachtio-fsmrf 5.0.1 and of drachtio-modesl 1.3.1 below it as we use, with their types as they really are
 * (neither has declarations). Media servers are made of their parts, not by `Mrf.connect`: that one keeps connecting in
 * the background for ever after it has rejected, throws out of an event handler where nobody can catch it when
 * FreeSWITCH has not loaded the profile yet, and reconnects with answers that are off by one.
 */

export interface EslEvent {
  getHeader(name: string): string | null | undefined;
  getBody(): string;
}

/** An event socket: ours into FreeSWITCH ('inbound'), or FreeSWITCH's to us for one channel ('outbound'). */
export interface EslConnection {
  /** Null once it is closed. */
  readonly socket: Socket | null;
  /** True: it does not connect again by itself. */
  closing: boolean;
  send(command: string, args?: Readonly<Record<string, unknown>> | null): void;
  api(command: string, done: (answer: EslEvent) => void): void;
  /** On the channel that an outbound one is for. */
  execute(application: string, args: string): unknown;
  /** What the channel was when an outbound one began; null before. */
  getInfo(): EslEvent | null;
  on(event: string, listener: (...args: unknown[]) => void): this;
  once(event: string, listener: (...args: unknown[]) => void): this;
  removeAllListeners(event?: string): this;
}

/** The dialog between drachtio and FreeSWITCH. */
export interface FsmrfDialog {
  /** re-INVITE; resolves with the answer. Never settles when the control connection is lost meanwhile. */
  modify(sdp: string): Promise<unknown>;
  /** BYE. Rejects when called twice, or when the server does not know the dialog any more. */
  destroy(...options: readonly unknown[]): Promise<unknown>;
  once(event: 'destroy', listener: () => void): this;
}

/** A channel of FreeSWITCH. Promises that wait for an answer never settle when its event socket ends first. */
export interface FsmrfEndpoint {
  readonly uuid: string;
  readonly local: { readonly sdp?: string };
  /** Null once it is closed. */
  readonly conn: EslConnection | null;
  readonly dialog: FsmrfDialog | null;
  readonly connected: boolean;
  /** Resolves with its answer. */
  api(command: string, args?: readonly string[] | string): Promise<EslEvent>;
  /** Resolves when the application has ended. */
  execute(application: string, args?: string): Promise<EslEvent>;
  bridge(otherUuid: string): Promise<void>;
  /** Parks both. */
  unbridge(): Promise<void>;
  /** Resolves before the WebSocket is up. */
  forkAudioStart(options: ForkOptions): Promise<void>;
  forkAudioStop(bugname: string): Promise<void>;
  /** Hangs up; resolves when FreeSWITCH's BYE has come. */
  destroy(): Promise<void>;
  addCustomEventListener(event: string, listener: () => void): void;
  /** Without our asking. No reason: the event socket ended, FreeSWITCH is dead. */
  on(event: 'destroy', listener: (ended?: { readonly reason?: string | null }) => void): this;
  on(event: 'dtmf', listener: (key: { readonly dtmf?: string | null }) => void): this;
}

export interface ForkOptions {
  readonly wsUrl: string;
  readonly mixType: 'mono' | 'mixed' | 'stereo';
  readonly sampling: '8000';
  readonly bugname: string;
  /** Travels in single quotes, unescaped. */
  readonly metadata: string;
  readonly bidirectionalAudio: { readonly enabled: 'true'; readonly streaming: 'true'; readonly sampleRate: '8000' };
}

/** What fsmrf sends its INVITEs with. */
export interface FsmrfSrf {
  createUAC(
    uri: string,
    options: { readonly headers: Readonly<Record<string, string>>; readonly localSdp?: string | undefined },
  ): Promise<FsmrfDialog>;
}

type ConnectionListener = (connection: EslConnection, id: string) => void;

export interface FsmrfMediaServer {
  /** Stops its reports of a lost connection on the console. */
  closing: boolean;
  /** As of the last HEARTBEAT; 0 before the first. */
  readonly maxSessions: number;
  readonly currentSessions: number;
  /** By what the INVITE's User-Agent says: a channel that was asked for. */
  readonly pendingConnections: ReadonlyMap<string, unknown>;
  readonly _server?: {
    readonly server: Server;
    on(event: 'connection::open' | 'connection::ready', listener: ConnectionListener): unknown;
    listeners(event: 'connection::ready'): readonly ConnectionListener[];
    removeAllListeners(event: 'connection::ready'): unknown;
    close(): void;
  };
  /** Also rejects 4 s after an answer without FreeSWITCH's event socket; never, when no final response comes. */
  createEndpoint(options: {
    readonly remoteSdp?: string;
    readonly headers: Readonly<Record<string, string>>;
  }): Promise<FsmrfEndpoint>;
  /** The event socket and the listener; throws before the latter is open. Endpoints go on. */
  disconnect(): void;
  once(event: 'connect' | 'ready', listener: () => void): this;
  on(event: 'error', listener: (error: Error) => void): this;
}

type MrfClass = new (srf: FsmrfSrf) => object;
type MediaServerClass = new (
  connection: EslConnection,
  mrf: object,
  listenAddress: string,
  listenPort: number,
  advertisedAddress: string | undefined,
  advertisedPort: number | undefined,
  profile: string,
) => FsmrfMediaServer;

interface EslParser {
  readonly socket: Socket;
  readonly buffer: Buffer;
  /** 0: headers are being read. */
  readonly bodyLen: number;
  _onData(data: Buffer): void;
}

interface Modesl {
  readonly Connection: new (host: string, port: number, secret: string, onReady: () => void) => EslConnection;
  readonly Parser: { readonly prototype: EslParser };
}

const MOST_BUFFERED = 16 * 1024 * 1024;
/** The parser reads unfinished headers from their start again with every packet. */
const MOST_HEADERS = 1024 * 1024;

const isClass = (value: unknown): value is new (...args: unknown[]) => unknown => typeof value === 'function';
const isMrf = (value: unknown): value is MrfClass => isClass(value);
const isMediaServer = (value: unknown): value is MediaServerClass => isClass(value);
const isModesl = (value: unknown): value is Modesl =>
  typeof value === 'object' &&
  value !== null &&
  isClass(Reflect.get(value, 'Connection')) &&
  isClass(Reflect.get(value, 'Parser'));

const require = createRequire(import.meta.url);

function load(): { readonly Mrf: MrfClass; readonly MediaServer: MediaServerClass; readonly modesl: Modesl } {
  const Mrf: unknown = require('drachtio-fsmrf');
  const MediaServer: unknown = require('drachtio-fsmrf/lib/mediaserver.js');
  const modesl: unknown = createRequire(require.resolve('drachtio-fsmrf'))('drachtio-modesl');
  if (!isMrf(Mrf) || !isMediaServer(MediaServer) || !isModesl(modesl))
    throw new IvrError('INTERNAL', 'drachtio-fsmrf exports no classes');
  containParser(modesl.Parser.prototype);
  return { Mrf, MediaServer, modesl };
}

/**
 * The parser takes any length, and what it cannot decode it throws from a socket's event, which would end the process:
 * such a connection is closed instead. Whoever reaches the listening port can send it what they like.
 */
function containParser(prototype: EslParser): void {
  const take: unknown = Reflect.get(prototype, '_onData');
  prototype._onData = function contained(this: EslParser, data: Buffer): void {
    try {
      if (this.buffer.length + data.length > (this.bodyLen > 0 ? MOST_BUFFERED : MOST_HEADERS))
        throw new RangeError('an event that has no end');
      if (typeof take === 'function') Reflect.apply(take, this, [data]);
    } catch (thrown) {
      this.socket.destroy(thrown instanceof Error ? thrown : undefined);
    }
  };
}

const { Mrf, MediaServer, modesl } = load();

/** An event socket into FreeSWITCH, being connected; it never connects again by itself. */
export function newEventSocket(host: string, port: number, secret: string, onReady: () => void): EslConnection {
  const connection = new modesl.Connection(host, port, secret, onReady);
  connection.closing = true;
  sendAtOnce(connection);
  return connection;
}

/**
 * modesl writes a command line by line, each of which waits for the acknowledgement of the one before (Nagle's algorithm
 * and delayed ACKs): 44 ms for an `api`. One packet per command instead, sent at once.
 */
export function sendAtOnce(connection: EslConnection): void {
  const { socket } = connection;
  socket?.setNoDelay(true);
  const send = connection.send.bind(connection);
  connection.send = (command, args) => {
    socket?.cork();
    try {
      send(command, args);
    } finally {
      socket?.uncork();
    }
  };
}

export interface MediaServerPlace {
  readonly listen: { readonly host: string; readonly port: number; readonly advertise?: string | undefined };
  readonly profile: string;
}

/** @param connection - ready, and `profile` seen in its `sofia status` */
export function newFsmrfMediaServer(
  connection: EslConnection,
  srf: FsmrfSrf,
  { listen, profile }: MediaServerPlace,
): FsmrfMediaServer {
  return new MediaServer(connection, new Mrf(srf), listen.host, listen.port, listen.advertise, undefined, profile);
}
