import { asError } from '../domain/error.ts';
import { type Milliseconds, ms } from '../domain/units.ts';
import { within } from '../lib/deadline.ts';
import { deferred } from '../lib/deferred.ts';
import type { Logger } from '../lib/logger.ts';
import { offerAgain } from '../sdp/offer-answer.ts';
import type { SrfDialog, SrfRequest, SrfResponse, SrfSendOptions } from './drachtio-srf.ts';
import { infoDigit } from './info-digit.ts';
import { plainHeaders } from './plain-headers.ts';
import type { Dialog, Headers } from './signalling.ts';

export type DialogEnd = 'bye' | 'no-ack' | 'timed-out' | 'lost';

/** The port's dialog and what the adapter alone may do with it. */
export interface OwnedDialog extends Dialog {
  /** The server is gone: nothing can be sent or will come any more. */
  lose(): void;
  readonly ended: boolean;
}

type Answerer = (remoteSdp: string) => Promise<string>;

const ANSWERER_WITHIN = ms(2_000);
const EARLY_DIGITS = 32;
const ALLOW = 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK';

const reply = (res: SrfResponse, status: number, options: SrfSendOptions = {}): void => {
  if (!res.finalResponseSent) res.send(status, options);
};

/** @param onGone - called once, when the dialog has ended for whatever reason and its BYE is answered */
export function srfDialog(
  dialog: SrfDialog,
  byeDeadline: Milliseconds,
  logger: Logger,
  onGone: () => void,
): OwnedDialog {
  let ended: DialogEnd | 'by-us' | undefined;
  let endListener: ((because: DialogEnd) => void) | undefined;
  let answerOffer: Answerer | undefined;
  const answering = deferred<Answerer>();
  let takeDigit: ((digit: string) => void) | undefined;
  /** Keys that came before anyone listened. */
  const earlyDigits: string[] = [];
  let leaving: Promise<void> | undefined;
  /** Whether the next ACK carries the answer to the offer in our 200 of a re-INVITE (RFC 3261 section 14.2). */
  let answerInAck = false;

  const end = (because: DialogEnd): void => {
    if (ended !== undefined) return;
    ended = because;
    if (leaving === undefined) onGone();
    endListener?.(because);
  };

  const offered = (req: SrfRequest, res: SrfResponse): void => {
    const offer = req.body ?? '';
    if (offer === '') {
      answerInAck = req.method === 'INVITE';
      if (answerInAck) dialog.local.sdp = offerAgain(dialog.local.sdp);
      reply(res, 200, answerInAck ? { body: dialog.local.sdp } : {});
      return;
    }
    void answerTo(offer, res);
  };

  const answerTo = async (offer: string, res: SrfResponse): Promise<void> => {
    try {
      // an offer can be here before the one who awaits the dialog has run again
      const answer = answerOffer ?? (await within(answering.promise, ANSWERER_WITHIN, 're-INVITE'));
      const sdp = await answer(offer);
      dialog.local.sdp = sdp;
      // the server has answered a call's last INVITE itself; srf has still to be told, or it keeps it
      if (ended === undefined) reply(res, 200, { body: sdp });
      else reply(res, 487);
    } catch (thrown) {
      logger.info({ error: asError(thrown).name }, 're-INVITE refused');
      reply(res, 488);
    }
  };

  dialog
    .on('destroy', (bye, reason) => {
      if (bye.source !== 'application') end('bye');
      else end(/ack/i.test(reason ?? '') ? 'no-ack' : 'timed-out');
    })
    .on('modify', offered)
    .on('update', offered)
    .on('ack', (ack) => {
      if (!answerInAck) return;
      answerInAck = false;
      if (ack.body !== undefined && ack.body !== '')
        answerOffer?.(ack.body).catch((thrown: unknown) =>
          logger.info({ error: asError(thrown).name }, 'answer in ACK not usable'),
        );
    })
    .on('info', (req, res) => {
      const digit = infoDigit(req.get('content-type'), req.body);
      const wanted = digit !== undefined || (req.body ?? '') === '';
      reply(res, wanted ? 200 : 415, wanted ? {} : { headers: { Accept: 'application/dtmf-relay, application/dtmf' } });
      if (digit === undefined || ended !== undefined) return;
      if (takeDigit !== undefined) takeDigit(digit);
      else if (earlyDigits.length < EARLY_DIGITS) earlyDigits.push(digit);
    })
    // without listeners srf accepts these by itself: 200 to a REFER would promise a transfer
    .on('refer', (_req, res) => reply(res, 603))
    .on('message', (_req, res) => reply(res, 405, { headers: { Allow: ALLOW } }))
    .on('subscribe', (_req, res) => reply(res, 489));

  const leave = async (headers: Headers): Promise<void> => {
    try {
      await within(dialog.destroy({ headers: plainHeaders(headers) }), byeDeadline, 'BYE');
    } catch (thrown) {
      logger.debug({ error: asError(thrown).message }, 'BYE without an answer');
    }
    onGone();
  };

  return {
    sipCallId: dialog.sip.callId,
    get remoteSdp() {
      return dialog.remote.sdp;
    },
    get ended() {
      return ended !== undefined;
    },
    onEnd(listener) {
      endListener = listener;
      if (ended !== undefined && ended !== 'by-us') listener(ended);
    },
    onOffer(answer) {
      answerOffer = answer;
      answering.resolve(answer);
    },
    onInfoDigit(listener) {
      takeDigit = listener;
      for (const digit of earlyDigits.splice(0)) listener(digit);
    },
    bye(headers = {}) {
      if (ended !== undefined && leaving === undefined) return Promise.resolve();
      ended ??= 'by-us';
      return (leaving ??= leave(headers));
    },
    lose: () => end('lost'),
  };
}
