import type { CodecName } from '../../domain/codec.ts';
import { IvrError } from '../../domain/error.ts';
import type { Milliseconds } from '../../domain/units.ts';
import type { SrfDialog } from '../../drachtio/drachtio-srf.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { isEncrypted } from '../../sip/message/protocol.ts';
import type { Dialog, ReferredCall } from '../signalling.ts';
import { type Attached, attachDialog } from './attached-dialog.ts';
import { dialogEnding } from './dialog-ending.ts';
import { openInfoDigits } from './info-digits.ts';
import type { Replaces } from './replaces.ts';

/** The port's dialog and what the adapter alone may do with it. */
export interface OwnedDialog extends Dialog {
  /** The server is gone: nothing can be sent or will come any more. */
  lose(): void;
  /** It ended without the server having been told: it may still have it. */
  readonly lost: boolean;
  /** It is lost, and its owner goes on with the media until `bye`. */
  readonly kept: boolean;
  /** Its far end is reached over TLS: keys may have been told. */
  readonly confidential: boolean;
  /** Whether a Replaces header means it. */
  isOf(replaces: Replaces): boolean;
  /**
   * It goes on with another far end, whose INVITE is that offer; the far end before is hung up on. Nothing changes when this rejects.
   *
   * @param accept - answers the INVITE
   */
  takenOver(offer: string, accept: (localSdp: string) => Promise<SrfDialog>): Promise<void>;
}

export interface DialogOptions {
  readonly byeDeadline: Milliseconds;
  /** From our offer to its answer, crossing ones tried again. */
  readonly reofferDeadline: Milliseconds;
  readonly clock: Clock;
  /** 0 (included) to 1 (not). */
  readonly random: () => number;
  readonly codecs: readonly CodecName[] | undefined;
}

/**
 * @param onGone - called once, when the dialog has ended for whatever reason and its BYE is answered
 * @param onMoved - it goes on as another dialog of the server
 */
export function srfDialog(
  first: SrfDialog,
  times: DialogOptions,
  logger: Logger,
  { onGone, onMoved }: { readonly onGone: () => void; readonly onMoved: (to: SrfDialog) => void },
): OwnedDialog {
  let answerer: ((remoteSdp: string) => Promise<string>) | undefined;
  let referListener: ((referred: ReferredCall) => void) | undefined;
  const digits = openInfoDigits();
  const ending = dialogEnding({
    byeDeadline: times.byeDeadline,
    logger,
    current: () => at.raw,
    onOver() {
      at.offers.abandon();
      at.refers.abandon();
    },
    onGone,
  });
  const attach = (raw: SrfDialog): Attached =>
    attachDialog(raw, {
      ...times,
      logger,
      digits,
      isOver: () => ending.hasEnded || at.raw !== raw,
      referListener: () => referListener,
      onDead: () => ending.die(),
      onEnd: (because) => ending.end(because),
    });
  let at = attach(first);

  return {
    sipCallId: first.sip.callId,
    address: answeredBy(first)?.source_address,
    get confidential() {
      return isEncrypted(answeredBy(at.raw)?.protocol);
    },
    get remoteSdp() {
      return at.offers.remoteSdp;
    },
    get lost() {
      return ending.lost;
    },
    get kept() {
      return ending.kept;
    },
    onEnd: (listener) => ending.onEnd(listener),
    onOffer(answer) {
      answerer = answer;
      at.offers.onOffer(answer);
    },
    onInfoDigit: (listener) => digits.onDigit(listener),
    reoffer: (localSdp) => at.offers.reoffer(localSdp),
    refer: (uri, options) => at.refers.refer(uri, options),
    onRefer(listener) {
      referListener = listener;
    },
    bye: (headers = {}) => ending.bye(headers),
    lose() {
      at.raw.srf.removeDialog(at.raw);
      ending.lose();
    },
    isOf({ callId, toTag, fromTag }) {
      const { sip } = at.raw;
      return !ending.hasEnded && sip.callId === callId && sip.localTag === toTag && sip.remoteTag === fromTag;
    },
    async takenOver(offer, accept) {
      if (ending.hasEnded || answerer === undefined) throw new IvrError('CANCELLED', 'the call is not up');
      const before = at;
      const raw = await accept(await answerer(offer));
      if (ending.hasEnded) return ending.hangUp(raw, {});
      before.offers.abandon();
      before.refers.abandon();
      at = attach(raw);
      at.offers.onOffer(answerer);
      onMoved(raw);
      await ending.hangUp(before.raw, REPLACED);
    },
  };
}

/** What the far end has said of itself: its INVITE, or its answer to ours. */
const answeredBy = ({ type, req, res }: SrfDialog): SrfDialog['req'] => (type === 'uas' ? req : res);

const REPLACED = { Reason: 'SIP;cause=200;text="Replaced"' };
