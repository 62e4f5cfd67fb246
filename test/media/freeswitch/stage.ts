import { newLegId, type RecordingId } from '../../../src/domain/ids.ts';
import type { RecordingOrigin } from '../../../src/domain/recording-origin.ts';
import { type Logger, silentLogger } from '../../../src/lib/logger.ts';
import {
  type FreeswitchMediaOptions,
  type FreeswitchMediaServer,
  openFreeswitchMediaServer,
} from '../../../src/media/freeswitch/freeswitch-media-server.ts';
import type { EndpointOptions, TrackName } from '../../../src/media/media-server.ts';
import { type EmbeddedSignalling, openEmbeddedSignalling } from '../../../src/sip-server/embedded-signalling.ts';
import { type FreeswitchPeer, type FreeswitchPeerOptions, openFreeswitchPeer } from '../../peers/freeswitch/peer.ts';
import type { PeerLeg } from '../../peers/freeswitch/peer-view.ts';
import { originAgo } from '../../support/recording-origin.ts';
import { FakeRecorder, FakeSpeech } from '../lines.ts';
import { RtpPeer } from '../rtp-peer.ts';
import { contact, Line, never } from '../studio.ts';

export interface LineOptions {
  readonly track?: TrackName;
  readonly origin?: RecordingOrigin;
  readonly near?: Line;
  readonly listen?: boolean;
  readonly codec?: 'PCMU' | 'PCMA';
  readonly sdp?: Parameters<RtpPeer['sdp']>[0];
  readonly signal?: AbortSignal;
}

/** The adapter on FreeSWITCH peers, with our own SIP server in drachtio-server's place, and telephones. */
export class Stage implements AsyncDisposable {
  readonly speech = new FakeSpeech();
  readonly recorder = new FakeRecorder();
  readonly peers: readonly FreeswitchPeer[];
  readonly signalling: EmbeddedSignalling;
  readonly server: FreeswitchMediaServer;
  readonly #phones: RtpPeer[] = [];
  readonly #lines: Line[] = [];

  private constructor(peers: readonly FreeswitchPeer[], signalling: EmbeddedSignalling, server: FreeswitchMediaServer) {
    this.peers = peers;
    this.signalling = signalling;
    this.server = server;
    server.connect({ to: 'speech', open: this.speech.open });
    server.connect({ to: 'recorder', open: this.recorder.open });
  }

  /** @param peers - how many FreeSWITCH servers, or what they are like */
  static async open(
    options: Partial<FreeswitchMediaOptions> = {},
    peers: readonly FreeswitchPeerOptions[] = [{}],
    logger: Logger = silentLogger,
  ): Promise<Stage> {
    const opened = await Promise.all(peers.map(openFreeswitchPeer));
    const signalling = await openSignalling();
    try {
      return new Stage(opened, signalling, await openServer(opened, signalling, options, logger));
    } catch (thrown) {
      await signalling.close();
      for (const peer of opened) await peer[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  get peer(): FreeswitchPeer {
    const [first] = this.peers;
    if (first === undefined) throw new Error('no peer');
    return first;
  }

  async phone(codec?: 'PCMU' | 'PCMA'): Promise<RtpPeer> {
    const phone = await RtpPeer.open(codec);
    this.#phones.push(phone);
    return phone;
  }

  /** A leg whose far end has made the offer. */
  async line(options: LineOptions = {}): Promise<Line> {
    const phone = await this.phone(options.codec);
    const { request, recording } = requestOf(options);
    const endpoint = await this.server.createEndpoint(
      { ...request, remoteSdp: phone.sdp(options.sdp) },
      options.signal ?? never,
    );
    phone.aim(endpoint.localSdp);
    return this.#keep(new Line(endpoint, phone, recording));
  }

  /** A leg that makes the offer: its far end has not answered yet. */
  async offering(options: LineOptions = {}): Promise<Line> {
    const phone = await this.phone(options.codec);
    const { request, recording } = requestOf(options);
    const endpoint = await this.server.createEndpoint(request, options.signal ?? never);
    return this.#keep(new Line(endpoint, phone, recording));
  }

  /** Its far end answers. */
  async answer(line: Line): Promise<void> {
    line.peer.aim(await line.endpoint.modify(line.peer.sdp()));
  }

  /** The channel of a line at its FreeSWITCH. */
  leg(line: Line): PeerLeg {
    const port = /^m=audio (\d+)/m.exec(line.endpoint.localSdp)?.[1];
    const leg = this.peers.flatMap(({ legs }) => legs).find(({ rtp }) => String(rtp.port) === port);
    if (leg === undefined) throw new Error('no channel has this port');
    return leg;
  }

  /** All lines are closed and their telephones gone: for a stage that outlives a test. */
  async clear(): Promise<void> {
    await Promise.all(this.#lines.splice(0).map(({ endpoint }) => endpoint.close()));
    for (const phone of this.#phones.splice(0)) await phone[Symbol.asyncDispose]();
  }

  #keep(line: Line): Line {
    this.#lines.push(line);
    return line;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await this.signalling.close();
    for (const part of [...this.#phones, this.speech, this.recorder]) await part[Symbol.asyncDispose]();
    for (const peer of this.peers) await peer[Symbol.asyncDispose]();
  }
}

function requestOf({ track, origin = originAgo(), near, listen = near === undefined }: LineOptions): {
  readonly request: EndpointOptions;
  readonly recording: RecordingId | undefined;
} {
  return {
    recording: track === undefined ? undefined : origin.recording,
    request: {
      leg: newLegId(Date.now()),
      contact,
      listen,
      ...(near === undefined ? {} : { near: near.endpoint }),
      ...(track === undefined ? {} : { record: { ...origin, track } }),
    },
  };
}

export const openSignalling = (): Promise<EmbeddedSignalling> =>
  openEmbeddedSignalling({ host: '127.0.0.1', port: 0, tcp: false }, silentLogger);

export const openServer = (
  peers: readonly Pick<FreeswitchPeer, 'eventSocket'>[],
  signalling: Pick<EmbeddedSignalling, 'control'>,
  options: Partial<FreeswitchMediaOptions> = {},
  logger: Logger = silentLogger,
): Promise<FreeswitchMediaServer> =>
  openFreeswitchMediaServer(
    {
      servers: peers.map(({ eventSocket }) => eventSocket),
      signalling: [signalling.control],
      listen: { host: '127.0.0.1', port: 0 },
      fork: { host: '127.0.0.1', ports: { min: 0, max: 0 }, user: 'tellerline', password: 'fork-password-1' },
      workers: 1,
      rtpTimeoutMs: 30_000,
      voiceActivity: 'off',
      inbandDtmf: false,
      codecs: ['PCMU', 'PCMA'],
      ...options,
    },
    logger,
  );

/** How many of an application's commands say this. */
export const saying = (commands: FreeswitchPeer['commands'], what: string): number =>
  commands.filter(({ command }) => command.includes(what)).length;

/** For what shows only in statistics. */
export async function eventually(holds: () => Promise<boolean>, what: string, limitMs = 12_000): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
