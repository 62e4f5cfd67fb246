import type { LegId } from '../domain/ids.ts';
import { maskNumber } from '../domain/secret.ts';
import type { IncomingCall } from '../signalling/signalling.ts';
import type { OfferFact } from './call-services.ts';

/** Whoever calls, as the journal tells it: numbers are masked. */
export function offerOf({ parties, sipCallId }: Pick<IncomingCall, 'parties' | 'sipCallId'>, leg: LegId): OfferFact {
  return {
    type: 'call-offered',
    leg,
    direction: 'inbound',
    from: maskNumber(parties.caller),
    to: maskNumber(parties.called),
    sip_call_id: sipCallId,
    ...(parties.asserted ? { asserted: true } : {}),
    ...(parties.divertedFrom === undefined ? {} : { diverted_from: maskNumber(parties.divertedFrom) }),
    ...(parties.private ? { private: true } : {}),
  };
}
