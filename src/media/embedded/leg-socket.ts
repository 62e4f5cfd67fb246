import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { systemCode } from '../../domain/error.ts';
import type { Source } from '../../rtp/media-source.ts';

const RECEIVE_BUFFER = 256 * 1024;
/** When the system picks the port: how often we ask until it is even and its neighbour is free. */
const ATTEMPTS = 64;

export interface LegSocketHandlers {
  /** `bytes` is the datagram's own memory. */
  onRtp(bytes: Buffer, address: string, port: number): void;
  onRtcp(bytes: Buffer, address: string, port: number): void;
  /** ECONNREFUSED and the like: the far end's port is closed. Counted, never fatal. */
  onTrouble(code: string): void;
}

/** Addresses in SDP are numbers; a name is never looked up on this path. */
type Lookup = (
  host: string,
  options: unknown,
  callback: (error: null, address: string, family: number) => void,
) => void;
const noLookup: Lookup = (host, _options, callback) => callback(null, host, isIPv6(host) ? 6 : 4);

/** A leg's pair of UDP sockets. Unconnected until the far end is known for sure, then the kernel keeps others out. */
export class LegSocket {
  readonly port: number;
  readonly #rtp: Socket;
  readonly #rtcp: Socket;
  readonly #handlers: LegSocketHandlers;
  #connected: Source | undefined;
  #connecting = false;
  #closing: Promise<void> | undefined;

  constructor(rtp: Socket, rtcp: Socket, handlers: LegSocketHandlers) {
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    this.#handlers = handlers;
    this.port = rtp.address().port;
    rtp.on('message', (bytes: Buffer, { address, port }: RemoteInfo) => handlers.onRtp(bytes, address, port));
    rtcp.on('message', (bytes: Buffer, { address, port }: RemoteInfo) => handlers.onRtcp(bytes, address, port));
    for (const socket of [rtp, rtcp]) socket.on('error', (error) => handlers.onTrouble(systemCode(error) ?? 'UNKNOWN'));
  }

  /** Sends or drops; never waits. `packet` may be used again after a few more sends. */
  send(packet: Buffer, to: Source): void {
    if (this.#closing !== undefined || this.#connecting) return;
    if (this.#connected === undefined) this.#rtp.send(packet, to.port, to.address);
    else this.#rtp.send(packet);
  }

  sendRtcp(packet: Uint8Array, address: string, port: number): void {
    if (this.#closing === undefined && port > 0 && port < 65536) this.#rtcp.send(packet, port, address);
  }

  /** From now on the RTP socket talks with this source alone. */
  settle(source: Source): void {
    if (this.#closing !== undefined || this.#connecting || this.#connected !== undefined) return;
    this.#connecting = true;
    this.#rtp.connect(source.port, source.address, (error?: unknown) => {
      this.#connecting = false;
      if (error === undefined) this.#connected = source;
      else this.#handlers.onTrouble(systemCode(error) ?? 'UNKNOWN');
    });
  }

  /** The far end may have moved: any source is heard again. */
  unsettle(): void {
    if (this.#connected === undefined || this.#closing !== undefined) return;
    this.#connected = undefined;
    this.#rtp.disconnect();
  }

  close(): Promise<void> {
    return (this.#closing ??= Promise.all([closed(this.#rtp), closed(this.#rtcp)]).then(() => undefined));
  }
}

const closed = (socket: Socket): Promise<void> => new Promise((resolve) => socket.close(resolve));

/**
 * Binds RTP on `port` and RTCP on the next one.
 *
 * @param port - even, or 0: the system picks
 * @throws the system's error: EADDRINUSE when another program holds one of the two
 */
export async function openLegSocket(host: string, port: number, handlers: LegSocketHandlers): Promise<LegSocket> {
  for (let attempt = 1; ; attempt++) {
    const chosen = port === 0 ? await freePort(host) : port;
    const rtp = await bound(host, chosen).catch((error: unknown) =>
      port === 0 && attempt < ATTEMPTS ? undefined : Promise.reject(error),
    );
    if (rtp === undefined) continue;
    try {
      return new LegSocket(rtp, await bound(host, chosen + 1), handlers);
    } catch (error) {
      await closed(rtp);
      if (port !== 0 || attempt >= ATTEMPTS) throw error;
    }
  }
}

/** An even port that was free a moment ago. Bound by number afterwards: a port that the system gave is lost at `disconnect`. */
async function freePort(host: string): Promise<number> {
  for (;;) {
    const probe = await bound(host, 0);
    const { port } = probe.address();
    await closed(probe);
    if (port % 2 === 0 && port < 65_535) return port;
  }
}

function bound(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', lookup: noLookup });
    const onError = (error: Error): void => {
      socket.close();
      reject(error);
    };
    socket.once('error', onError);
    socket.bind({ port, address: host, exclusive: true }, () => {
      socket.off('error', onError);
      try {
        socket.setRecvBufferSize(RECEIVE_BUFFER);
        socket.setSendBufferSize(RECEIVE_BUFFER);
      } catch {
        // a limit of the system; the default does for a few calls
      }
      resolve(socket);
    });
  });
}
