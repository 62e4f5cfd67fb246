import { asError } from '../../domain/error.ts';
import { ms } from '../../domain/units.ts';
import { type SrfApplication, type SrfDialog, type SrfRequest, statusOf } from '../../drachtio/drachtio-srf.ts';
import { plainHeaders } from '../../drachtio/plain-headers.ts';
import { deferred } from '../../lib/deferred.ts';
import type { Logger } from '../../lib/logger.ts';
import type { DialOutcome, DialRequest } from '../signalling.ts';
import type { OwnedDialog } from './srf-dialog.ts';

/** How long a CANCEL may take to bring the final response before the outcome is given without it. */
const CANCEL_PATIENCE = ms(2_000);

export interface DialOptions {
  readonly srf: SrfApplication;
  readonly request: DialRequest;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  readonly own: (dialog: SrfDialog) => OwnedDialog;
}

type Unanswered = Exclude<DialOutcome, { readonly outcome: 'answered' }>;

/** What a final failure means to the one who dialled (RFC 3261 section 21). */
export function outcomeOf(status: number): Unanswered {
  switch (status) {
    case 486:
    case 600:
      return { outcome: 'busy', status };
    case 408:
    case 480:
    case 487:
      return { outcome: 'no-answer', status };
    case 403:
    case 603:
    case 607:
    case 608:
      return { outcome: 'declined', status };
    default:
      return { outcome: 'failed', status };
  }
}

const LOST: Unanswered = { outcome: 'failed', status: 503 };
const CANCELLED: Unanswered = { outcome: 'cancelled', status: 487 };
const NO_ANSWER: Unanswered = { outcome: 'no-answer', status: 408 };

const fromHeader = (from: string): string =>
  /^(?:sips?|tel):/i.test(from) ? `<${from}>` : from.includes('<') ? from : `<sip:${from}@localhost>`;

export interface Dialling {
  readonly outcome: Promise<DialOutcome>;
  /** Settles when nothing of the INVITE is left: its final response came, and the BYE when nobody wanted it any more. */
  readonly finished: Promise<void>;
  /** As if the dial's signal had aborted. */
  abort(): void;
  lose(): void;
  /** The INVITE, while it has no final response. */
  readonly ringing: { readonly transactionId: string; readonly uri: string } | undefined;
}

/** The server is told; whether the far end still answers is to be seen. */
function sendCancel(invite: SrfRequest | undefined, logger: Logger): void {
  try {
    invite?.cancel((error) => {
      if (error !== null && error !== undefined) logger.debug({ to: 'invite' }, 'a CANCEL could not be sent');
    });
  } catch (thrown) {
    logger.debug({ error: asError(thrown).message }, 'a CANCEL could not be sent');
  }
}

const inviteHeaders = ({ from, headers }: DialRequest): Record<string, string> =>
  plainHeaders({ ...(from === undefined ? {} : { From: fromHeader(from) }), ...headers });

export function dial(options: DialOptions): Dialling {
  const { srf, request, signal, logger } = options;
  let sent: SrfRequest | undefined;
  let given: DialOutcome | undefined;
  /** Set once we no longer want an answer: what the dial will then have been. */
  let unwanted: Unanswered | undefined;
  let rang = false;
  let final = false;
  let timer: NodeJS.Timeout | undefined;
  const outcome = deferred<DialOutcome>();
  const finished = deferred<void>();

  const give = (result: DialOutcome): void => {
    if (given !== undefined) return;
    given = result;
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    outcome.resolve(result);
  };
  const cancel = (): void => sendCancel(sent, logger);
  const withdraw = (as: Unanswered): void => {
    if (given !== undefined || unwanted !== undefined) return;
    unwanted = as;
    cancel();
    clearTimeout(timer);
    timer = setTimeout(give, CANCEL_PATIENCE, as);
  };
  const onAbort = (): void => withdraw(CANCELLED);

  const hangUp = async (dialog: OwnedDialog): Promise<void> => {
    await dialog.bye();
    give(unwanted ?? LOST);
    finished.resolve();
  };

  const onFinal = (error: unknown, raw: SrfDialog | undefined): void => {
    final = true;
    if (raw === undefined) {
      const status = statusOf(error);
      give(unwanted ?? (status === undefined ? LOST : outcomeOf(status)));
      finished.resolve();
      return;
    }
    const dialog = options.own(raw);
    if (unwanted === undefined && given === undefined) {
      give({ outcome: 'answered', dialog });
      finished.resolve();
      return;
    }
    // the 200 crossed our CANCEL
    void hangUp(dialog);
  };

  if (signal.aborted) {
    give(CANCELLED);
    finished.resolve();
  } else {
    timer = setTimeout(withdraw, request.timeout, NO_ANSWER);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      srf.createUAC(
        request.uri.trim(),
        { localSdp: request.localSdp, headers: inviteHeaders(request) },
        {
          cbRequest: (error, req) => {
            if (error !== null && error !== undefined) return;
            sent = req;
            if (unwanted !== undefined) cancel();
          },
          cbProvisional: (provisional) => {
            if (rang || provisional.status === 100 || unwanted !== undefined) return;
            rang = true;
            request.onRinging?.();
          },
        },
        onFinal,
      );
    } catch (thrown) {
      // srf throws while it has no connection
      logger.warn({}, 'an INVITE could not be sent', asError(thrown));
      give(LOST);
      finished.resolve();
    }
  }
  return {
    outcome: outcome.promise,
    finished: finished.promise,
    abort: onAbort,
    get ringing() {
      return sent === undefined || final ? undefined : { transactionId: sent.stackTxnId, uri: sent.uri };
    },
    lose: () => {
      give(unwanted ?? LOST);
      finished.resolve();
    },
  };
}
