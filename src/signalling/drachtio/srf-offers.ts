import type { CodecName } from '../../domain/codec.ts';
import { asError, IvrError } from '../../domain/error.ts';
import { warningOf } from '../../domain/sip-warning.ts';
import { type Milliseconds, ms } from '../../domain/units.ts';
import { replyOnce, type SrfDialog, type SrfRequest, type SrfResponse } from '../../drachtio/drachtio-srf.ts';
import type { Clock } from '../../lib/clock.ts';
import { within } from '../../lib/deadline.ts';
import { deferred } from '../../lib/deferred.ts';
import type { Logger } from '../../lib/logger.ts';
import { offerAgain } from '../../sdp/offer-again.ts';
import { ACCEPTED_BODIES, sessionIn } from '../../sdp/session-body.ts';
import { openReofferQueue } from './reoffer-queue.ts';
import { sessionOf } from './srf-session.ts';

export interface OffersOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly reofferDeadline: Milliseconds;
  readonly codecs: readonly CodecName[] | undefined;
  readonly logger: Logger;
  readonly ended: () => boolean;
  /** The dialog turned out to be dead. */
  readonly onDead: () => void;
}

/** Offers and answers within a dialog, both ways. */
export interface Offers {
  /** The far end's session description in force: an offer that was refused changes nothing. */
  readonly remoteSdp: string;
  onOffer(answer: Answerer): void;
  reoffer(localSdp: string): Promise<string>;
  /** The dialog has ended. */
  abandon(): void;
}

type Answerer = (remoteSdp: string) => Promise<string>;

const ANSWERER_WITHIN = ms(2_000);

export function srfOffers(dialog: SrfDialog, options: OffersOptions): Offers {
  const { logger } = options;
  let remoteSdp = sessionIn(dialog.remote.sdp ?? '');
  let answerOffer: Answerer | undefined;
  const answering = deferred<Answerer>();
  /** Whether the next ACK carries the answer to the offer in our 200 of a re-INVITE (RFC 3261 section 14.2). */
  let answerInAck = false;
  /** Of the far end, not answered yet. */
  let asked = 0;
  const ours = openReofferQueue(dialog, {
    ...options,
    isAsked: () => asked > 0,
    onAgreed: (local, remote) => {
      dialog.local.sdp = local;
      remoteSdp = remote;
    },
  });

  const offered = (req: SrfRequest, res: SrfResponse): void => {
    const body = sessionOf(req);
    if (body.outcome === 'unsupported') {
      replyOnce(res, 415, { headers: { Accept: ACCEPTED_BODIES } });
      return;
    }
    const offer = body.sdp;
    const offers = offer !== '' || req.method === 'INVITE';
    if (offers && ours.inFlight) {
      // section 14.2; our own server says so itself, drachtio-server leaves it to us
      replyOnce(res, 491);
      return;
    }
    if (offer === '') {
      answerInAck = req.method === 'INVITE';
      if (answerInAck) dialog.local.sdp = offerAgain(dialog.local.sdp, options.codecs);
      replyOnce(res, 200, answerInAck ? { body: dialog.local.sdp } : {});
      return;
    }
    void answerTo(offer, res);
  };

  const answerTo = async (offer: string, res: SrfResponse): Promise<void> => {
    asked++;
    try {
      // an offer can be here before the one who awaits the dialog has run again
      const answer = answerOffer ?? (await within(answering.promise, ANSWERER_WITHIN, 're-INVITE'));
      const sdp = await answer(offer);
      dialog.local.sdp = sdp;
      remoteSdp = offer;
      // the server has answered a call's last INVITE itself; srf has still to be told, or it keeps it
      if (options.ended()) replyOnce(res, 487);
      else replyOnce(res, 200, { body: sdp });
    } catch (thrown) {
      logger.info({ error: asError(thrown).name }, 're-INVITE refused');
      const error = thrown instanceof IvrError ? thrown : new IvrError('INTERNAL', 'the offer cannot be accepted now');
      replyOnce(res, 488, { headers: { Warning: warningOf(error) } });
    } finally {
      asked--;
    }
  };

  dialog
    .on('modify', offered)
    .on('update', offered)
    .on('ack', (ack) => {
      const body = sessionOf(ack);
      if (body.outcome === 'unsupported' || body.sdp === '') {
        answerInAck = false;
        return;
      }
      remoteSdp = body.sdp;
      if (!answerInAck) return;
      answerInAck = false;
      answerOffer?.(body.sdp).catch((thrown: unknown) =>
        logger.info({ error: asError(thrown).name }, 'the answer in an ACK is not usable'),
      );
    });

  return {
    get remoteSdp() {
      // of an INVITE without an offer the ACK brings the first: srf tells of it only later, or after a BYE never
      return remoteSdp === '' ? sessionIn(dialog.remote.sdp) : remoteSdp;
    },
    onOffer(answer) {
      answerOffer = answer;
      answering.resolve(answer);
    },
    reoffer: (localSdp) => ours.add(localSdp),
    abandon: () => ours.abandon(),
  };
}
