import { asError } from '../../domain/error.ts';
import {
  replyOnce,
  type SrfApplication,
  type SrfDialog,
  type SrfRequest,
  type SrfResponse,
} from '../../drachtio/drachtio-srf.ts';
import type { Logger } from '../../lib/logger.ts';
import { ACCEPTED_BODIES } from '../../sdp/session-body.ts';
import { isEncrypted } from '../../sip/message/protocol.ts';
import { parseReplaces } from './replaces.ts';
import type { OwnedDialog } from './srf-dialog.ts';
import { sessionOf } from './srf-session.ts';

export interface TakeOverOptions {
  readonly srf: SrfApplication;
  readonly dialogs: Iterable<OwnedDialog>;
  /** Whether what that address says of others is believed. */
  readonly trusts: (address: string) => boolean;
  /** Keys of SRTP may be told over SIP that is not encrypted. */
  readonly keysInTheClear: boolean;
  readonly logger: Logger;
}

/**
 * An INVITE that takes the place of a call of ours (RFC 3891): somebody has been transferred to us by who talked with us before. The call
 * goes on with the new far end; the old one is hung up on. Only from networks that are trusted: a call that has proved who is calling
 * is not handed to a stranger who guesses or overhears its tags. A call over TLS goes on over TLS alone: our keys are in its descriptions.
 */
export function takeOver(
  req: SrfRequest,
  res: SrfResponse,
  header: string,
  { srf, dialogs, trusts, keysInTheClear, logger }: TakeOverOptions,
): void {
  const replaces = parseReplaces(header);
  if (!trusts(req.source_address)) return replyOnce(res, 403);
  if (replaces === undefined) return replyOnce(res, 400);
  const dialog = [...dialogs].find((each) => each.isOf(replaces));
  if (dialog === undefined) return replyOnce(res, 481);
  // it has been answered already
  if (replaces.earlyOnly) return replyOnce(res, 486);
  if (dialog.confidential && !keysInTheClear && !isEncrypted(req.protocol)) {
    logger.warn({}, 'a call without TLS cannot replace one over TLS');
    return replyOnce(res, 488);
  }
  const body = sessionOf(req);
  if (body.outcome === 'unsupported') return replyOnce(res, 415, { headers: { Accept: ACCEPTED_BODIES } });
  if (body.sdp === '') return replyOnce(res, 488);
  const accept = (localSdp: string): Promise<SrfDialog> =>
    new Promise((resolve, reject) => {
      srf.createUAS(req, res, { localSdp, headers: {} }, (error, raw) =>
        raw === undefined ? reject(asError(error)) : resolve(raw),
      );
    });
  dialog.takenOver(body.sdp, accept).catch((thrown: unknown) => {
    logger.info({ error: asError(thrown).name }, 'a call could not be taken over');
    replyOnce(res, 488);
  });
}
