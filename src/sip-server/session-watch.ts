import { type Milliseconds, seconds } from '../domain/units.ts';
import { ackInDialog, requestInDialog, withTargetOf } from '../sip/dialog/dialog.ts';
import {
  expiresAfter,
  leastOf,
  negotiatedAsClient,
  refreshAfter,
  type SessionInterval,
} from '../sip/dialog/dialog-session-timer.ts';
import type { SipRequest, SipResponse } from '../sip/message/message.ts';
import type { Flow } from '../sip/stack.ts';
import { endDialog, flowOf, sendInDialog, sendOnceInDialog } from './end-dialog.ts';
import type { LiveDialog } from './live-dialog.ts';
import { NOTHING_TRIED, numberOf, sendAgainWithin } from './send-again.ts';
import type { Switchboard } from './switchboard.ts';

const GLARE_RETRY = seconds(3);
/** After a refusal or silence: a session has some of these between its refresh and its end. */
const TRY_AGAIN = seconds(30);

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
  const again = (after: Milliseconds): void => {
    if (board.dialogs.has(dialog)) dialog.timers.add(board.clock.after(after, () => refresh(board, dialog, interval)));
  };
  if (dialog.inviteBy !== undefined) {
    again(GLARE_RETRY);
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
  const to = flowOf(board, dialog);
  if (to === undefined) {
    if (method === 'INVITE') dialog.inviteBy = undefined;
    again(TRY_AGAIN);
  } else sendRefresh({ board, dialog, interval, to, again }, request, NOTHING_TRIED);
}

interface Refreshing {
  readonly board: Switchboard;
  readonly dialog: LiveDialog;
  readonly interval: SessionInterval;
  readonly to: Flow;
  readonly again: (after: Milliseconds) => void;
}

/** What credentials may answer. */
const UNPROVEN: ReadonlySet<number> = new Set([401, 407]);

function sendRefresh(refreshing: Refreshing, request: SipRequest, tried: ReadonlySet<number>): void {
  const { board, dialog, interval, to, again } = refreshing;
  const isInvite = request.method === 'INVITE';
  const settle = (): void => {
    if (isInvite) dialog.inviteBy = undefined;
  };
  // the far end may only be away for a moment: the expiry decides
  const later = (): void => {
    settle();
    again(TRY_AGAIN);
  };
  sendInDialog(board, dialog, request, to, {
    onResponse: (response) => {
      if (response.status < 200) return;
      const proven = UNPROVEN.has(response.status)
        ? sendAgainWithin(board.trunks, dialog, request, response, tried)
        : undefined;
      if (proven !== undefined) return sendRefresh(refreshing, proven, new Set([...tried, response.status]));
      settle();
      if (response.status < 300) {
        dialog.state = withTargetOf(dialog.state, response);
        board.dialogs.note(dialog);
        if (isInvite)
          sendOnceInDialog(board, dialog, ackInDialog(dialog.state, numberOf(request)), flowOf(board, dialog) ?? to);
        watchSession(board, dialog, refreshed(response, interval));
      } else if (response.status === 481 || response.status === 408) endDialog(board, dialog, 'Dialog lost');
      else if (response.status === 491) again(GLARE_RETRY);
      else if (response.status === 422) refreshLonger(board, dialog, interval, response);
      else again(TRY_AGAIN);
    },
    onTimeout: later,
    onTransportError: later,
  });
}

/** The far end, or a proxy on the way, wants a longer interval (RFC 4028 section 7.4). */
function refreshLonger(board: Switchboard, dialog: LiveDialog, interval: SessionInterval, response: SipResponse): void {
  const least = leastOf(response);
  if (least > interval.seconds) refresh(board, dialog, { ...interval, seconds: least });
}

const refreshed = (response: SipResponse, before: SessionInterval): SessionInterval =>
  negotiatedAsClient(response) ?? before;
