import { asError } from '../../domain/error.ts';
import { type Milliseconds, seconds } from '../../domain/units.ts';
import { closeSrf, connectSrf, newSrf, pingServer, srfSocket } from '../../drachtio/drachtio-srf.ts';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { deferred } from '../../lib/deferred.ts';
import type { Logger } from '../../lib/logger.ts';
import { type CallsUser, type CallTimes, type SrfCalls, srfCalls } from './srf-calls.ts';
import { endOrphan, type Orphan } from './srf-orphan.ts';
import { answerOutside, type OutsideUser } from './srf-outside.ts';

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

export interface LinkOptions extends CallTimes, ServerAddress {
  readonly secret: string;
  readonly tags: readonly string[];
  readonly heartbeat: Milliseconds;
}

export interface OrphanCounts {
  /** Calls that the server may still have, of this run and of an earlier one. */
  readonly found: number;
  /** Of those: ended by us. */
  readonly ended: number;
  /** Of those: the server had nothing of them any more. */
  readonly unknown: number;
  /** Of those: could not be ended; the session timer or the far end does it. */
  readonly failed: number;
}

/** How one SIP server fares. */
export interface LinkStatus extends ServerAddress {
  readonly state: 'up' | 'down';
  /** Times that a connection came back. */
  readonly reconnects: number;
  /** Dialogs up. */
  readonly calls: number;
  /** Dialogs and INVITEs that ended with a connection. */
  readonly lost: number;
  readonly orphans: OrphanCounts;
  /** Messages of the server that could not be used. */
  readonly dropped: number;
  /** Why it is down, in words that hold nothing secret. */
  readonly problem?: string;
}

export type LinkUser = CallsUser &
  OutsideUser & {
    /** An orphan was dealt with: nothing is left of it. */
    onOrphanGone?(orphan: Orphan): void;
  };

/** One drachtio-server that we connect to, again and again while it is away. */
export interface DrachtioLink extends Pick<SrfCalls, 'dial' | 'statistics' | 'hangUp'> {
  readonly address: ServerAddress;
  /** Where the server takes SIP, as it says; '' before the first connection. */
  readonly hostports: string;
  /** The first outcome of connecting; rejected when the server refuses our secret. */
  readonly tried: Promise<void>;
  /** When it has come up for the first time. */
  readonly cameUp: Promise<void>;
  readonly up: boolean;
  /** It does not take our secret. */
  readonly refused: boolean;
  status(): LinkStatus;
  /** Ends them at once if the server is up, else when it is again. */
  endOrphans(orphans: readonly Orphan[]): void;
  close(): void;
}

/** Heartbeats without a byte from the server after which its connection is given up. */
const SILENT_BEATS = 2;
const ORPHAN_WITHIN = seconds(10);
const ORPHANS_AT_ONCE = 16;

export function openLink(options: LinkOptions, user: LinkUser, logger: Logger): DrachtioLink {
  const { host, port, secret } = options;
  const clock: Clock = options.clock ?? systemClock;
  const log = logger.child({ server: `${host}:${port}` });
  const srf = newSrf(options.tags);
  const calls = srfCalls(srf, options, { ...user, onOrphan: (orphan) => endOrphans([orphan]) }, log);
  answerOutside(srf, user);
  const tried = deferred<void>();
  tried.promise.catch(() => undefined);
  const cameUp = deferred<void>();
  const counts = { ups: 0, lost: 0, dropped: 0, found: 0, ended: 0, unknown: 0, failed: 0 };
  let up = false;
  let refused = false;
  let closed = false;
  let hostports = '';
  let problem: string | undefined = 'not connected yet';
  let stopHeartbeat: () => void = () => undefined;
  let orphans: Orphan[] = [];
  let sweeping = false;

  const fail = (why: string): void => {
    if (problem !== why && !closed) log.warn({ why }, 'SIP server down');
    problem = why;
  };

  const beat = (lastRead: number, silent: number): void => {
    stopHeartbeat = clock.after(options.heartbeat, () => {
      const socket = srfSocket(srf);
      if (!up || socket === undefined) return;
      const now = socket.bytesRead === lastRead ? silent + 1 : 0;
      if (now > SILENT_BEATS) {
        // the server's machine is gone without a word: 'close' follows
        fail('it does not answer');
        socket.destroy();
        return;
      }
      pingServer(srf);
      beat(socket.bytesRead, now);
    });
  };

  const endOne = async (orphan: Orphan): Promise<void> => {
    try {
      counts[await endOrphan(srf, orphan, ORPHAN_WITHIN)]++;
      user.onOrphanGone?.(orphan);
    } catch (thrown) {
      counts.failed++;
      log.warn({}, 'an orphaned call could not be ended', asError(thrown));
    }
  };
  const sweep = async (): Promise<void> => {
    if (sweeping) return;
    sweeping = true;
    for (;;) {
      const some = up ? orphans.splice(0, ORPHANS_AT_ONCE) : [];
      if (some.length === 0) break;
      await Promise.all(some.map(endOne));
    }
    sweeping = false;
  };

  function endOrphans(more: readonly Orphan[]): void {
    counts.found += more.length;
    orphans.push(...more);
    if (up) void sweep();
  }

  const onUp = (said: string): void => {
    up = true;
    hostports = said;
    problem = undefined;
    refused = false;
    counts.ups++;
    log.info({ reconnects: counts.ups - 1 }, 'SIP server up');
    beat(-1, 0);
    tried.resolve();
    cameUp.resolve();
    void sweep();
  };
  const onDown = (): void => {
    up = false;
    stopHeartbeat();
    const { dialogs } = calls.statistics();
    const left = calls.loseAll();
    counts.lost += left.orphans.length + left.kept;
    counts.found += left.orphans.length;
    orphans.push(...left.orphans);
    if (!closed) log.warn({ calls: dialogs }, 'connection to the SIP server lost');
  };

  srf
    .on('connect', (error, said) => {
      if (error === null || error === undefined) {
        onUp(said ?? '');
        return;
      }
      refused = true;
      fail('it refuses our secret (signalling.secret or signalling.secret_file)');
      tried.reject(error);
    })
    .on('error', (error) => {
      fail(error.message);
      tried.resolve();
    })
    .on('close', () => {
      if (up) onDown();
      fail(problem ?? 'connection lost');
      tried.resolve();
    });
  connectSrf(srf, { host, port, secret }, (error) => {
    counts.dropped++;
    log.error({}, 'a message of the SIP server was dropped', error);
  });

  return {
    address: { host, port },
    tried: tried.promise,
    cameUp: cameUp.promise,
    get hostports() {
      return hostports;
    },
    get up() {
      return up;
    },
    get refused() {
      return refused;
    },
    dial: (request, signal) => calls.dial(request, signal),
    statistics: () => calls.statistics(),
    hangUp: () => calls.hangUp(),
    status: () => ({
      host,
      port,
      state: up ? 'up' : 'down',
      reconnects: Math.max(0, counts.ups - 1),
      calls: calls.statistics().dialogs,
      lost: counts.lost,
      orphans: { found: counts.found, ended: counts.ended, unknown: counts.unknown, failed: counts.failed },
      dropped: counts.dropped,
      ...(problem === undefined ? {} : { problem }),
    }),
    endOrphans,
    close() {
      closed = true;
      orphans = [];
      stopHeartbeat();
      closeSrf(srf);
      up = false;
      calls.loseAll();
    },
  };
}
