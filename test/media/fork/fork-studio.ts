import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { newContactId, type RecordingId, turnId } from '../../../src/domain/ids.ts';
import type { RecordingOrigin } from '../../../src/domain/recording-origin.ts';
import { entryPoint } from '../../../src/lib/entry.ts';
import type {
  EndpointCommand,
  EndpointKey,
  MediaEvent,
  MediaWorkerStatistics,
  NegotiatedMedia,
} from '../../../src/media/engine/media-protocol.ts';
import { type Notice, WorkerHost } from '../../../src/media/engine/worker-host.ts';
import { formatForkMetadata } from '../../../src/media/freeswitch/fork-metadata.ts';
import type { ForkWorkerOptions } from '../../../src/media/freeswitch/fork-worker.ts';
import type { BargeIn, PlaybackId, TrackName } from '../../../src/media/media-server.ts';
import type { ClipId } from '../../../src/speech/speech-service.ts';
import { originAgo } from '../../support/recording-origin.ts';
import { FakeRecorder, FakeSpeech } from '../lines.ts';

const turn = turnId(newContactId(Date.now()), 1);
const LIMIT = 8_000;

export const media = (over: Partial<NegotiatedMedia> = {}): NegotiatedMedia => ({
  codec: 'PCMU',
  payloadType: 0,
  telephoneEvent: 101,
  eventTypes: [101],
  remote: undefined,
  send: true,
  receive: true,
  held: false,
  ...over,
});

/** Resolves when it is so; asked again whenever something has happened. */
class Bell {
  readonly #waiting = new Set<() => void>();

  ring(): void {
    for (const wake of this.#waiting) wake();
  }

  until<T>(find: () => T | undefined, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
      };
      const wake = (): void => {
        const found = find();
        if (found === undefined || found === false) return;
        end();
        resolve(found);
      };
      const timer = setTimeout(() => {
        end();
        reject(new Error(`waited in vain for ${what}`));
      }, LIMIT);
      this.#waiting.add(wake);
      wake();
    });
  }
}

type OfType<T extends MediaEvent['type']> = Extract<MediaEvent, { readonly type: T }>;
type WithoutKey<T> = T extends unknown ? Omit<T, 'endpoint'> : never;

/** A leg in the worker, as the main thread has it. */
export class ForkedLeg {
  readonly key: EndpointKey;
  readonly port: number;
  readonly recording: RecordingId | undefined;
  readonly events: MediaEvent[] = [];
  readonly states: string[] = [];
  closed = false;
  readonly #host: WorkerHost;
  readonly #bell = new Bell();
  #playbacks = 0;

  constructor(host: WorkerHost, key: EndpointKey, port: number, recording: RecordingId | undefined) {
    this.#host = host;
    this.key = key;
    this.port = port;
    this.recording = recording;
  }

  take(notice: Notice): void {
    if (notice.type === 'event') this.events.push(notice.event);
    else if (notice.type === 'fork') this.states.push(notice.state);
    else if (notice.type === 'closed') this.closed = true;
    this.#bell.ring();
  }

  tell(command: WithoutKey<EndpointCommand>): void {
    this.#host.post({ ...command, endpoint: this.key });
  }

  play(clips: readonly ClipId[], bargeIn: BargeIn = 'none', loop = false): PlaybackId {
    const playback = ++this.#playbacks as PlaybackId;
    this.tell({ type: 'play', playback, turn, clips, bargeIn, loop });
    return playback;
  }

  all<T extends MediaEvent['type']>(type: T): OfType<T>[] {
    return this.events.filter((event): event is OfType<T> => event.type === type);
  }

  event<T extends MediaEvent['type']>(
    type: T,
    matches: (event: OfType<T>) => boolean = () => true,
  ): Promise<OfType<T>> {
    return this.#bell.until(() => this.all(type).find(matches), type);
  }

  /** Resolves when so many notices of forks have come. */
  async state(count: number): Promise<string | undefined> {
    await this.#bell.until(() => this.states.length >= count, `fork notice ${count}`);
    return this.states[count - 1];
  }

  /** A token that one fork may come with. */
  expect(): string {
    const token = randomBytes(24).toString('base64url');
    this.tell({ type: 'expect-fork', token });
    return token;
  }

  async close(): Promise<void> {
    this.tell({ type: 'close' });
    await this.#bell.until(() => this.closed, 'the end of the leg');
  }
}

/** FreeSWITCH's end of a fork: sends frames in real time, keeps what it gets. */
export class ForkPeer {
  readonly socket: WebSocket;
  /** In order: texts as they came, audio as samples, both with the time of arrival. */
  readonly got: { readonly at: number; readonly text?: string; readonly audio?: Int16Array }[] = [];
  code: number | undefined;
  readonly #bell = new Bell();

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer, binary) => {
      const at = performance.now();
      if (binary) {
        const audio = new Int16Array(data.length / 2);
        for (let i = 0; i < audio.length; i++) audio[i] = data.readInt16LE(i * 2);
        this.got.push({ at, audio });
      } else this.got.push({ at, text: data.toString() });
      this.#bell.ring();
    });
    socket.on('close', (code) => {
      this.code = code;
      this.#bell.ring();
    });
    socket.on('error', () => undefined);
  }

  get audio(): number[] {
    return this.got.flatMap(({ audio }) => (audio === undefined ? [] : [...audio]));
  }

  get kills(): number {
    return this.got.filter(({ text }) => text === '{"type":"killAudio"}').length;
  }

  until(satisfied: () => boolean, what: string): Promise<boolean> {
    return this.#bell.until(() => satisfied() || undefined, what);
  }

  async closed(): Promise<number | undefined> {
    await this.until(() => this.code !== undefined, 'the end of the WebSocket');
    return this.code;
  }

  /** Sends both channels in frames of 20 ms, in real time. The shorter one is silent at its end. */
  async speak(left: Int16Array, right: Int16Array = new Int16Array(left.length)): Promise<void> {
    const from = performance.now();
    for (let at = 0, n = 1; at < left.length; at += 160, n++) {
      const wait = from + n * 20 - performance.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      if (this.socket.readyState !== WebSocket.OPEN) return;
      this.socket.send(stereo(left.subarray(at, at + 160), right.subarray(at, at + 160)));
    }
  }

  async hangUp(): Promise<void> {
    this.socket.close(1000);
    await this.closed();
  }
}

export function stereo(left: Int16Array, right: Int16Array = new Int16Array(left.length)): Buffer {
  const bytes = Buffer.alloc(left.length * 4);
  for (let i = 0; i < left.length; i++) {
    bytes.writeInt16LE(left[i] ?? 0, i * 4);
    bytes.writeInt16LE(right[i] ?? 0, i * 4 + 2);
  }
  return bytes;
}

/** A fork worker with its lines. */
export class ForkStudio implements AsyncDisposable {
  readonly speech = new FakeSpeech();
  readonly recorder = new FakeRecorder();
  readonly troubles: string[] = [];
  readonly host: WorkerHost;
  readonly #legs = new Map<EndpointKey, ForkedLeg>();
  readonly #sockets = new Set<WebSocket>();
  #keys = 0;

  private constructor(options: Partial<ForkWorkerOptions>) {
    const workerData: ForkWorkerOptions = {
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

  static async open(options: Partial<ForkWorkerOptions> = {}): Promise<ForkStudio> {
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
