import { readFile } from 'node:fs/promises';
import { newContactId, newLegId, type RecordingId, turnId } from '../../src/domain/ids.ts';
import type { RecordingOrigin } from '../../src/domain/recording-origin.ts';
import { type Logger, silentLogger } from '../../src/lib/logger.ts';
import {
  type EmbeddedMediaOptions,
  type EmbeddedMediaServer,
  openEmbeddedMediaServer,
} from '../../src/media/embedded/embedded-media-server.ts';
import type { Endpoint, EndpointEvent, EndpointOptions, TrackName } from '../../src/media/media-server.ts';
import { originAgo } from '../support/recording-origin.ts';
import { FakeRecorder, FakeSpeech } from './lines.ts';
import { RtpPeer } from './rtp-peer.ts';

export const contact = newContactId(Date.now());
export const turn = turnId(contact, 1);
export const never = new AbortController().signal;

type OfType<T extends EndpointEvent['type']> = Extract<EndpointEvent, { readonly type: T }>;

/** An endpoint, its events so far, and a way to wait for one. */
export class Line {
  readonly endpoint: Endpoint;
  readonly peer: RtpPeer;
  readonly events: EndpointEvent[] = [];
  readonly recording: RecordingId | undefined;
  readonly #waiting = new Set<() => void>();

  constructor(endpoint: Endpoint, peer: RtpPeer, recording: RecordingId | undefined) {
    this.endpoint = endpoint;
    this.peer = peer;
    this.recording = recording;
    endpoint.onEvent((event) => {
      this.events.push(event);
      for (const wake of this.#waiting) wake();
    });
  }

  all<T extends EndpointEvent['type']>(type: T): OfType<T>[] {
    return this.events.filter((event): event is OfType<T> => event.type === type);
  }

  async event<T extends EndpointEvent['type']>(
    type: T,
    matches: (event: OfType<T>) => boolean = () => true,
    limit = 8_000,
  ): Promise<OfType<T>> {
    const find = (): OfType<T> | undefined => this.all(type).find(matches);
    const found = find();
    if (found !== undefined) return found;
    return new Promise((resolve, reject) => {
      const wake = (): void => {
        const event = find();
        if (event === undefined) return;
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve(event);
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(wake);
        reject(new Error(`waited in vain for ${type}; saw ${this.events.map((event) => event.type).join(' ')}`));
      }, limit);
      this.#waiting.add(wake);
    });
  }
}

/** A media server with its two lines, and telephones on UDP ports. */
export class Studio implements AsyncDisposable {
  readonly server: EmbeddedMediaServer;
  readonly speech = new FakeSpeech();
  readonly recorder = new FakeRecorder();
  readonly #peers: RtpPeer[] = [];

  private constructor(server: EmbeddedMediaServer) {
    this.server = server;
    server.connect({ to: 'speech', open: this.speech.open });
    server.connect({ to: 'recorder', open: this.recorder.open });
  }

  static async open(options: Partial<EmbeddedMediaOptions> = {}, logger: Logger = silentLogger): Promise<Studio> {
    const server = await openEmbeddedMediaServer(
      {
        hosts: ['127.0.0.1'],
        portRange: { min: 0, max: 0 },
        workers: 1,
        rtpTimeoutMs: 30_000,
        codecs: ['PCMU', 'PCMA'],
        voiceActivity: 'off',
        inbandDtmf: true,
        ...options,
      },
      logger,
    );
    return new Studio(server);
  }

  async peer(codec?: 'PCMU' | 'PCMA'): Promise<RtpPeer> {
    const peer = await RtpPeer.open(codec);
    this.#peers.push(peer);
    return peer;
  }

  /** How many telephones there are. */
  get peers(): number {
    return this.#peers.length;
  }

  /** A leg with a telephone at its far end. */
  async line(
    options: {
      readonly track?: TrackName;
      readonly origin?: RecordingOrigin;
      readonly near?: Line;
      readonly listen?: boolean;
      readonly codec?: 'PCMU' | 'PCMA';
      readonly sdp?: Parameters<RtpPeer['sdp']>[0];
      readonly signalling?: string;
    } = {},
  ): Promise<Line> {
    const peer = await this.peer(options.codec);
    const origin = options.origin ?? originAgo();
    const recording = options.track === undefined ? undefined : origin.recording;
    const full: EndpointOptions = {
      leg: newLegId(Date.now()),
      contact,
      remoteSdp: peer.sdp(options.sdp),
      listen: options.listen ?? false,
      ...(options.signalling === undefined ? {} : { signalling: options.signalling }),
      ...(options.near === undefined ? {} : { near: options.near.endpoint }),
      ...(options.track === undefined ? {} : { record: { ...origin, track: options.track } }),
    };
    const endpoint = await this.server.createEndpoint(full, never);
    peer.aim(endpoint.localSdp);
    return new Line(endpoint, peer, recording);
  }

  /** Resolves when what telephones have sent so far has been taken in: their packets have left, and the workers have read them. */
  async settled(): Promise<void> {
    await Promise.all(this.#peers.map((peer) => peer.left()));
    await emptied(this.#peers.flatMap(({ target }) => (target === undefined ? [] : [target.port])));
    for (let i = 0; i < 3; i++) await this.server.statistics();
  }

  /** Resolves when that many playout ticks have passed: a leg of its own was sent that many packets. */
  async ticks(count: number): Promise<void> {
    const line = await this.line();
    await line.peer.until((packets) => packets.length >= count, `${count} ticks`);
    await this.leave(line);
  }

  /** Ends a recorded leg; resolves when its last chunk is here. */
  async hangUp(line: Line, tracks = 2): Promise<void> {
    await this.settled();
    const { closed } = this.recorder;
    const before = closed.length;
    await line.endpoint.close();
    await this.recorder.until(() => closed.length === before + tracks, 'the end of the tracks');
  }

  /** Both ends of a leg go: for studios that outlive a test. */
  async leave(line: Line): Promise<void> {
    await line.endpoint.close();
    this.#peers.splice(this.#peers.indexOf(line.peer), 1);
    await line.peer[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    for (const part of [...this.#peers, this.speech, this.recorder]) await part[Symbol.asyncDispose]();
  }
}

/** Resolves when nothing waits in the receive queues of these UDP ports; at once where the system does not tell. */
async function emptied(ports: readonly number[]): Promise<void> {
  for (const deadline = performance.now() + 10_000; performance.now() < deadline; ) {
    const table = await readFile('/proc/net/udp', 'latin1').catch(() => '');
    const waiting = table.split('\n').some((line) => {
      const [, local, , , queues] = line.trim().split(/\s+/);
      return ports.includes(Number.parseInt(local?.split(':')[1] ?? '', 16)) && !/:0+$/.test(queues ?? ':0');
    });
    if (!waiting) return;
  }
}
