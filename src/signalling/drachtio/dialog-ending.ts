import { asError, IvrError } from '../../domain/error.ts';
import type { Milliseconds } from '../../domain/units.ts';
import { isUnknownDialog, type SrfDialog } from '../../drachtio/drachtio-srf.ts';
import { plainHeaders } from '../../drachtio/plain-headers.ts';
import { within } from '../../lib/deadline.ts';
import { deferred } from '../../lib/deferred.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Headers } from '../signalling.ts';

export type DialogEnd = 'bye' | 'no-ack' | 'timed-out' | 'lost';

type EndListener = (because: DialogEnd) => 'kept' | void;

export interface EndingOptions {
  readonly byeDeadline: Milliseconds;
  readonly logger: Logger;
  /** The dialog that the call is now. */
  readonly current: () => SrfDialog;
  /** It has ended: nothing of ours in it is waited for any more. */
  readonly onOver: () => void;
  /** Called once, when it has ended for whatever reason and its BYE is answered. */
  readonly onGone: () => void;
}

/** How a call ends: by the far end, by us, by what befalls it, or with the server. */
export interface DialogEnding {
  readonly hasEnded: boolean;
  /** It ended without the server having been told: it may still have it. */
  readonly lost: boolean;
  /** It is lost, and its owner goes on with the media until `bye`. */
  readonly kept: boolean;
  onEnd(listener: EndListener): void;
  end(because: DialogEnd): void;
  /** The far end does not answer in it: BYE all the same, it may be one way only that fails. */
  die(): void;
  bye(headers: Headers): Promise<void>;
  lose(): void;
  /** BYE in a dialog that is not the call, or no longer. Never rejects. */
  hangUp(other: SrfDialog, headers: Headers): Promise<void>;
}

/** @returns whether the far end may not have been told: there was no connection to the server */
async function sendBye(
  dialog: SrfDialog,
  headers: Headers,
  cut: Promise<never>,
  deadline: Milliseconds,
  logger: Logger,
): Promise<boolean> {
  try {
    const answered = dialog.destroy({ headers: plainHeaders(headers) });
    await within(Promise.race([answered, cut]), deadline, 'BYE');
    return false;
  } catch (thrown) {
    logger.debug({ error: asError(thrown).message }, 'a BYE was not answered');
    return !isUnknownDialog(thrown) && !(thrown instanceof IvrError);
  }
}

export function dialogEnding({ byeDeadline, logger, current, onOver, onGone }: EndingOptions): DialogEnding {
  let ended: DialogEnd | 'by-us' | undefined;
  let endListener: EndListener | undefined;
  let kept = false;
  let leaving: Promise<void> | undefined;
  /** Our BYE may not have been sent: no connection. */
  let untold = false;
  const cut = deferred<never>();
  cut.promise.catch(() => undefined);

  const leave = async (headers: Headers): Promise<void> => {
    untold = await sendBye(current(), headers, cut.promise, byeDeadline, logger);
    onGone();
  };
  const end = (because: DialogEnd): void => {
    if (ended !== undefined) return;
    ended = because;
    onOver();
    if (because === 'lost' && leaving === undefined) {
      kept = endListener?.(because) === 'kept';
      if (!kept) onGone();
      return;
    }
    if (leaving === undefined) onGone();
    endListener?.(because);
  };
  return {
    get hasEnded() {
      return ended !== undefined;
    },
    get lost() {
      return ended === 'lost' || untold;
    },
    get kept() {
      return kept;
    },
    onEnd(listener) {
      endListener = listener;
      if (ended !== undefined && ended !== 'by-us') listener(ended);
    },
    end,
    die() {
      leaving ??= leave({});
      end('timed-out');
    },
    bye(headers) {
      if (kept) {
        kept = false;
        onGone();
      }
      if (ended !== undefined) return leaving ?? Promise.resolve();
      ended = 'by-us';
      onOver();
      return (leaving = leave(headers));
    },
    lose() {
      cut.reject(new Error('connection lost'));
      end('lost');
    },
    async hangUp(other, headers) {
      await sendBye(other, headers, cut.promise, byeDeadline, logger);
    },
  };
}
