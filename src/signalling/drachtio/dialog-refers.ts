import { replyOnce, type SrfDialog, type SrfRequest, type SrfResponse } from '../../drachtio/drachtio-srf.ts';
import type { Clock } from '../../lib/clock.ts';
import type { ReferOptions, ReferOutcome } from '../signalling.ts';
import { isReferEvent, type Referring, refer } from './srf-refer.ts';

export interface RefersOptions {
  readonly clock: Clock;
  readonly ended: () => boolean;
  /** The dialog turned out to be dead. */
  readonly onDead: () => void;
}

/** The REFERs that we send within a dialog, one at a time, and the NOTIFYs that they cause. */
export interface Refers {
  refer(uri: string, options: ReferOptions): Promise<ReferOutcome>;
  /** Answers the NOTIFY: 489 unless it belongs to one of our REFERs. */
  notified(req: SrfRequest, res: SrfResponse): void;
  /** The dialog has ended. */
  abandon(): void;
}

export function openRefers(dialog: SrfDialog, { clock, ended, onDead }: RefersOptions): Refers {
  let current: Referring | undefined;
  let hasReferred = false;
  return {
    async refer(uri, options) {
      if (ended()) return { outcome: 'refused', status: 481 };
      if (current !== undefined) return { outcome: 'refused', status: 491 };
      hasReferred = true;
      const mine = refer(dialog, uri, options, clock, onDead);
      current = mine;
      const outcome = await mine.outcome;
      current = undefined;
      return outcome;
    },
    notified(req, res) {
      const known = hasReferred && isReferEvent(req.get('event'));
      replyOnce(res, known ? 200 : 489);
      if (known) current?.notified(req);
    },
    abandon: () => current?.abandon(),
  };
}
