import { newContactId, newLegId } from '../domain/ids.ts';
import type { IncomingCall } from '../signalling/signalling.ts';
import type { CallServices } from './call-services.ts';
import { offerOf } from './offer-fact.ts';

/** Refuses a call that the configuration has no dialplan for now. The journal has it like every other call. */
export function rejectCall(
  incoming: IncomingCall,
  status: number,
  { clock, note }: Pick<CallServices, 'clock' | 'note'>,
): void {
  const contact = newContactId(clock.wall());
  incoming.reject(status);
  note(contact, offerOf(incoming, newLegId(clock.wall())));
  note(contact, { type: 'call-rejected', status, reason: 'route' });
  note(contact, { type: 'call-ended', because: 'rejected', duration_ms: 0 });
}
