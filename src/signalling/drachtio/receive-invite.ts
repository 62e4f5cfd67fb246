import { type Admission, retryAfterHeader, statusOf } from '../../domain/admission.ts';
import { asError } from '../../domain/error.ts';
import { type Milliseconds, wallMs } from '../../domain/units.ts';
import {
  replyOnce,
  type SrfApplication,
  type SrfDialog,
  type SrfRequest,
  type SrfResponse,
} from '../../drachtio/drachtio-srf.ts';
import type { Logger } from '../../lib/logger.ts';
import { ACCEPTED_BODIES } from '../../sdp/session-body.ts';
import type { IncomingCall } from '../signalling.ts';
import { callParties } from './caller-identity.ts';
import type { OwnedDialog } from './srf-dialog.ts';
import { type OwnedIncomingCall, srfIncomingCall } from './srf-incoming-call.ts';
import { sessionOf } from './srf-session.ts';

/** Of whom calls are taken. */
export interface CallSources {
  /** Whether a call of that address is taken, as things stand on the line. */
  admit(address: string, line: Admission): Admission;
  trusts(address: string): boolean;
  /** @returns to be called when the call is acknowledged or over */
  begin(address: string): () => void;
  /** How long an address that is not trusted may take for its ACK. */
  readonly ackMs: Milliseconds;
}

export interface InviteOptions {
  readonly srf: SrfApplication;
  readonly user: {
    onCall(call: IncomingCall): void;
    trusts(address: string): boolean;
    readonly sources?: CallSources;
    onChange?(): void;
  };
  readonly line: () => Admission;
  readonly ackDeadline: Milliseconds;
  readonly own: (dialog: SrfDialog) => OwnedDialog;
  /** The calls that have no final response yet; this one is added, and leaves. */
  readonly incoming: Set<OwnedIncomingCall>;
  readonly logger: Logger;
}

/** A new INVITE: refused (415, 403, 503 with Retry-After), or handed on as a call. */
export function receiveInvite(
  req: SrfRequest,
  res: SrfResponse,
  { srf, user, line, ackDeadline, own, incoming, logger }: InviteOptions,
): void {
  const { sources } = user;
  const source = req.source_address;
  const admission = sources?.admit(source, line()) ?? line();
  const body = sessionOf(req);
  if (body.outcome === 'unsupported') {
    replyOnce(res, 415, { headers: { Accept: ACCEPTED_BODIES } });
    return;
  }
  const proved = admission.take ? sources?.begin(source) : undefined;
  const call: OwnedIncomingCall = srfIncomingCall({
    srf,
    req,
    res,
    parties: callParties((name) => req.get(name), user.trusts(source)),
    remoteSdp: body.sdp,
    logger,
    own,
    receivedAt: wallMs(Date.now()),
    ackDeadline: sources?.trusts(source) === false ? sources.ackMs : ackDeadline,
    onSettled: () => {
      proved?.();
      incoming.delete(call);
      user.onChange?.();
    },
  });
  incoming.add(call);
  if (!admission.take) {
    const status = statusOf(admission);
    call.reject(status, status === 503 ? retryAfterHeader(admission) : {});
    return;
  }
  try {
    user.onCall(call);
  } catch (thrown) {
    logger.error({}, 'the handler of an incoming call threw', asError(thrown));
    call.reject(500);
  }
}
