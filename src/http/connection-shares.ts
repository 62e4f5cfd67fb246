import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { type MonotonicMs, ms } from '../domain/units.ts';
import { type Networks, shareOf } from '../lib/networks.ts';

export interface ConnectionLimits {
  /** Connections at the same time. A connection is a descriptor, and calls need them too. */
  readonly most: number;
  /** How many of them strangers may have together: the rest is for the trusted, whatever strangers do. */
  readonly strangers: number;
  /** How many one stranger may have: an IPv4 address, or the /64 of an IPv6 address. */
  readonly perAddress: number;
  /** For whom none of these shares hold. */
  readonly trusted: Networks;
  /** Strangers who get none for now. */
  readonly banned: (share: string) => boolean;
}

export interface ConnectionShares {
  readonly counts: ConnectionCounts;
  /** Its far end has shown who it is: it is not closed to make room, although no request is under way. */
  readonly hold: (socket: Socket) => void;
}

export interface ConnectionCounts {
  open: number;
  /** Closed at once: the address or all strangers have their share, or the address is banned. */
  refused: number;
  /** Idle ones that were closed to make room. */
  yielded: number;
}

interface Held {
  readonly socket: Socket;
  readonly share: string;
  /** Requests without a response: a connection that has any is not closed to make room. */
  requests: number;
  idleSince: MonotonicMs;
}

/**
 * Shares out the connections of a web server, so that whoever opens many and says nothing keeps nobody out: an address has
 * its share, strangers together have theirs, and when that is used up the idle connection of the address that holds most
 * makes room for a new one.
 */
export function shareConnections(server: Server, limits: ConnectionLimits): ConnectionShares {
  /** By the far end: over TLS a request's socket is another one than the connection's. */
  const held = new Map<string, Held>();
  const byShare = new Map<string, number>();
  const counts: ConnectionCounts = { open: 0, refused: 0, yielded: 0 };
  server.maxConnections = limits.most;

  const of = (share: string): number => byShare.get(share) ?? 0;
  const release = (farEnd: string): void => {
    const one = held.get(farEnd);
    if (one === undefined || !held.delete(farEnd)) return;
    const left = of(one.share) - 1;
    if (left > 0) byShare.set(one.share, left);
    else byShare.delete(one.share);
  };
  const makeRoom = (): boolean => {
    let chosen: readonly [string, Held] | undefined;
    for (const entry of held) {
      const [, one] = entry;
      if (one.requests > 0) continue;
      const before = chosen?.[1];
      const more = before === undefined ? 1 : of(one.share) - of(before.share);
      if (before === undefined || more > 0 || (more === 0 && one.idleSince < before.idleSince)) chosen = entry;
    }
    if (chosen === undefined) return false;
    counts.yielded += 1;
    release(chosen[0]);
    chosen[1].socket.destroy();
    return true;
  };

  server.on('connection', (socket) => {
    counts.open += 1;
    socket.once('close', () => {
      counts.open -= 1;
    });
    const address = socket.remoteAddress ?? '';
    if (limits.trusted(address)) return;
    const share = shareOf(address);
    const taken =
      !limits.banned(share) && of(share) < limits.perAddress && (held.size < limits.strangers || makeRoom());
    if (!taken) {
      counts.refused += 1;
      socket.destroy();
      return;
    }
    const farEnd = farEndOf(socket);
    held.set(farEnd, { socket, share, requests: 0, idleSince: ms(performance.now()) });
    byShare.set(share, of(share) + 1);
    socket.once('close', () => release(farEnd));
  });
  server.on('drop', () => {
    counts.refused += 1;
  });
  server.on('request', ({ socket }, response) => {
    const one = held.get(farEndOf(socket));
    if (one === undefined) return;
    one.requests += 1;
    response.once('close', () => {
      one.requests -= 1;
      one.idleSince = ms(performance.now());
    });
  });
  return {
    counts,
    hold(socket) {
      const one = held.get(farEndOf(socket));
      if (one !== undefined) one.requests += 1;
    },
  };
}

const farEndOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
