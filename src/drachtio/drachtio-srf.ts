import { type Server, Socket } from 'node:net';
import Srf from 'drachtio-srf';
import { asError, IvrError } from '../domain/error.ts';
import { containWire } from './contain-wire.ts';

/*
 * As much of drachtio-srf 5 as we use, with its types as they really are. Its own declarations miss the callback
 * forms, the reasons of 'destroy' and the connection's events.
 */

export interface SrfRequest {
  readonly method: string;
  /** '' or undefined without one. */
  readonly body?: string;
  /** 'application' for a BYE that the server sent for its own reasons. */
  readonly source: string;
  readonly source_address: string;
  /** 'udp', 'tcp', 'tls', 'ws' or 'wss'. */
  readonly protocol?: string;
  readonly uri: string;
  /** The server's name for its transaction. */
  readonly stackTxnId: string;
  get(name: string): string | undefined;
  on(event: 'cancel', listener: () => void): this;
  /** Only of a request that we sent; `acknowledge` sends the ACK of a final response to INVITE. */
  on(event: 'response', listener: (res: SrfResponse, acknowledge: () => void) => void): this;
  /** Only of a request that we sent. */
  cancel(done?: (error: unknown) => void): void;
}

export interface SrfResponse {
  readonly status: number;
  readonly body?: string;
  readonly finalResponseSent: boolean;
  get(name: string): string | undefined;
  /** Throws for a status that has no registered reason. */
  send(status: number, options?: SrfSendOptions, done?: (error: unknown) => void): void;
}

export interface SrfSendOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A final response, unless there has been one. */
export const replyOnce = (res: SrfResponse, status: number, options: SrfSendOptions = {}): void => {
  if (!res.finalResponseSent) res.send(status, options);
};

/** A request within a dialog; its URI, tags and number are the server's to know. */
interface SrfInsideRequest {
  readonly method: string;
  readonly stackDialogId: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly _socket: Socket;
}

/** What sends requests below the dialogs of srf. */
export interface SrfAgent {
  request(
    request: {
      readonly method: string;
      readonly headers: Record<string, string>;
      readonly stackDialogId?: string;
      readonly stackTxnId?: string;
      readonly uri?: string;
    },
    done: (error: unknown, sent?: SrfRequest) => void,
  ): void;
}

/** How a message came. */
interface SrfPassage {
  readonly source_address?: string;
  /** As that of a request. */
  readonly protocol?: string;
}

export interface SrfDialog {
  /** The server's name for it: `<Call-ID>;from-tag=<the caller's tag>`. */
  readonly id: string;
  /** 'uac': the call is ours, and so is the Call-ID. */
  readonly type: 'uac' | 'uas';
  readonly socket: Socket;
  readonly agent: {
    request(request: SrfInsideRequest, done: (error: unknown, sent?: SrfRequest) => void): void;
  };
  /** What looks dialogs up for requests; it forgets those that end by BYE, not those that are lost. */
  readonly srf: { removeDialog(dialog: SrfDialog): void };
  readonly sip: { readonly callId: string; readonly localTag?: string; readonly remoteTag?: string };
  /** The INVITE, and what answered it. */
  readonly req?: SrfPassage;
  readonly res?: SrfPassage;
  readonly local: { sdp: string; readonly contact?: string };
  readonly remote: { readonly sdp: string };
  /** Rejects when called twice, and when the server no longer knows the dialog. */
  destroy(options: { readonly headers: Record<string, string> }): Promise<unknown>;
  on(event: 'destroy', listener: (bye: SrfRequest, reason?: string) => void): this;
  on(
    event: 'modify' | 'info' | 'refer' | 'notify' | 'update' | 'message' | 'subscribe',
    listener: (req: SrfRequest, res: SrfResponse) => void,
  ): this;
  on(event: 'ack', listener: (ack: SrfRequest) => void): this;
}

/** The server does not know the dialog any more. */
export const isUnknownDialog = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENODIALOG';

type DialogCallback = (error: unknown, dialog?: SrfDialog) => void;

type SrfHandler = (req: SrfRequest, res: SrfResponse) => void;

export interface SrfApplication {
  connect(options: {
    readonly host: string;
    readonly port: number;
    readonly secret: string;
    readonly reconnect?: { readonly retryMaxDelay?: number };
  }): unknown;
  /** For connections that the server opens to us: `server` is asked for them, its port is not. */
  listen(options: { readonly server: Server; readonly secret: string }): unknown;
  /** Throws while there is no connection. */
  disconnect(): void;
  invite(handler: SrfHandler): void;
  options(handler: SrfHandler): void;
  register(handler: SrfHandler): void;
  subscribe(handler: SrfHandler): void;
  publish(handler: SrfHandler): void;
  message(handler: SrfHandler): void;
  refer(handler: SrfHandler): void;
  notify(handler: SrfHandler): void;
  info(handler: SrfHandler): void;
  update(handler: SrfHandler): void;
  on(event: 'connect', listener: (error: Error | null, hostports?: string) => void): this;
  on(event: 'error', listener: (error: Error) => void): this;
  on(event: 'close' | 'reconnecting', listener: () => void): this;
  createUAS(
    req: SrfRequest,
    res: SrfResponse,
    options: { readonly localSdp: string; readonly headers: Record<string, string> },
    done: DialogCallback,
  ): unknown;
  createUAC(
    uri: string,
    options: { readonly localSdp: string; readonly headers: Record<string, string> },
    progress: {
      readonly cbRequest: (error: unknown, sent?: SrfRequest) => void;
      readonly cbProvisional: (provisional: SrfResponse) => void;
    },
    done: DialogCallback,
  ): unknown;
}

