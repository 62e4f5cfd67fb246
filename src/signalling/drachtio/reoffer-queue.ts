import { IvrError } from '../../domain/error.ts';
import type { Milliseconds } from '../../domain/units.ts';
import type { SrfDialog } from '../../drachtio/drachtio-srf.ts';
import type { Clock } from '../../lib/clock.ts';
import { type Reoffering, reoffer } from './srf-reoffer.ts';

export interface ReofferQueueOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly reofferDeadline: Milliseconds;
  readonly ended: () => boolean;
  /** An offer of the far end is being answered. */
  readonly isAsked: () => boolean;
  readonly onAgreed: (localSdp: string, remoteSdp: string) => void;
  /** The dialog turned out to be dead. */
  readonly onDead: () => void;
}

/** Our offers within a dialog, one after the other (RFC 3264 section 4: one at a time). */
export interface ReofferQueue {
  /** One is under way, and an offer of the far end would cross it. */
  readonly inFlight: boolean;
  /** @returns the answer. @throws IvrError CANCELLED when the call is over; what `reoffer` fails with */
  add(localSdp: string): Promise<string>;
  /** The dialog has ended. */
  abandon(): void;
}

interface Waiting {
  readonly localSdp: string;
  readonly resolve: (remoteSdp: string) => void;
  readonly reject: (error: IvrError) => void;
}

const over = (): IvrError => new IvrError('CANCELLED', 'the call is over');

export function openReofferQueue(dialog: SrfDialog, options: ReofferQueueOptions): ReofferQueue {
  const queue: Waiting[] = [];
  let current: Reoffering | undefined;

  function next(): void {
    const waiting = current === undefined ? queue.shift() : undefined;
    if (waiting === undefined) return;
    const { localSdp, resolve, reject } = waiting;
    // it may have failed before it is returned
    let settled = false;
    const mine = reoffer(dialog, localSdp, {
      clock: options.clock,
      random: options.random,
      deadline: options.reofferDeadline,
      isAsked: options.isAsked,
      onAnswer: (answer) => {
        settled = true;
        current = undefined;
        options.onAgreed(localSdp, answer);
        resolve(answer);
        next();
      },
      onFailure: (error) => {
        settled = true;
        current = undefined;
        reject(error);
        next();
      },
      onDead: options.onDead,
    });
    if (!settled) current = mine;
  }

  return {
    get inFlight() {
      return current?.inFlight === true;
    },
    add: (localSdp) =>
      new Promise((resolve, reject) => {
        if (options.ended()) {
          reject(over());
          return;
        }
        queue.push({ localSdp, resolve, reject });
        next();
      }),
    abandon() {
      for (const { reject } of queue.splice(0)) reject(over());
      current?.abandon();
    },
  };
}
