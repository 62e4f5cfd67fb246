import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { Audio, type PeerConnection, type Track } from 'node-datachannel';
import { ms } from '../../domain/units.ts';
import { within } from '../../lib/deadline.ts';
import { isRtcp } from '../../rtp/packet.ts';

export interface RelayUser {
  readonly newPeer: () => PeerConnection;
  /** Audio can flow to the browser, and from it. */
  readonly onConnected: () => void;
  /** The last connection has come to its end. */
  readonly onEnded: () => void;
}

export interface Relay {
  /** Where the leg sends its RTP and RTCP. */
  readonly port: number;
  /** A new connection to the browser: from its offer, or with ours. @returns our description, all candidates in it */
  connect(offer: string | undefined): Promise<string>;
  /** The browser's answer to our offer. */
  answer(sdp: string): void;
  close(): Promise<void>;
}

/** Addresses of ICE servers may take a moment; those of this machine are there at once. */
const GATHERING = ms(1_000);
const OVER: ReadonlySet<string> = new Set(['failed', 'closed']);

/** A connection to the browser; another one takes its place when the browser restarts ICE. */
interface Connection {
  readonly peer: PeerConnection;
  track: Track | undefined;
  open: boolean;
}

/**
 * Between a browser and a leg's RTP port: SRTP on one side, plain packets on the other, one UDP port here for RTP and RTCP.
 *
 * @param media - the leg's RTP port; RTCP is on the next one
 */
export async function openRelay(
  media: { readonly host: string; readonly port: number },
  user: RelayUser,
): Promise<Relay> {
  const socket = createSocket(isIPv6(media.host) ? 'udp6' : 'udp4');
  socket.bind(0, media.host);
  await once(socket, 'listening');
  return new LegRelay(socket, media, user);
}

class LegRelay implements Relay {
  readonly port: number;
  readonly #socket: Socket;
  readonly #media: { readonly host: string; readonly port: number };
  readonly #user: RelayUser;
  /** The newest, and the one before until the newest is open. */
  #current: Connection | undefined;
  #former: Connection | undefined;
  #closed = false;

  constructor(socket: Socket, media: { readonly host: string; readonly port: number }, user: RelayUser) {
    this.#socket = socket;
    this.#media = media;
    this.#user = user;
    this.port = socket.address().port;
    socket.on('error', () => undefined); // the leg's port is closed: it ends soon
    socket.on('message', (packet, { address, port }) => {
      const ours = address === media.host && (port === media.port || port === media.port + 1);
      if (ours) this.#toBrowser(packet);
    });
  }

  async connect(offer: string | undefined): Promise<string> {
    const peer = this.#user.newPeer();
    const connection: Connection = { peer, track: undefined, open: false };
    if (this.#current?.open === true) this.#former = this.#current;
    else this.#current?.peer.close();
    this.#current = connection;
    peer.onStateChange((state) => {
      if (OVER.has(state) && this.#current === connection && !this.#closed) this.#user.onEnded();
    });
    const gathered = new Promise<void>((resolve) => {
      peer.onGatheringStateChange((state) => {
        if (state === 'complete') resolve();
      });
    });
    if (offer === undefined) {
      const audio = new Audio('audio', 'SendRecv');
      audio.addAudioCodec(0, 'PCMU/8000');
      this.#use(connection, peer.addTrack(audio));
      peer.setLocalDescription('offer');
    } else {
      peer.onTrack((track) => this.#use(connection, track));
      peer.setRemoteDescription(offer, 'offer');
      peer.setLocalDescription('answer');
    }
    await within(gathered, GATHERING, 'gathering candidates').catch(() => undefined); // what there is by then is told
    const description = peer.localDescription();
    if (description === null) throw new Error('there is no description of this side');
    return description.sdp;
  }

  answer(sdp: string): void {
    this.#current?.peer.setRemoteDescription(sdp, 'answer');
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#current?.peer.close();
    this.#former?.peer.close();
    const closed = once(this.#socket, 'close');
    this.#socket.close();
    await closed;
  }

  #use(connection: Connection, track: Track): void {
    connection.track = track;
    track.onOpen(() => {
      connection.open = true;
      if (this.#current !== connection || this.#closed) return;
      this.#former?.peer.close();
      this.#former = undefined;
      this.#user.onConnected();
    });
    track.onMessage((packet) => this.#toLeg(packet));
  }

  #toBrowser(packet: Buffer): void {
    const connection = this.#current?.open === true ? this.#current : this.#former;
    try {
      if (connection?.track?.isOpen() === true) connection.track.sendMessageBinary(packet);
    } catch {
      // it was closed meanwhile
    }
  }

  #toLeg(packet: Buffer): void {
    if (this.#closed) return;
    const { host, port } = this.#media;
    this.#socket.send(packet, isRtcp(packet, packet.length) ? port + 1 : port, host);
  }
}
