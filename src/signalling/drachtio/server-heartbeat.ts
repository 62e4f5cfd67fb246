import type { Socket } from 'node:net';
import type { Milliseconds } from '../../domain/units.ts';
import { pingServer, type SrfApplication, srfSocket } from '../../drachtio/drachtio-srf.ts';
import type { CancelTimer, Clock } from '../../lib/clock.ts';

/** Heartbeats without a byte from the server after which its connection is given up. */
const SILENT_BEATS = 2;

export interface Heartbeat {
  /** The connection is up. */
  start(): void;
  stop(): void;
}

/**
 * Asks a SIP server for something that it answers, again and again, so that its silence means something.
 *
 * @param onSilent - the server has not sent a byte for three intervals
 */
export function openHeartbeat(
  srf: SrfApplication,
  interval: Milliseconds,
  clock: Clock,
  onSilent: (socket: Socket) => void,
): Heartbeat {
  let cancel: CancelTimer = () => undefined;

  function beat(lastRead: number, silent: number): void {
    cancel = clock.after(interval, () => {
      const socket = srfSocket(srf);
      if (socket === undefined) return;
      const now = socket.bytesRead === lastRead ? silent + 1 : 0;
      if (now > SILENT_BEATS) return onSilent(socket);
      pingServer(srf);
      beat(socket.bytesRead, now);
    });
  }

  return { start: () => beat(-1, 0), stop: () => cancel() };
}
