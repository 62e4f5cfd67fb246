import { type ErrorCode, IvrError } from '../../domain/error.ts';
import { type Milliseconds, ms, seconds } from '../../domain/units.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Endpoint } from '../../media/media-server.ts';
import type { Dialog } from '../../signalling/signalling.ts';
import { untilAborted } from '../until-aborted.ts';

/** Attempts begin within this time: a media worker is replaced within a second or so, another media server is there at once. */
const PLACE_WITHIN = seconds(2);
const TRY_AGAIN_AFTER = ms(100);
/** One attempt: the new endpoint is made and the far end answers our offer of it, other re-INVITEs in its way included. */
const ATTEMPT_WITHIN = seconds(6);

/** There is no place at present; there may be one in a moment. */
const LATER: ReadonlySet<ErrorCode> = new Set(['MEDIA_WORKER_LOST', 'MEDIA_SERVER_LOST', 'MEDIA_PORTS_EXHAUSTED']);

export interface NewPlace {
  /** An endpoint with our offer, on whatever media server is up. */
  readonly create: (signal: AbortSignal) => Promise<Endpoint>;
  /** It is the leg's from now on, to be closed with it or with the next; the far end does not know of it yet. `died`: to be called when it fails meanwhile. */
  readonly adopt: (endpoint: Endpoint, died: (code: ErrorCode) => void) => void;
}

/**
 * Gives a dialog other media: a new endpoint, offered by re-INVITE. Tries again while there is no place, or when the new
 * one dies as well.
 *
 * @throws IvrError the last attempt's MEDIA_WORKER_LOST, MEDIA_SERVER_LOST or MEDIA_PORTS_EXHAUSTED; SIP_REJECTED,
 *   SIP_TIMEOUT, NO_COMMON_CODEC, SDP_MALFORMED of the far end's answer; DEADLINE_EXCEEDED; CANCELLED when `signal` aborts
 */
export async function reAnchor(place: NewPlace, dialog: Dialog, clock: Clock, signal: AbortSignal): Promise<void> {
  const until = clock.now() + PLACE_WITHIN;
  for (;;) {
    try {
      return await attempt(place, dialog, clock, signal);
    } catch (thrown) {
      const later = thrown instanceof IvrError && LATER.has(thrown.code) && !signal.aborted;
      if (!later || clock.now() >= until) throw thrown;
    }
    await pause(TRY_AGAIN_AFTER, clock, signal);
  }
}

async function attempt(place: NewPlace, dialog: Dialog, clock: Clock, signal: AbortSignal): Promise<void> {
  const own = new AbortController();
  const stop = AbortSignal.any([signal, own.signal]);
  const giveUp = (code: ErrorCode, message: string): void => own.abort(new IvrError(code, message));
  const cancelDeadline = clock.after(ATTEMPT_WITHIN, () => giveUp('DEADLINE_EXCEEDED', 'other media took too long'));
  try {
    const creating = place.create(stop);
    const endpoint = await untilAborted(creating, stop).catch((thrown: unknown) => {
      // one that is made all the same is nobody's
      void creating.then((late) => late.close()).catch(() => undefined);
      throw thrown;
    });
    place.adopt(endpoint, (code) => giveUp(code, 'the new media died as well'));
    const answer = await untilAborted(dialog.reoffer(endpoint.localSdp), stop);
    await untilAborted(endpoint.modify(answer, dialog.address), stop);
  } finally {
    cancelDeadline();
  }
}

const pause = (delay: Milliseconds, clock: Clock, signal: AbortSignal): Promise<void> => {
  let cancel = (): void => undefined;
  const over = new Promise<void>((resolve) => {
    cancel = clock.after(delay, resolve);
  });
  return untilAborted(over, signal).finally(() => cancel());
};
