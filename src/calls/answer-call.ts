import { IvrError } from '../domain/error.ts';
import { seconds } from '../domain/units.ts';
import { within } from '../lib/deadline.ts';
import { deferred } from '../lib/deferred.ts';
import type { EndpointEvent } from '../media/media-server.ts';
import type { Recording } from '../recording/recorder.ts';
import type { Dialog } from '../signalling/signalling.ts';
import { type AnchoredLeg, openAnchoredLeg } from './leg/anchored-leg.ts';
import type { ReceivedCall } from './live-call.ts';
import { offerOf } from './offer-fact.ts';

const ANSWER_DEADLINE = seconds(35);

export interface AnsweredCall {
  readonly caller: AnchoredLeg;
  readonly dialog: Dialog;
  /** Undefined when the call goes on without one. */
  readonly recording: Recording | undefined;
}

export interface AnswerUser {
  readonly onLegEvent: (event: EndpointEvent) => void;
  /** The 200 is acknowledged, or the caller's media has come: the call has become one. */
  readonly onDialog: (dialog: Dialog, caller: AnchoredLeg) => void;
}

/**
 * From INVITE to an acknowledged answer: the offer in the journal and beside it the media, then the recording, then the 200.
 *
 * @returns undefined when the call ended meanwhile
 * @throws IvrError that says why the INVITE is refused
 */
export async function answerCall(call: ReceivedCall, user: AnswerUser): Promise<AnsweredCall | undefined> {
  const { incoming, contact, leg, recording, scope, services, note } = call;
  const { remoteSdp } = incoming;
  const consented = deferred<void>();
  const exempt = services.isExempt?.(incoming.parties.called) ?? false;
  // beside the media, which take longer
  const announced = services.announce(offerOf(incoming, leg), {
    origin: recording.origin,
    contact,
    leg,
    sipCallId: incoming.sipCallId,
    caller: incoming.parties.caller,
    called: incoming.parties.called,
    direction: 'inbound',
    exempt,
  });
  announced.catch(() => undefined); // it is said where it is waited for, unless the call is over by then
  const caller = await openAnchoredLeg(
    {
      media: {
        leg,
        contact,
        listen: true,
        awaitConsent: true,
        ...(exempt ? {} : { record: { ...recording.origin, track: 'customer' as const } }),
        ...(remoteSdp === undefined ? {} : { remoteSdp }),
        ...(incoming.address === undefined ? {} : { signalling: incoming.address }),
        confidential: incoming.confidential === true,
      },
      over: scope.signal,
    },
    services,
    incoming.signal,
  );
  scope.use(caller);
  caller.onEvent((event) => {
    if (event.type === 'consented') consented.resolve();
    user.onLegEvent(event);
  });
  // whatever a crash leaves of a recording is of a call that the journal knows
  await announced;
  const recorded = exempt ? undefined : await recording.open(caller.codec);
  // nothing was promised yet: another line, or this one in a moment, serves the caller better
  if (caller.lost || call.over()) throw new IvrError('MEDIA_WORKER_LOST', 'the call was lost before the answer');
  const dialog = await within(
    incoming.answer(caller.localSdp, { 'X-Contact-ID': contact }, consented.promise),
    ANSWER_DEADLINE,
    'the answer',
  );
  user.onDialog(dialog, caller);
  recording.keep();
  if (scope.closed) return undefined;
  try {
    await caller.answered(dialog, remoteSdp === undefined ? dialog.remoteSdp : undefined);
  } catch (thrown) {
    if (call.over()) return undefined; // the reason has been said
    throw thrown;
  }
  note({
    type: 'call-answered',
    leg,
    codec: caller.codec ?? 'unknown',
    telephone_event: caller.telephoneEvent,
    ...(caller.srtp === undefined ? {} : { srtp: caller.srtp }),
    setup_ms: Math.round(services.clock.now() - call.began),
  });
  return { caller, dialog, recording: recorded };
}
