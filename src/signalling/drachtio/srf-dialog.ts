import type { CodecName } from '../../domain/codec.ts';
import { asError, IvrError } from '../../domain/error.ts';
import type { Milliseconds } from '../../domain/units.ts';
import { isUnknownDialog, replyOnce, type SrfDialog } from '../../drachtio/drachtio-srf.ts';
import { plainHeaders } from '../../drachtio/plain-headers.ts';
import type { Clock } from '../../lib/clock.ts';
import { within } from '../../lib/deadline.ts';
import { deferred } from '../../lib/deferred.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Dialog, Headers } from '../signalling.ts';
import { openRefers } from './dialog-refers.ts';
import { openInfoDigits } from './info-digits.ts';
import { serverWord } from './server-words.ts';
import { srfOffers } from './srf-offers.ts';
import { ALLOW } from './srf-outside.ts';

export type DialogEnd = 'bye' | 'no-ack' | 'timed-out' | 'lost';

/** The port's dialog and what the adapter alone may do with it. */
export interface OwnedDialog extends Dialog {
  /** The server is gone: nothing can be sent or will come any more. */
  lose(): void;
  /** It ended without the server having been told: it may still have it. */
  readonly lost: boolean;
  /** It is lost, and its owner goes on with the media until `bye`. */
  readonly kept: boolean;
}

export interface DialogOptions {
  readonly byeDeadline: Milliseconds;
  /** From our offer to its answer, crossing ones tried again. */
  readonly reofferDeadline: Milliseconds;
  readonly clock: Clock;
  /** 0 (included) to 1 (not). */
  readonly random: () => number;
  readonly codecs: readonly CodecName[] | undefined;
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

/** Without listeners srf accepts these by itself: 200 to a REFER would promise a transfer. */
function refuseUnsupported(dialog: SrfDialog): void {
  dialog
    .on('refer', (_req, res) => replyOnce(res, 603))
    .on('message', (_req, res) => replyOnce(res, 405, { headers: { Allow: ALLOW } }))
    .on('subscribe', (_req, res) => replyOnce(res, 489));
}

/** @param onGone - called once, when the dialog has ended for whatever reason and its BYE is answered */
export function srfDialog(dialog: SrfDialog, times: DialogOptions, logger: Logger, onGone: () => void): OwnedDialog {
  let ended: DialogEnd | 'by-us' | undefined;
  let endListener: ((because: DialogEnd) => 'kept' | void) | undefined;
  let kept = false;
  const digits = openInfoDigits();
  let leaving: Promise<void> | undefined;
  /** Our BYE may not have been sent: no connection. */
  let untold = false;
  const cut = deferred<never>();
  cut.promise.catch(() => undefined);

  const over = (): void => {
    offers.abandon();
    refers.abandon();
  };
  const end = (because: DialogEnd): void => {
    if (ended !== undefined) return;
    ended = because;
    over();
    if (because === 'lost' && leaving === undefined) {
      kept = endListener?.(because) === 'kept';
      if (!kept) onGone();
      return;
    }
    if (leaving === undefined) onGone();
    endListener?.(because);
  };

  const leave = async (headers: Headers): Promise<void> => {
    untold = await sendBye(dialog, headers, cut.promise, times.byeDeadline, logger);
    onGone();
  };

  /** The far end does not answer in the dialog: BYE all the same, it may be one way only that fails. */
  const onDead = (): void => {
    if (ended !== undefined) return;
    leaving ??= leave({});
    end('timed-out');
  };
  const offers = srfOffers(dialog, { ...times, logger, onDead, ended: () => ended !== undefined });

  const refers = openRefers(dialog, { clock: times.clock, ended: () => ended !== undefined, onDead });

  refuseUnsupported(dialog);
  dialog
    .on('destroy', (bye, reason) => {
      if (bye.source !== 'application') end('bye');
      else end(serverWord(reason ?? '') === 'not-acknowledged' ? 'no-ack' : 'timed-out');
    })
    .on('info', (req, res) => {
      const digit = digits.answer(req, res);
      if (digit !== undefined && ended === undefined) digits.deliver(digit);
    })
    .on('notify', (req, res) => refers.notified(req, res));

  return {
    sipCallId: dialog.sip.callId,
    address: (dialog.type === 'uas' ? dialog.req : dialog.res)?.source_address,
    get remoteSdp() {
      return offers.remoteSdp;
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
    onOffer: (answer) => offers.onOffer(answer),
    onInfoDigit: (listener) => digits.onDigit(listener),
    reoffer: (localSdp) => offers.reoffer(localSdp),
    refer: (uri, options) => refers.refer(uri, options),
    bye(headers = {}) {
      if (kept) {
        kept = false;
        onGone();
      }
      if (ended !== undefined) return leaving ?? Promise.resolve();
      ended = 'by-us';
      over();
      return (leaving = leave(headers));
    },
    lose() {
      dialog.srf.removeDialog(dialog);
      cut.reject(new Error('connection lost'));
      end('lost');
    },
  };
}
