import { asError, IvrError } from '../../domain/error.ts';
import type { Milliseconds } from '../../domain/units.ts';
import type { SrfApplication, SrfDialog, SrfRequest, SrfResponse } from '../../drachtio/drachtio-srf.ts';
import { plainHeaders } from '../../drachtio/plain-headers.ts';
import type { Logger } from '../../lib/logger.ts';
import type { CallParties, Dialog, Headers, IncomingCall } from '../signalling.ts';
import { serverWord } from './server-words.ts';
import type { OwnedDialog } from './srf-dialog.ts';

export interface IncomingOptions {
  readonly srf: SrfApplication;
  readonly req: SrfRequest;
  readonly res: SrfResponse;
  readonly parties: CallParties;
  /** The caller's offer; '' when it expects ours. */
  readonly remoteSdp: string;
  readonly receivedAt: number;
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

/** The server has answered the INVITE already: a CANCEL crossed our 200, and srf keeps that CANCEL to itself. */
const isTooLate = (error: unknown): boolean => serverWord(error) === 'no-transaction';

const cancelled = (): IvrError => new IvrError('CANCELLED', 'the caller gave up before the answer');

export function srfIncomingCall(options: IncomingOptions): OwnedIncomingCall {
  const { srf, req, res, logger } = options;
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
      logger.warn({ status }, 'response not sent', asError(thrown));
    }
  };

  /** 200, then the ACK. Listeners are put on the dialog before anything else can arrive for it. */
  const answered = (localSdp: string, headers: Headers, consented: Promise<void> | undefined): Promise<Dialog> =>
    new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      let owned: OwnedDialog | undefined;
      const fail = (error: IvrError): void => {
        clearTimeout(timer);
        given.signal.removeEventListener('abort', onAbort);
        settle();
        reject(error);
      };
      const onAbort = (): void => fail(cancelled());
      given.signal.addEventListener('abort', onAbort, { once: true });

      const onDialog = (raw: SrfDialog): void => {
        const dialog = options.own(raw);
        owned = dialog;
        let confirmed = false;
        const confirm = (): void => {
          if (confirmed) return;
          confirmed = true;
          clearTimeout(timer);
          given.signal.removeEventListener('abort', onAbort);
          settle();
          resolve(dialog);
        };
        if (given.signal.aborted || timer === undefined) {
          void dialog.bye();
          return;
        }
        raw.on('ack', confirm);
        void consented?.then(confirm, () => undefined);
        raw.on('destroy', (bye) => {
          // a BYE without an ACK before it: the caller was there, the ACK was lost
          if (bye.source !== 'application') confirm();
          else fail(new IvrError('SIP_TIMEOUT', 'no ACK for our 200'));
        });
        given.signal.removeEventListener('abort', onAbort);
        given.signal.addEventListener('abort', () => confirmed || fail(cancelled()), { once: true });
      };

      timer = setTimeout(() => {
        timer = undefined;
        void owned?.bye();
        fail(new IvrError('SIP_TIMEOUT', 'no ACK for our 200'));
      }, options.ackDeadline);
      srf.createUAS(req, res, { localSdp, headers: plainHeaders(headers) }, (error, dialog) => {
        if (dialog !== undefined) onDialog(dialog);
        else if (given.signal.aborted || isTooLate(error)) {
          fail(cancelled());
          giveUp();
        } else fail(new IvrError('SIP_TIMEOUT', 'the 200 could not be sent', {}, asError(error)));
      });
    });

  return {
    sipCallId: req.get('call-id') ?? '',
    parties: options.parties,
    remoteSdp: options.remoteSdp === '' ? undefined : options.remoteSdp,
    address: req.source_address,
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
      return await answered(localSdp, headers, consented);
    },
    reject(status, headers = {}) {
      if (settled || answering) return;
      settle();
      send(status, headers);
    },
    lose: () => giveUp('lost'),
  };
}
