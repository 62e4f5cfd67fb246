import { userToUser } from '../domain/user-to-user.ts';
import type { AnsweredCall } from './answer-call.ts';
import type { CallServices } from './call-services.ts';
import type { Transfer } from './conversation/contact-state.ts';
import type { CallInProgress } from './live-call.ts';
import type { CallQueues } from './queueing/call-queues.ts';
import type { QueueVisitRequest } from './queueing/queue-visit-request.ts';
import { visitQueues } from './queueing/visit-queues.ts';
import { transferToPerson } from './transfer/transfer.ts';
import type { Transferred } from './transfer/transfer-request.ts';

interface Wanted extends Pick<QueueVisitRequest, 'onCustomerEvent'> {
  readonly asked: Transfer;
  readonly answered: AnsweredCall;
  readonly call: Pick<CallInProgress, 'contact' | 'incoming' | 'pause' | 'scope'>;
  readonly onTalking: () => void;
}

/** Brings the caller whom the dialogue asks for: an agent of a queue, where there are queues, or the person of the configuration. */
export function bringSomebody(
  { asked, answered, call, onTalking, onCustomerEvent }: Wanted,
  services: CallServices & { readonly queues?: CallQueues },
): Promise<Transferred> {
  const { caller, dialog, recording } = answered;
  const { contact, incoming, pause, scope } = call;
  const { ringMs, context, because } = asked;
  const request = {
    contact,
    caller,
    dialog,
    recording,
    pause,
    ringMs,
    context,
    parties: incoming.parties,
    userToUser: userToUser(incoming.header('user-to-user')),
    onTalking,
  };
  const { queues } = services;
  const queue = asked.queue ?? queues?.defaultQueue();
  if (queues === undefined || queue === undefined) return transferToPerson(request, services, scope.signal);
  return visitQueues({ ...request, queue, because, onCustomerEvent }, { ...services, queues }, scope.signal);
}
