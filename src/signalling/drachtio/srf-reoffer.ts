import { IvrError } from '../../domain/error.ts';
import { type Milliseconds, ms } from '../../domain/units.ts';
import { isUnknownDialog, type SrfDialog, type SrfRequest, type SrfResponse } from '../../drachtio/drachtio-srf.ts';
import { requestInside } from '../../drachtio/request-inside.ts';
import type { Clock } from '../../lib/clock.ts';
import { serverWord } from './server-words.ts';
import { sessionOf } from './srf-session.ts';

export interface ReofferOptions {
  readonly clock: Clock;
  /** 0 (included) to 1 (not). */
  readonly random: () => number;
  /** For all attempts together. */
  readonly deadline: Milliseconds;
  /** An offer of the far end has not been answered yet: ours would cross it. */
  readonly isAsked: () => boolean;
  readonly onAnswer: (remoteSdp: string) => void;
  /** SIP_REJECTED, SIP_TIMEOUT or CANCELLED. */
  readonly onFailure: (error: IvrError) => void;
  /** After `onFailure`: the dialog is dead (RFC 3261 section 12.2.1.2): no answer at all, or the far end does not know it. */
  readonly onDead: () => void;
}

export interface Reoffering {
  /** The INVITE is out and has no final response: an offer of the far end now crosses it. */
  readonly inFlight: boolean;
  /** The call is over. */
  abandon(): void;
}

const OWNER_RETRY = { from: 2_100, to: 4_000 };
const OTHER_RETRY = { from: 0, to: 2_000 };
const STEP = 10;

/** How long to wait after a 491 (RFC 3261 section 14.1), in units of 10 ms. @param random - 0 (included) to 1 (not) */
export function glareDelay(ownsCallId: boolean, random: number): Milliseconds {
  const { from, to } = ownsCallId ? OWNER_RETRY : OTHER_RETRY;
  return ms(from + STEP * Math.floor(random * ((to - from) / STEP + 1)));
}

const rejected = (status: number): IvrError =>
  new IvrError('SIP_REJECTED', 'the far end refused our offer', { status });

/** Our re-INVITE, tried again when it crosses one of the far end's. */
export function reoffer(dialog: SrfDialog, localSdp: string, options: ReofferOptions): Reoffering {
  const { clock, random } = options;
  const until = clock.now() + options.deadline;
  let inFlight = false;
  let sent: SrfRequest | undefined;
  let unwanted = false;
  let over = false;
  let cancelTimers: (() => void)[] = [];

  const finish = (): boolean => {
    if (over) return false;
    over = true;
    for (const cancel of cancelTimers) cancel();
    cancelTimers = [];
    return true;
  };
  const fail = (error: IvrError): void => {
    if (finish()) options.onFailure(error);
  };
  const die = (error: IvrError): void => {
    if (over) return;
    fail(error);
    options.onDead();
  };

  const again = (): void => {
    const delay = glareDelay(dialog.type === 'uac', random());
    if (clock.now() + delay >= until) fail(rejected(491));
    else cancelTimers.push(clock.after(delay, attempt));
  };

  const onFinal = (res: SrfResponse): void => {
    const { status } = res;
    const session = sessionOf(res);
    const body = session.outcome === 'taken' ? session.sdp : '';
    inFlight = false;
    if (over) return;
    if (status === 491) again();
    else if (status === 408 || status === 481) {
      die(new IvrError('SIP_TIMEOUT', 'the far end no longer knows the call', { status }));
    } else if (status >= 300 || body === '') fail(rejected(status));
    else if (finish()) options.onAnswer(body);
  };

  const onUnsent = (error: Error): void => {
    inFlight = false;
    if (over) return;
    // our own server's word for an INVITE of the far end that has no answer yet
    if (serverWord(error) === 'invite-pending') again();
    else if (isUnknownDialog(error)) die(new IvrError('CANCELLED', 'the call is over', {}, error));
    else fail(new IvrError('SIP_TIMEOUT', 'the re-INVITE could not be sent', {}, error));
  };

  const attempt = (): void => {
    if (over) return;
    if (options.isAsked()) {
      again();
      return;
    }
    inFlight = true;
    requestInside(dialog, {
      method: 'INVITE',
      body: localSdp,
      onSent: (request) => {
        sent = request;
        if (unwanted) cancel();
      },
      onFinal,
      onUnsent,
    });
  };

  const cancel = (): void => {
    try {
      sent?.cancel(() => undefined);
    } catch {
      // the connection is lost: there is nobody to tell
    }
  };
  const onDeadline = (): void => {
    if (!inFlight) {
      fail(rejected(491));
      return;
    }
    unwanted = true;
    cancel();
    die(new IvrError('SIP_TIMEOUT', 'no answer to our offer'));
  };

  cancelTimers.push(clock.after(options.deadline, onDeadline));
  attempt();
  return {
    get inFlight() {
      return inFlight;
    },
    abandon: () => fail(new IvrError('CANCELLED', 'the call ended before its offer was answered')),
  };
}