containWire();

type SrfClass = new (tags?: readonly string[]) => SrfApplication;

const isApplicationClass = (value: unknown): value is SrfClass => typeof value === 'function';

/** @param tags - what the server may route calls to us by */
export function newSrf(tags: readonly string[] = []): SrfApplication {
  const exported: unknown = Srf;
  if (!isApplicationClass(exported)) throw new IvrError('INTERNAL', 'drachtio-srf exports no class');
  return tags.length === 0 ? new exported() : new exported([...tags]);
}

/** The status of a final response that srf turned into an error, if it is one. */
export const statusOf = (error: unknown): number | undefined =>
  error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : undefined;

interface Wire {
  closing: boolean;
  /** Only of a connection that we opened. */
  readonly reconnectVars?: { retryTimer: NodeJS.Timeout | null };
  readonly socket?: Socket;
  send(socket: Socket, message: string): string;
  emit(event: string, ...args: unknown[]): boolean;
}

const isWire = (value: unknown): value is Wire =>
  typeof value === 'object' &&
  value !== null &&
  'installListeners' in value &&
  typeof value.installListeners === 'function';

const isAgent = (value: unknown): value is SrfAgent =>
  typeof value === 'object' && value !== null && 'request' in value && typeof value.request === 'function';

const inside = (value: unknown, key: string): unknown =>
  (typeof value === 'object' || typeof value === 'function') && value !== null ? Reflect.get(value, key) : undefined;

const wireOf = (srf: SrfApplication): Wire | undefined => {
  const wire = inside(inside(inside(srf, 'app'), 'client'), 'wp');
  return isWire(wire) ? wire : undefined;
};

export function srfAgent(srf: SrfApplication): SrfAgent {
  const agent = inside(inside(srf, 'app'), 'client');
  if (!isAgent(agent)) throw new IvrError('INTERNAL', 'drachtio-srf has no agent before it is connected');
  return agent;
}

/** The connection that is up, if one is. */
export function srfSocket(srf: SrfApplication): Socket | undefined {
  const servers = inside(srfAgent(srf), 'mapServer');
  const first: unknown = servers instanceof Map ? servers.keys().next().value : undefined;
  return first instanceof Socket ? first : undefined;
}

/** Something that the server answers, so that silence means something. */
export function pingServer(srf: SrfApplication): void {
  const socket = srfSocket(srf);
  if (socket !== undefined && !socket.destroyed) wireOf(srf)?.send(socket, 'ping');
}

/**
 * Keeps what a message makes srf throw from ending the process: its parser throws for some headers, its agent for
 * message types that it does not know. To be called when srf has been told to connect.
 */
export function guardMessages(srf: SrfApplication, onThrown: (error: Error) => void): void {
  const wire = wireOf(srf);
  if (wire === undefined) return;
  const emit = wire.emit.bind(wire);
  wire.emit = (event, ...args) => {
    if (event !== 'msg') return emit(event, ...args);
    try {
      return emit(event, ...args);
    } catch (thrown) {
      onThrown(withoutWords(asError(thrown)));
      return true;
    }
  };
}

/** A control connection, of a drachtio-server or of the embedded SIP server. */
export interface ControlAddress {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
}

/** A server that is back is found within about a second. */
const RETRY_MAX_DELAY = 1_000;

/**
 * Connects, and connects again whenever the connection is lost.
 *
 * @param onDropped - a message of the server could not be used
 */
export function connectSrf(
  srf: SrfApplication,
  { host, port, secret }: ControlAddress,
  onDropped: (error: Error) => void,
): void {
  srf.connect({ host, port, secret, reconnect: { retryMaxDelay: RETRY_MAX_DELAY } });
  guardMessages(srf, onDropped);
}

/** Where it came from, and not what it says: srf quotes the message, numbers and keys included. */
function withoutWords(error: Error): IvrError {
  const where = /^\s+at (.*)$/m.exec(error.stack ?? '')?.[1] ?? '';
  return new IvrError('CONTROL_PROTOCOL', 'srf could not use it', { error: error.name, where });
}

/**
 * Ends the connection for good. `disconnect` alone throws between two attempts to reconnect and lets them go on for
 * ever; so the attempts are stopped where srf keeps them.
 */
export function closeSrf(srf: SrfApplication): void {
  const wire = wireOf(srf);
  if (wire !== undefined) {
    wire.closing = true;
    const timer = wire.reconnectVars?.retryTimer ?? undefined;
    clearTimeout(timer);
  }
  try {
    srf.disconnect();
  } catch {
    wire?.socket?.destroy();
  }
}
