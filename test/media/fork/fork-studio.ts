import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { RecordingOrigin } from '../../../src/domain/recording-origin.ts';
import { entryPoint } from '../../../src/lib/entry.ts';
import type {
  EndpointKey,
  GivenOptions,
  MediaWorkerStatistics,
  NegotiatedMedia,
} from '../../../src/media/engine/media-protocol.ts';
import { WorkerHost } from '../../../src/media/engine/worker-host.ts';
import { formatForkMetadata } from '../../../src/media/freeswitch/fork-metadata.ts';
import type { ForkWorkerOptions } from '../../../src/media/freeswitch/fork-worker.ts';
import type { TrackName } from '../../../src/media/media-server.ts';
import { originAgo } from '../../support/recording-origin.ts';
import { FakeRecorder, FakeSpeech } from '../lines.ts';
import { LIMIT } from './fork-media.ts';
import { media } from './fork-media.ts';
import { ForkPeer } from './fork-peer.ts';
import { ForkedLeg } from './forked-leg.ts';

/** A fork worker with its lines. */
export class ForkStudio implements AsyncDisposable {
  readonly speech = new FakeSpeech();
  readonly recorder = new FakeRecorder();
  readonly troubles: string[] = [];
  readonly host: WorkerHost;
  readonly #legs = new Map<EndpointKey, ForkedLeg>();
  readonly #sockets = new Set<WebSocket>();
  #keys = 0;

  private constructor(options: Partial<GivenOptions<ForkWorkerOptions>>) {
    const workerData: GivenOptions<ForkWorkerOptions> = {
      rtpTimeoutMs: 30_000,
      voiceActivity: 'off',
      inbandDtmf: true,
      host: '127.0.0.1',
      ports: { min: 0, max: 0 },
      user: '',
      password: '',
      ...options,
    };
    this.host = new WorkerHost(
      entryPoint(new URL('../../../src/media/freeswitch/fork-endpoint.ts', import.meta.url).href, './fork-worker.js'),
      workerData,
      (notice) => {
        if (notice.type === 'trouble') this.troubles.push(`${notice.code} ${notice.where}`);
        else if (notice.type !== 'ready') this.#legs.get(notice.endpoint)?.take(notice);
      },
      (cause) => this.troubles.push(`died: ${cause.message}`),
    );
    this.host.connect('speech', this.speech.open());
    this.host.connect('recorder', this.recorder.open());
  }

  static async open(options: Partial<GivenOptions<ForkWorkerOptions>> = {}): Promise<ForkStudio> {
    const studio = new ForkStudio(options);
    try {
      await studio.host.ready();
    } catch (thrown) {
      await studio[Symbol.asyncDispose]();
      throw thrown;
    }
    return studio;
  }

  async leg(
    options: {
      readonly track?: TrackName;
      readonly origin?: RecordingOrigin;
      readonly listen?: boolean;
      readonly media?: Partial<NegotiatedMedia>;
    } = {},
  ): Promise<ForkedLeg> {
    const endpoint = ++this.#keys as EndpointKey;
    const { track, origin = originAgo(), listen = false } = options;
    const record = track === undefined ? undefined : { ...origin, track };
    const reply = await this.host.ask(
      (request) => ({ type: 'open', endpoint, request, record, listen, audio: { from: 'fork' } }),
      'opening a leg',
    );
    if (reply.type !== 'opened') throw new Error(`the leg was ${reply.type}`);
    const leg = new ForkedLeg(this.host, endpoint, reply.port, track === undefined ? undefined : origin.recording);
    this.#legs.set(endpoint, leg);
    leg.tell({ type: 'negotiated', media: media(options.media) });
    return leg;
  }

  /** A WebSocket as FreeSWITCH opens it; resolves when it is open, rejects with the status that refused it. */
  async socket(
    leg: ForkedLeg,
    path: string,
    options: { readonly protocol?: string | undefined; readonly headers?: Record<string, string> } = {},
  ): Promise<WebSocket> {
    const { protocol = 'audio.drachtio.org', headers = {} } = options;
    const protocols = protocol === '' ? [] : [protocol];
    const socket = new WebSocket(`ws://127.0.0.1:${leg.port}${path}`, protocols, { headers, perMessageDeflate: false });
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
      socket.once('unexpected-response', (_request, response) => {
        response.resume();
        socket.terminate();
        reject(new Error(`refused with ${response.statusCode}`));
      });
    });
    return socket;
  }

  /** The whole way: a token, a connection, its metadata, the notice. */
  async fork(leg: ForkedLeg): Promise<ForkPeer> {
    const notices = leg.states.length;
    const peer = new ForkPeer(await this.socket(leg, `/fork/${leg.expect()}`));
    peer.socket.send(formatForkMetadata(leg.key));
    await leg.state(notices + 1);
    return peer;
  }

  async statistics(): Promise<MediaWorkerStatistics> {
    const reply = await this.host.ask((request) => ({ type: 'statistics', request }), 'statistics');
    if (reply.type !== 'statistics') throw new Error(`no statistics but ${reply.type}`);
    return reply.statistics;
  }

  /** Resolves when the worker has taken in so many frames of all forks. */
  async heard(frames: number): Promise<void> {
    const deadline = performance.now() + LIMIT;
    while ((await this.statistics()).packetsReceived < frames)
      if (performance.now() > deadline) throw new Error(`waited in vain for frame ${frames}`);
  }

  /** Ends a recorded leg; resolves when its last chunk is here. */
  async hangUp(leg: ForkedLeg, tracks = 2): Promise<void> {
    const { closed } = this.recorder;
    const before = closed.length;
    await leg.close();
    await this.recorder.until(() => closed.length >= before + tracks, 'the end of the tracks');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host.stop();
    await Promise.all(
      [...this.#sockets].map(async (socket) => {
        const gone = once(socket, 'close');
        socket.terminate();
        await gone;
      }),
    );
    for (const part of [this.speech, this.recorder]) await part[Symbol.asyncDispose]();
  }
}
