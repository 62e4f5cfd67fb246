import { IvrError } from '../../domain/error.ts';
import { seconds } from '../../domain/units.ts';
import type { Scope } from '../../lib/scope.ts';
import type { Endpoint } from '../../media/media-server.ts';
import type { Dialog, IncomingCall, Signalling } from '../../signalling/signalling.ts';
import type { Conditions } from './conditions.ts';

export interface PhoneDialogOptions {
  readonly signalling: Signalling;
  readonly from: string | undefined;
  readonly openLeg: (remoteSdp: string | undefined) => Promise<Endpoint>;
  readonly until: Conditions['until'];
  readonly print: (what: 'dialled' | 'answered' | 'hung-up' | 'far-end-hung-up', text?: string) => void;
  readonly onChange: () => void;
}

/** The signalling of a telephone that has one call: dials or is called, and hangs up. */
export interface PhoneDialog {
  /** The far end has hung up. */
  readonly over: boolean;
  /** @throws IvrError SIP_REJECTED */
  readonly dial: (target: string) => Promise<void>;
  /** Waits until somebody calls. @throws IvrError DEADLINE_EXCEEDED */
  readonly ringing: (withinS: number | undefined) => Promise<IncomingCall>;
  readonly answer: (call: IncomingCall) => Promise<void>;
  readonly hangUp: () => Promise<void>;
}

const RING = seconds(60);
const CALLED_WITHIN_S = 120;

export function openPhoneDialog(options: PhoneDialogOptions, scope: Scope, signal: AbortSignal): PhoneDialog {
  const { signalling, print, openLeg } = options;
  const incoming: IncomingCall[] = [];
  let dialog: Dialog | undefined;
  let over = false;
  let hungUp = false;

  signalling.onCall((call) => {
    if (dialog !== undefined || incoming.length > 0) return call.reject(486);
    incoming.push(call);
    call.ring();
    options.onChange();
  });

  function begin(to: Dialog, leg: Endpoint): void {
    dialog = to;
    scope.defer(() => to.bye());
    to.onOffer((sdp) => leg.modify(sdp));
    to.onEnd(() => {
      over = true;
      if (!hungUp) print('far-end-hung-up');
      options.onChange();
    });
    print('answered');
  }

  return {
    get over() {
      return over;
    },
    async dial(target) {
      const leg = await openLeg(undefined);
      print('dialled', target);
      const outcome = await signalling.dial(
        {
          uri: target,
          localSdp: leg.localSdp,
          timeout: RING,
          ...(options.from === undefined ? {} : { from: options.from }),
        },
        signal,
      );
      if (outcome.outcome !== 'answered')
        throw new IvrError(
          'SIP_REJECTED',
          `${target} did not take the call: ${outcome.outcome}, SIP status ${outcome.status}`,
          { status: outcome.status },
        );
      await leg.modify(outcome.dialog.remoteSdp);
      begin(outcome.dialog, leg);
    },
    async ringing(withinS) {
      await options.until(() => incoming.length > 0, withinS ?? CALLED_WITHIN_S, 'a call');
      const call = incoming.shift();
      if (call === undefined) throw new IvrError('INTERNAL', 'the call is gone');
      return call;
    },
    async answer(call) {
      const leg = await openLeg(call.remoteSdp);
      begin(await call.answer(leg.localSdp), leg);
    },
    async hangUp() {
      if (dialog === undefined || hungUp) return;
      hungUp = true;
      if (!over) print('hung-up');
      await dialog.bye();
    },
  };
}
