import type { Milliseconds } from '../../domain/units.ts';
import { closeSrf, connectSrf, newSrf } from '../../drachtio/drachtio-srf.ts';
import { type Clock, systemClock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { followConnection } from './connection-state.ts';
import { type OrphanCounts, openOrphanSweep } from './orphan-sweep.ts';
import { openHeartbeat } from './server-heartbeat.ts';
import { type CallsUser, type CallOptions, type SrfCalls, srfCalls } from './srf-calls.ts';
import type { Orphan } from './srf-orphan.ts';
import { answerOutside, type OutsideUser } from './srf-outside.ts';

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

export interface LinkOptions extends CallOptions, ServerAddress {
  readonly secret: string;
  readonly tags: readonly string[];
  readonly heartbeat: Milliseconds;
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

export function openLink(options: LinkOptions, user: LinkUser, logger: Logger): DrachtioLink {
  const { host, port, secret } = options;
  const clock: Clock = options.clock ?? systemClock;
  const log = logger.child({ server: `${host}:${port}` });
  const srf = newSrf(options.tags);
  const calls = srfCalls(srf, options, { ...user, onOrphan: (orphan) => sweep.add([orphan]) }, log);
  answerOutside(srf, user);
  const counts = { lost: 0, dropped: 0 };
  let closed = false;
  const connection = followConnection(srf, {
    onUp(reconnects) {
      log.info({ reconnects }, 'SIP server up');
      heartbeat.start();
      void sweep.run();
    },
    onDown() {
      heartbeat.stop();
      const { dialogs } = calls.statistics();
      const left = calls.loseAll();
      counts.lost += left.orphans.length + left.kept;
      sweep.add(left.orphans);
      if (!closed) log.warn({ calls: dialogs }, 'connection to the SIP server lost');
    },
    onProblem: (why) => log.warn({ why }, 'SIP server down'),
  });
  const sweep = openOrphanSweep({
    srf,
    isUp: () => connection.up,
    onGone: (orphan) => user.onOrphanGone?.(orphan),
    logger: log,
  });
  const heartbeat = openHeartbeat(srf, options.heartbeat, clock, (socket) => {
    if (!connection.up) return;
    connection.fail('it does not answer'); // its machine is gone without a word: 'close' follows
    socket.destroy();
  });

  connectSrf(srf, { host, port, secret }, (error) => {
    counts.dropped++;
    log.error({}, 'a message from the SIP server was dropped', error);
  });

  return {
    address: { host, port },
    tried: connection.tried,
    cameUp: connection.cameUp,
    get hostports() {
      return connection.hostports;
    },
    get up() {
      return connection.up;
    },
    get refused() {
      return connection.refused;
    },
    dial: (request, signal) => calls.dial(request, signal),
    statistics: () => calls.statistics(),
    hangUp: () => calls.hangUp(),
    status: () => ({
      host,
      port,
      state: connection.up ? 'up' : 'down',
      reconnects: connection.reconnects,
      calls: calls.statistics().dialogs,
      lost: counts.lost,
      orphans: { ...sweep.counts },
      dropped: counts.dropped,
      ...(connection.problem === undefined ? {} : { problem: connection.problem }),
    }),
    endOrphans: (more) => sweep.add(more),
    close() {
      closed = true;
      sweep.abandon();
      heartbeat.stop();
      connection.close();
      closeSrf(srf);
      calls.loseAll();
    },
  };
}
