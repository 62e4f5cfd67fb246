import type { Socket } from 'node:net';
import Srf from 'drachtio-srf';
import { IvrError } from '../domain/error.ts';

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

export interface SrfDialog {
  /** The server's name for it: `<Call-ID>;from-tag=<tag of who called>`. */
  readonly id: string;
  /** 'uac': the call is ours, and so is the Call-ID. */
  readonly type: 'uac' | 'uas';
  readonly socket: Socket;
  readonly agent: {
    request(request: SrfInsideRequest, done: (error: unknown, sent?: SrfRequest) => void): void;
  };
  readonly sip: { readonly callId: string };
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

type DialogCallback = (error: unknown, dialog?: SrfDialog) => void;

export interface SrfApplication {
  connect(options: {
    readonly host: string;
    readonly port: number;
    readonly secret: string;
    readonly reconnect?: { readonly retryMaxDelay?: number };
  }): unknown;
  /** Throws while there is no connection. */
  disconnect(): void;
  invite(handler: (req: SrfRequest, res: SrfResponse) => void): void;
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

const isApplicationClass = (value: unknown): value is new () => SrfApplication => typeof value === 'function';

export function newSrf(): SrfApplication {
  const exported: unknown = Srf;
  if (!isApplicationClass(exported)) throw new IvrError('INTERNAL', 'drachtio-srf exports no class');
  return new exported();
}

/** The status of a final response that srf turned into an error, if it is one. */
export const statusOf = (error: unknown): number | undefined =>
  error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : undefined;

interface Wire {
  closing: boolean;
  readonly reconnectVars: { retryTimer: NodeJS.Timeout | null };
  readonly socket?: Socket;
}

const isWire = (value: unknown): value is Wire =>
  typeof value === 'object' && value !== null && 'reconnectVars' in value && typeof value.reconnectVars === 'object';

const inside = (value: unknown, key: string): unknown =>
  (typeof value === 'object' || typeof value === 'function') && value !== null ? Reflect.get(value, key) : undefined;

/**
 * Ends the connection for good. `disconnect` alone throws between two attempts to reconnect and lets them go on for
 * ever; so the attempts are stopped where srf keeps them.
 */
export function closeSrf(srf: SrfApplication): void {
  const wire = inside(inside(inside(srf, 'app'), 'client'), 'wp');
  if (isWire(wire)) {
    wire.closing = true;
    if (wire.reconnectVars.retryTimer !== null) clearTimeout(wire.reconnectVars.retryTimer);
  }
  try {
    srf.disconnect();
  } catch {
    if (isWire(wire)) wire.socket?.destroy();
  }
}
