import { asError, IvrError } from '../../domain/error.ts';
import type { Milliseconds, WallMs } from '../../domain/units.ts';
import type { SrfApplication, SrfDialog, SrfRequest, SrfResponse } from '../../drachtio/drachtio-srf.ts';
import { plainHeaders } from '../../drachtio/plain-headers.ts';
import type { Logger } from '../../lib/logger.ts';
import { isEncrypted } from '../../sip/message/protocol.ts';
import type { CallParties, Headers, IncomingCall } from '../signalling.ts';
import { answerAcknowledged, cancelled } from './acknowledged-answer.ts';
import type { OwnedDialog } from './srf-dialog.ts';

export interface IncomingOptions {
  readonly srf: SrfApplication;
  readonly req: SrfRequest;
  readonly res: SrfResponse;
  readonly parties: CallParties;
  /** The caller's offer; '' when it expects ours. */
  readonly remoteSdp: string;
  readonly receivedAt: WallMs;
  /** From the 200 to the ACK; the server gives up after 64·T1 = 32 s and says so. */
  readonly ackDeadline: Milliseconds;
  readonly logger: Logger;
  readonly own: (dialog: SrfDialog) => OwnedDialog;
  /** Called once, when the INVITE needs no more of us. */
  readonly onSettled: () => void;
}

/** The port's incoming call, and the way to tell it that the server is gone. */
export interface OwnedIncomingCall extends IncomingCall {
  lose(): void;
}

export function srfIncomingCall(options: IncomingOptions): OwnedIncomingCall {
  const { req, res, logger } = options;
  const given = new AbortController();
  let settled = false;
  let answering = false;

  const settle = (): void => {
    if (settled) return;
    settled = true;
    options.onSettled();
  };
  const giveUp = (reason?: 'lost'): void => {
    given.abort(reason);
    settle();
  };
  req.on('cancel', () => giveUp());

  const send = (status: number, headers: Headers = {}): void => {
    try {
      res.send(status, { headers: plainHeaders(headers) });
    } catch (thrown) {
      logger.warn({ status }, 'a response could not be sent', asError(thrown));
    }
  };

  return {
    sipCallId: req.get('call-id') ?? '',
    parties: options.parties,
    remoteSdp: options.remoteSdp === '' ? undefined : options.remoteSdp,
    address: req.source_address,
    confidential: isEncrypted(req.protocol),
    receivedAt: options.receivedAt,
    signal: given.signal,
    header: (name) => req.get(name),
    ring: () => {
      if (!settled && !answering) send(180);
    },
    async answer(localSdp, headers = {}, consented) {
      if (given.signal.aborted) throw cancelled();
      if (settled || answering) throw new IvrError('CANCELLED', 'the call was already answered or refused');
      answering = true;
      return await answerAcknowledged(localSdp, headers, {
        ...options,
        consented,
        given: given.signal,
        giveUp,
        settle,
      });
    },
    reject(status, headers = {}) {
      if (settled || answering) return;
      settle();
      send(status, headers);
    },
    lose: () => giveUp('lost'),
  };
}
