import { type Admission, admit, refusal, retryAfterHeader } from '../../domain/admission.ts';
import type { CodecName } from '../../domain/codec.ts';
import { asError } from '../../domain/error.ts';
import { type Milliseconds, seconds } from '../../domain/units.ts';
import { type SrfApplication, type SrfDialog } from '../../drachtio/drachtio-srf.ts';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { within } from '../../lib/deadline.ts';
import type { Logger } from '../../lib/logger.ts';
import type { DialOutcome, DialRequest, IncomingCall } from '../signalling.ts';
import { type CallSources, receiveInvite } from './receive-invite.ts';
import { type Dialling, dial } from './srf-dial.ts';
import { type OwnedDialog, srfDialog } from './srf-dialog.ts';
import type { OwnedIncomingCall } from './srf-incoming-call.ts';
import type { Orphan } from './srf-orphan.ts';
import { takeOver } from './take-over.ts';

export interface CallOptions {
  readonly byeDeadline?: Milliseconds;
  readonly ackDeadline?: Milliseconds;
  /** From our offer within a call to its answer; default 35 s. */
  readonly reofferDeadline?: Milliseconds;
  /** For re-INVITE and REFER. */
  readonly clock?: Clock;
  /** Spreads the retries of offers that cross; 0 (included) to 1 (not). */
  readonly random?: () => number;
  /** What is offered to a far end that asks for an offer within a call; default: what all telephones speak. */
  readonly codecs?: readonly CodecName[];
  /** Keys of SRTP may be told over SIP that is not encrypted, or there are none. Default: they may not. */
  readonly keysInTheClear?: boolean;
}

export interface CallCounts {
  readonly incoming: number;
  readonly dialling: number;
  readonly dialogs: number;
}

export interface CallsUser {
  onCall(call: IncomingCall): void;
  /** Whether new calls are taken; those that are not are answered 503 with Retry-After. */
  admission(): Admission;
  /** Whether what that address says of others is believed. */
  trusts(address: string): boolean;
  /** Of whom calls are taken; absent: the server has seen to that. */
  readonly sources?: CallSources;
  /** A dialog began or ended, by the server's name for it. */
  onDialog?(dialogId: string, state: 'began' | 'ended'): void;
  /** What was lost with the connection and went on without the server is over: the server may still have it. */
  onOrphan?(orphan: Orphan): void;
  /** Something ended; perhaps nothing is left. */
  onChange?(): void;
}

/** All calls on one connection to a SIP server. */
export interface SrfCalls {
  dial(request: DialRequest, signal: AbortSignal): Promise<DialOutcome>;
  /** What is under way: nothing, when every call has ended. */
  statistics(): CallCounts;
  /** The connection is gone: every call on it is lost. @returns what the server may still have of them; `kept`: how many go on without it */
  loseAll(): { readonly orphans: readonly Orphan[]; readonly kept: number };
  /** Refuses, cancels and hangs up; resolves when all is answered or after the deadline for BYE. New calls are refused. */
  hangUp(): Promise<void>;
}

export function srfCalls(srf: SrfApplication, times: CallOptions, user: CallsUser, logger: Logger): SrfCalls {
  const incoming = new Set<OwnedIncomingCall>();
  const dialling = new Set<Dialling>();
  const leftBehind: Orphan[] = [];
  const byeDeadline = times.byeDeadline ?? seconds(5);
  let closing = false;

  let losing = false;
  const leave = (orphan: Orphan): void => {
    if (losing) leftBehind.push(orphan);
    else user.onOrphan?.(orphan);
  };
  const { dialogs, own } = ownedDialogs({ ...times, byeDeadline }, user, leave, logger);

  srf.invite((req, res) => {
    const replaces = req.get('replaces');
    if (replaces !== undefined)
      return takeOver(req, res, replaces, {
        srf,
        dialogs: dialogs.keys(),
        trusts: (address) => user.trusts(address),
        keysInTheClear: times.keysInTheClear === true,
        logger,
      });
    receiveInvite(req, res, {
      srf,
      user,
      line: () => admit({ line: user.admission(), draining: closing }),
      ackDeadline: times.ackDeadline ?? seconds(40),
      own,
      incoming,
      logger,
    });
  });

  return {
    async dial(request, signal) {
      if (closing) return { outcome: 'failed', status: 503 };
      const each = dial({ srf, request, signal, logger, own });
      dialling.add(each);
      const done = (): void => {
        dialling.delete(each);
        user.onChange?.();
      };
      void each.finished.finally(done).catch(() => undefined);
      return await each.outcome;
    },
    statistics: () => ({ incoming: incoming.size, dialling: dialling.size, dialogs: dialogs.size }),
    loseAll() {
      losing = true;
      const keptBefore = [...dialogs.keys()].filter((dialog) => dialog.kept).length;
      for (const each of dialling) if (each.ringing !== undefined) leftBehind.push({ kind: 'invite', ...each.ringing });
      for (const call of incoming) call.lose();
      for (const each of dialling) each.lose();
      for (const dialog of dialogs.keys()) dialog.lose();
      // those that we were hanging up: their BYE may have been lost too
      for (const [dialog, dialogId] of dialogs) {
        if (dialog.kept) continue;
        leftBehind.push({ kind: 'dialog', dialogId });
        dialogs.delete(dialog);
      }
      losing = false;
      return { orphans: leftBehind.splice(0), kept: dialogs.size - keptBefore };
    },
    async hangUp() {
      closing = true;
      for (const call of incoming) call.reject(503, retryAfterHeader(refusal('draining')));
      for (const each of dialling) each.abort();
      const ends = [...[...dialogs.keys()].map((dialog) => dialog.bye()), ...[...dialling].map((each) => each.outcome)];
      await within(Promise.all(ends), byeDeadline, 'hanging up').catch((thrown: unknown) =>
        logger.warn({ calls: dialogs.size }, 'not every call was hung up in time', asError(thrown)),
      );
    },
  };
}

/** The dialogs of a connection with their names at the server, as long as they live. */
function ownedDialogs(
  {
    clock = systemClock,
    random = Math.random,
    reofferDeadline = seconds(35),
    byeDeadline,
    codecs,
  }: CallOptions & {
    readonly byeDeadline: Milliseconds;
  },
  user: Pick<CallsUser, 'onDialog' | 'onChange'>,
  leave: (orphan: Orphan) => void,
  logger: Logger,
): { readonly dialogs: Map<OwnedDialog, string>; readonly own: (raw: SrfDialog) => OwnedDialog } {
  const dialogs = new Map<OwnedDialog, string>();
  const options = { byeDeadline, reofferDeadline, clock, random, codecs };
  const own = (raw: SrfDialog): OwnedDialog => {
    let { id } = raw;
    const dialog: OwnedDialog = srfDialog(raw, options, logger, {
      onGone() {
        if (!dialogs.delete(dialog)) return;
        // what is lost has not ended: the server may still have it
        if (dialog.lost) leave({ kind: 'dialog', dialogId: id });
        else user.onDialog?.(id, 'ended');
        user.onChange?.();
      },
      onMoved(to) {
        user.onDialog?.(id, 'ended');
        id = to.id;
        dialogs.set(dialog, id);
        user.onDialog?.(id, 'began');
      },
    });
    dialogs.set(dialog, raw.id);
    user.onDialog?.(raw.id, 'began');
    return dialog;
  };
  return { dialogs, own };
}
