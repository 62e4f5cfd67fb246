import { asError, IvrError } from '../../domain/error.ts';
import type { Milliseconds } from '../../domain/units.ts';
import type { SrfApplication, SrfDialog, SrfRequest, SrfResponse } from '../../drachtio/drachtio-srf.ts';
import { plainHeaders } from '../../drachtio/plain-headers.ts';
import type { Dialog, Headers } from '../signalling.ts';
import { serverWord } from './server-words.ts';
import type { OwnedDialog } from './srf-dialog.ts';

export interface AnswerOptions {
  readonly srf: SrfApplication;
  readonly req: SrfRequest;
  readonly res: SrfResponse;
  /** From the 200 to the ACK. */
  readonly ackDeadline: Milliseconds;
  readonly own: (dialog: SrfDialog) => OwnedDialog;
  /** Resolves when the caller has shown otherwise that it has the 200: its media came. */
  readonly consented: Promise<void> | undefined;
  /** Aborts when the caller gives up, or the server is lost. */
  readonly given: AbortSignal;
  /** The caller has given up, as the server's reply shows. */
  readonly giveUp: () => void;
  /** The INVITE needs no more of us. */
  readonly settle: () => void;
}

export const cancelled = (): IvrError => new IvrError('CANCELLED', 'the caller gave up before the answer');

/** The server has answered the INVITE already: a CANCEL crossed our 200, and srf keeps that CANCEL to itself. */
const isTooLate = (error: unknown): boolean => serverWord(error) === 'no-transaction';

/**
 * Sends the 200 and waits for the ACK. Listeners are put on the dialog before anything else can arrive for it.
 *
 * @throws IvrError CANCELLED, SIP_TIMEOUT
 */
export function answerAcknowledged(
  localSdp: string,
  headers: Headers,
  { srf, req, res, ackDeadline, own, consented, given, giveUp, settle }: AnswerOptions,
): Promise<Dialog> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    let owned: OwnedDialog | undefined;
    const fail = (error: IvrError): void => {
      clearTimeout(timer);
      given.removeEventListener('abort', onAbort);
      settle();
      reject(error);
    };
    const onAbort = (): void => fail(cancelled());
    given.addEventListener('abort', onAbort, { once: true });

    const onDialog = (raw: SrfDialog): void => {
      const dialog = own(raw);
      owned = dialog;
      let confirmed = false;
      const confirm = (): void => {
        if (confirmed) return;
        confirmed = true;
        clearTimeout(timer);
        given.removeEventListener('abort', onAbort);
        settle();
        resolve(dialog);
      };
      if (given.aborted || timer === undefined) {
        void dialog.bye();
        return;
      }
      raw.on('ack', confirm);
      void consented?.then(confirm, () => undefined);
      raw.on('destroy', (bye) => {
        // a BYE without an ACK before it: the caller was there, the ACK was lost
        if (bye.source !== 'application') confirm();
        else fail(new IvrError('SIP_TIMEOUT', 'the 200 was not acknowledged'));
      });
      given.removeEventListener('abort', onAbort);
      given.addEventListener('abort', () => confirmed || fail(cancelled()), { once: true });
    };

    timer = setTimeout(() => {
      timer = undefined;
      void owned?.bye();
      fail(new IvrError('SIP_TIMEOUT', 'the 200 was not acknowledged'));
    }, ackDeadline);
    srf.createUAS(req, res, { localSdp, headers: plainHeaders(headers) }, (error, dialog) => {
      if (dialog !== undefined) onDialog(dialog);
      else if (given.aborted || isTooLate(error)) {
        fail(cancelled());
        giveUp();
      } else fail(new IvrError('SIP_TIMEOUT', 'the 200 could not be sent', {}, asError(error)));
    });
  });
}
