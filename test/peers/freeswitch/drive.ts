import { once } from 'node:events';
import { createRequire } from 'node:module';
import { type AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { silentLogger } from '../../../src/lib/logger.ts';
import { type EmbeddedSignalling, openEmbeddedSignalling } from '../../../src/sip-server/embedded-signalling.ts';
import { RtpPeer } from '../../media/rtp-peer.ts';
import { type FreeswitchPeer, type FreeswitchPeerOptions, openFreeswitchPeer } from './peer.ts';

/* The real drachtio-srf and drachtio-fsmrf on our embedded signalling, against the peer: what the spike did. */

const load = createRequire(import.meta.url);

export interface FsmrfEvent {
  getHeader(name: string): string | null;
  getBody(): string;
}

export interface FsmrfEndpoint {
  readonly uuid: string;
  readonly connected: boolean;
  readonly local: { readonly sdp: string };
  readonly conn: { on(event: string, listener: (event: FsmrfEvent) => void): void } | null;
  on(event: string, listener: (argument: Record<string, string>) => void): void;
  once(event: string, listener: (argument: Record<string, string>) => void): void;
  addCustomEventListener(event: string, listener: (argument: unknown) => void): void;
  set(values: Record<string, string>): Promise<void>;
  execute(app: string, arg: string): Promise<FsmrfEvent>;
  play(file: string): Promise<Record<string, string>>;
  api(command: string, args?: string | readonly string[]): Promise<FsmrfEvent>;
  modify(sdp: string): Promise<unknown>;
  bridge(other: FsmrfEndpoint): Promise<void>;
  unbridge(): Promise<void>;
  forkAudioStart(options: Record<string, unknown>): Promise<void>;
  forkAudioStop(bugname: string, metadata?: unknown): Promise<void>;
  forkAudioSendText(bugname: string, text: unknown): Promise<void>;
  destroy(): Promise<void>;
}

export interface FsmrfServer {
  on(event: string, listener: (argument: unknown) => void): void;
  once(event: string, listener: (argument: unknown) => void): void;
  connected(): boolean;
  api(command: string): Promise<string>;
  createEndpoint(options?: {
    readonly remoteSdp?: string;
    readonly headers?: Readonly<Record<string, string>>;
  }): Promise<FsmrfEndpoint>;
  disconnect(): void;
}

interface SrfLike {
  connect(options: object): void;
  once(event: string, listener: () => void): void;
  on(event: string, listener: () => void): void;
  disconnect(): void;
}

/** One connection of a fork, as the application sees it. */
export interface HeardFork {
  readonly url: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly texts: string[];
  readonly sizes: number[];
  readonly audio: Buffer[];
  readonly socket: WebSocket;
  closed: number | undefined;
}

export interface Stage extends AsyncDisposable {
  readonly peer: FreeswitchPeer;
  readonly embedded: EmbeddedSignalling;
  readonly media: FsmrfServer;
  readonly forkUrl: string;
  readonly forks: HeardFork[];
  phone(): Promise<RtpPeer>;
}

/** Waits until it holds. */
export async function eventually(satisfied: () => boolean, what: string, limitMs = 10_000): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!satisfied()) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export async function openStage(options: FreeswitchPeerOptions = {}): Promise<Stage> {
  const Srf = load('drachtio-srf') as new () => SrfLike;
  const Mrf = load('drachtio-fsmrf') as new (srf: SrfLike) => { connect(options: object): Promise<FsmrfServer> };
  const peer = await openFreeswitchPeer(options);
  const embedded = await openEmbeddedSignalling({ host: '127.0.0.1', port: 0, tcp: false }, silentLogger);
  const srf = new Srf();
  srf.on('error', () => undefined);
  const connected = new Promise<void>((resolve) => srf.once('connect', resolve));
  srf.connect(embedded.control);
  await connected;
  const { host, port, secret } = peer.eventSocket;
  const media = await new Mrf(srf).connect({ address: host, port, secret, listenAddress: '127.0.0.1' });
  const forks: HeardFork[] = [];
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    handleProtocols: (offered) => [...offered][0] ?? false,
  });
  await once(server, 'listening');
  server.on('connection', (socket, request) => {
    const heard: HeardFork = {
      url: request.url ?? '',
      headers: request.headers,
      texts: [],
      sizes: [],
      audio: [],
      socket,
      closed: undefined,
    };
    forks.push(heard);
    socket.on('message', (data, binary) => {
      const bytes = data as Buffer;
      if (!binary) heard.texts.push(bytes.toString());
      else {
        heard.sizes.push(bytes.length);
        heard.audio.push(bytes);
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', (code) => {
      heard.closed = code;
    });
  });
  const phones: RtpPeer[] = [];
  return {
    peer,
    embedded,
    media,
    forkUrl: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/fork?call=1`,
    forks,
    async phone() {
      const phone = await RtpPeer.open();
      phones.push(phone);
      return phone;
    },
    async [Symbol.asyncDispose]() {
      media.disconnect();
      for (const { socket } of forks) socket.terminate();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      for (const phone of phones) await phone[Symbol.asyncDispose]();
      srf.disconnect();
      await embedded.close();
      await peer[Symbol.asyncDispose]();
    },
  };
}
