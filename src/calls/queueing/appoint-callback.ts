import type { Appointment } from '../../agents/agent-desk.ts';
import { expectOpen } from '../../agents/callback-orders.ts';
import { IvrError } from '../../domain/error.ts';
import { uuidV7 } from '../../domain/ids.ts';
import type { AgentId, QueueRow } from '../../queues/queue-fact.ts';
import type { QueueingServices } from './call-queues.ts';
import type { QueueVisitRequest } from './queue-visit-request.ts';
import { REFUSALS, type RefusedBecause, refusedWith } from './refusals.ts';
import { contextOf, mayCall } from './visit-context.ts';
import type { Visit } from './visit-state.ts';

/**
 * An agent who talks to a customer has them called back at another time, to talk to the same agent if at work.
 *
 * @throws IvrError NO_TALK, TRANSFER_REFUSED, USAGE: the queue is closed then; STORAGE_FAILED
 */
export async function appointCallback(
  agent: AgentId,
  { at, number: other }: Appointment,
  { contact, queue, needs, place, askedAt }: Visit,
  { parties, behalf }: Pick<QueueVisitRequest, 'parties' | 'behalf'>,
  customer: string | undefined,
  services: QueueingServices,
): Promise<void> {
  const { queues, dialogue, clock, note } = services;
  const { service, callbacks } = queues;
  if (place.at !== 'talking' || place.agent !== agent) throw new IvrError('NO_TALK', 'there is no conversation');
  if (behalf !== undefined) throw refused('consulted');
  const number = other ?? parties.caller;
  if (!mayCall(number, services, parties)) throw refused('no-route');
  expectOpen(service.rules.queues.get(queue), at, clock.wall());
  if (other !== undefined && !callbacks.allows(customer, other)) throw refused('called-often');
  const entry = uuidV7(clock.wall());
  const hash = other === undefined ? undefined : queues.customerOf(other);
  const context = contextOf(contact, askedAt, services);
  await callbacks.keep(entry, { number, line: parties.called, dialplan: dialogue.name, context });
  const rows = await service.tell({
    type: 'customer-asked',
    entry,
    contact,
    queue,
    kind: 'callback',
    needs: { ...needs, last_agent: agent },
    notBefore: at,
    incarnation: service.incarnation,
    ...(customer === undefined ? {} : { customer }),
    ...(hash === undefined || hash === customer ? {} : { number: hash }),
  });
  if (rows.some((row) => row.type === 'entry-joined' && row.entry === entry))
    return note(contact, { type: 'callback-booked', entry, queue, other_number: other !== undefined, pending: false });
  await callbacks.forget(entry);
  const refusal = rows.find((row): row is Refusing => row.type === 'entry-refused' && row.contact === contact);
  throw refused(refusal?.because ?? 'unknown-queue');
}

type Refusing = Extract<QueueRow, { readonly type: 'entry-refused' }>;

const refused = (because: RefusedBecause): IvrError =>
  refusedWith({ code: 'TRANSFER_REFUSED', because, text: REFUSALS[because] });
