import { maskNumber } from '../../domain/secret.ts';
import type { CallbackMiss } from '../../queues/queue-fact.ts';
import type { Recording } from '../../recording/recorder.ts';
import type { Dialog, DialOutcome } from '../../signalling/signalling.ts';
import type { EndpointEvent } from '../../media/media-server.ts';
import type { CallInProgress } from '../live-call.ts';
import { type AnchoredLeg, openAnchoredLeg } from '../leg/anchored-leg.ts';
import { dialPerson } from '../transfer/dial-person.ts';
import { untilAborted } from '../until-aborted.ts';
import type { AskedCallback } from './asked-callback.ts';

export interface ReachedCustomer {
  readonly customer: AnchoredLeg;
  readonly dialog: Dialog;
  /** Undefined when the call goes on without one. */
  readonly recording: Recording | undefined;
}

interface DialUser {
  /** All is ready: their telephone is called now. */
  readonly onDialling: () => void;
  readonly onLegEvent: (event: EndpointEvent) => void;
}

const MISSES = {
  'no-answer': 'no-answer',
  busy: 'busy',
  declined: 'declined',
  failed: 'failed',
  cancelled: 'failed',
} as const satisfies Record<Exclude<DialOutcome['outcome'], 'answered'>, CallbackMiss>;

/** Of 5xx the customer knows nothing: the trunk is out, or overloaded. */
const missOf = ({ outcome, status }: Exclude<DialOutcome, { outcome: 'answered' }>): CallbackMiss =>
  outcome === 'failed' && status >= 500 && status < 600 ? 'not-called' : MISSES[outcome];

/**
 * Calls the customer over the routes of the configuration: the intent to record in the journal, then the recording, then the INVITE, so that
 * nobody is called who cannot be recorded.
 *
 * @param ringMs - how long their telephone rings
 * @throws IvrError as `answerCall`
 */
export async function dialCustomer(
  call: CallInProgress,
  { entry, queue, attempt, earlier, kept }: AskedCallback,
  ringMs: number,
  { onDialling, onLegEvent }: DialUser,
): Promise<ReachedCustomer | CallbackMiss> {
  const { contact, leg, recording, scope, services, note, began } = call;
  const { number, line } = kept;
  const parties = { caller: '', called: line, divertedFrom: undefined, asserted: false, private: false };
  const ways = services.outboundWays?.(`tel:${number}`, parties) ?? [];
  const exempt = services.isExempt?.(line) ?? false;
  await services.announce(
    {
      type: 'call-offered',
      leg,
      direction: 'outbound',
      from: maskNumber(line),
      to: maskNumber(number),
      sip_call_id: '',
    },
    {
      origin: recording.origin,
      contact,
      leg,
      sipCallId: '',
      caller: line,
      called: number,
      direction: 'outbound',
      exempt,
    },
  );
  note({ type: 'callback-called', entry, queue, attempt, earlier });
  const [first] = ways;
  if (first === undefined) return 'failed'; // the routes have changed meanwhile
  const customer = await openAnchoredLeg(
    {
      media: {
        leg,
        contact,
        listen: false,
        confidential: ways.every(({ uri }) => services.signalling.isConfidential?.(uri) === true),
        towards: first.uri,
        ...(exempt ? {} : { record: { ...recording.origin, track: 'customer' as const } }),
      },
      over: scope.signal,
    },
    services,
    scope.signal,
  );
  scope.use(customer);
  customer.onEvent(onLegEvent);
  const recorded = exempt ? undefined : await recording.open(customer.codec);
  onDialling();
  const outcome = await dialPerson(
    {
      leg,
      person: `tel:${number}`,
      contact,
      identity: {},
      // whoever rings for us stops by then, also when we are not there any more to say so (RFC 3261 section 20.19)
      headers: { 'X-Contact-ID': contact, Expires: String(Math.ceil(ringMs / 1_000)) },
      ringMs,
      scope,
      signal: scope.signal,
    },
    ways,
    customer.localSdp,
    services,
  );
  if (outcome.outcome !== 'answered') return missOf(outcome);
  const { dialog } = outcome;
  scope.defer(() => dialog.bye());
  if (scope.closed) return 'failed';
  recording.keep();
  await untilAborted(customer.answered(dialog, dialog.remoteSdp), scope.signal);
  note({
    type: 'call-answered',
    leg,
    codec: customer.codec ?? 'unknown',
    telephone_event: customer.telephoneEvent,
    ...(customer.srtp === undefined ? {} : { srtp: customer.srtp }),
    setup_ms: Math.round(services.clock.now() - began),
  });
  return { customer, dialog, recording: recorded };
}
