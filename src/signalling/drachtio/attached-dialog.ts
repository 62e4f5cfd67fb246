import { replyOnce, type SrfDialog } from '../../drachtio/drachtio-srf.ts';
import type { ReferredCall } from '../signalling.ts';
import { openRefers, type Refers } from './dialog-refers.ts';
import type { InfoDigits } from './info-digits.ts';
import { serverWord } from './server-words.ts';
import { type Offers, type OffersOptions, srfOffers } from './srf-offers.ts';
import { ALLOW } from './srf-outside.ts';
import { openReferred } from './srf-referred.ts';

/** What stands on one dialog of srf. */
export interface Attached {
  readonly raw: SrfDialog;
  readonly offers: Offers;
  readonly refers: Refers;
}

export interface AttachOptions extends Omit<OffersOptions, 'ended' | 'onDead'> {
  readonly digits: InfoDigits;
  /** The call has ended, or goes on as another dialog. */
  readonly isOver: () => boolean;
  readonly referListener: () => ((referred: ReferredCall) => void) | undefined;
  /** The far end does not answer in the dialog: BYE all the same, it may be one way only that fails. */
  readonly onDead: () => void;
  readonly onEnd: (because: 'bye' | 'no-ack' | 'timed-out') => void;
}

/** Hears what a far end wants in a dialog, for as long as the call is this dialog. */
export function attachDialog(raw: SrfDialog, options: AttachOptions): Attached {
  const { clock, digits, isOver, referListener, onEnd } = options;
  const onDead = (): void => {
    if (!isOver()) options.onDead();
  };
  const offers = srfOffers(raw, { ...options, onDead, ended: isOver });
  const refers = openRefers(raw, { clock, ended: isOver, onDead });
  const referred = openReferred(raw, () => (isOver() ? undefined : referListener()));
  refuseUnsupported(raw);
  raw
    .on('destroy', (bye, reason) => {
      if (isOver()) return;
      if (bye.source !== 'application') onEnd('bye');
      else onEnd(serverWord(reason ?? '') === 'not-acknowledged' ? 'no-ack' : 'timed-out');
    })
    .on('info', (req, res) => {
      const digit = digits.answer(req, res);
      if (digit !== undefined && !isOver()) digits.deliver(digit);
    })
    .on('refer', (req, res) => referred.received(req, res))
    .on('notify', (req, res) => refers.notified(req, res));
  return { raw, offers, refers };
}

/** Without listeners srf accepts these by itself. */
function refuseUnsupported(dialog: SrfDialog): void {
  dialog
    .on('message', (_req, res) => replyOnce(res, 405, { headers: { Allow: ALLOW } }))
    .on('subscribe', (_req, res) => replyOnce(res, 489));
}
