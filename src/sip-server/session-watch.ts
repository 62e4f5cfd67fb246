import { seconds } from '../domain/units.ts';
import { ackInDialog, requestInDialog, withTargetOf } from '../sip/dialog/dialog.ts';
import {
  expiresAfter,
  negotiatedAsClient,
  refreshAfter,
  type SessionInterval,
} from '../sip/dialog/dialog-session-timer.ts';
import { parseCSeq } from '../sip/message/cseq.ts';
import type { SipResponse } from '../sip/message/message.ts';
import { parseUint32 } from '../sip/message/token.ts';
import { endDialog, flowOf, sendInDialog } from './end-dialog.ts';
import type { LiveDialog } from './live-dialog.ts';
import type { Switchboard } from './switchboard.ts';

const GLARE_RETRY = seconds(3);

/**
 * Starts the session timer again (RFC 4028 section 10): refreshes at half of the interval when that is our part, and ends the
 * dialog when nobody refreshed in time. Applications need not know of it.
 */
export function watchSession(board: Switchboard, dialog: LiveDialog, interval: SessionInterval | undefined): void {
  for (const cancel of dialog.timers) cancel();
  dialog.timers.clear();
  if (interval === undefined || !board.dialogs.has(dialog)) return;
  dialog.timers.add(
    board.clock.after(seconds(expiresAfter(interval)), () => {
      board.counts.sessionExpired++;
      endDialog(board, dialog, 'Session timer expired');
    }),
  );
  if (interval.refresher === 'us')
    dialog.timers.add(board.clock.after(seconds(refreshAfter(interval)), () => refresh(board, dialog, interval)));
}

function refresh(board: Switchboard, dialog: LiveDialog, interval: SessionInterval): void {
  if (!board.dialogs.has(dialog)) return;
  const again = (): void => {
    dialog.timers.add(board.clock.after(GLARE_RETRY, () => refresh(board, dialog, interval)));
  };
  if (dialog.inviteBy !== undefined) {
    again();
    return;
  }
  const method = dialog.peerTakesUpdate ? 'UPDATE' : 'INVITE';
  const withSdp = method === 'INVITE' && dialog.localSdp.byteLength > 0;
  const { dialog: state, request } = requestInDialog(dialog.state, method, {
    headers: [
      ['Contact', dialog.contact],
      ['Supported', 'timer'],
      ['Session-Expires', `${interval.seconds};refresher=uac`],
      ...(withSdp ? [['Content-Type', 'application/sdp'] as const] : []),
    ],
    ...(withSdp ? { body: dialog.localSdp } : {}),
  });
  dialog.state = state;
  if (method === 'INVITE') dialog.inviteBy = 'us';
  const settle = (): void => {
    if (method === 'INVITE') dialog.inviteBy = undefined;
  };
  const to = flowOf(board, dialog);
  if (to === undefined) {
    settle();
    return;
  }
  sendInDialog(board, dialog, request, to, {
    onResponse: (response) => {
      if (response.status < 200) return;
      settle();
      if (response.status < 300) {
        dialog.state = withTargetOf(dialog.state, response);
        board.dialogs.note(dialog);
        if (method === 'INVITE') {
          const number = parseCSeq(request.headers.get('CSeq') ?? '')?.number ?? 0;
          board.stack.sendOnce(ackInDialog(dialog.state, number), to);
        }
        watchSession(board, dialog, refreshed(response, interval));
      } else if (response.status === 481 || response.status === 408) endDialog(board, dialog, 'Dialog lost');
      else if (response.status === 491) again();
      else if (response.status === 422) refreshLonger(board, dialog, interval, response);
    },
    // the far end may only be away for a moment: the expiry decides
    onTimeout: settle,
    onTransportError: settle,
  });
}

/** The far end, or a proxy on the way, wants a longer interval (RFC 4028 section 7.4). */
function refreshLonger(board: Switchboard, dialog: LiveDialog, interval: SessionInterval, response: SipResponse): void {
  const least = parseUint32(response.headers.get('Min-SE')?.split(';', 1)[0]?.trim() ?? '');
  if (least !== undefined && least > interval.seconds) refresh(board, dialog, { ...interval, seconds: least });
}

const refreshed = (response: SipResponse, before: SessionInterval): SessionInterval =>
  negotiatedAsClient(response) ?? before;
