import { userToUser } from '../domain/user-to-user.ts';
import { deferred } from '../lib/deferred.ts';
import type { AnsweredCall } from './answer-call.ts';
import type { CallServices } from './call-services.ts';
import type { Transfer } from './conversation/contact-state.ts';
import type { ReceivedCall } from './live-call.ts';
import type { CallQueues } from './queueing/call-queues.ts';
import type { QueueVisitRequest, VerifyingBot } from './queueing/queue-visit-request.ts';
import { visitQueues } from './queueing/visit-queues.ts';
import { transferToPerson } from './transfer/transfer.ts';
import type { Transferred } from './transfer/transfer-request.ts';

interface Bringing extends Pick<QueueVisitRequest, 'onCustomerEvent'> {
  readonly answered: AnsweredCall;
  readonly call: Pick<ReceivedCall, 'contact' | 'incoming' | 'pause' | 'scope'>;
  readonly onTalking: () => void;
  /** The bot, which verifies the caller, gives them back. */
  readonly takeBack: () => void;
}

/**
 * Brings the caller whom the dialogue asks for: an agent of a queue, where there are queues, or the person of the configuration. While an agent
 * has the bot verify the caller again, their visit goes on, and the next transfer leads back to it.
 */
export function openBringing(
  { answered, call, onTalking, onCustomerEvent, takeBack }: Bringing,
  services: CallServices & { readonly queues?: CallQueues },
): (asked: Transfer) => Promise<Transferred> {
  const { contact, incoming, pause, scope } = call;
  const { queues } = services;
  let over: Promise<Transferred> | undefined;
  /** The visit has lent the caller to the bot: what gives them back to it. */
  let giveBack: (() => void) | undefined;
  let lent = deferred<Transferred>();

  const bot: VerifyingBot = {
    lend(onBack) {
      giveBack = onBack;
      lent.resolve({ outcome: 'verify', gone: false });
    },
    takeBack,
  };

  /** Of a queue that the file does not have, the default one: callers hear nothing of what is missing there. */
  function queueFor(wanted: string | undefined): string | undefined {
    if (queues === undefined || wanted === undefined || queues.service.rules.queues.has(wanted))
      return wanted ?? queues?.defaultQueue();
    services.logger.warn({ contact, queue: wanted }, 'queues.file has no queue of that name: the default one is asked');
    return queues.defaultQueue();
  }

  function bring({ ringMs, context, because, queue: wanted, verifies }: Transfer): Promise<Transferred> {
    const { caller, dialog, recording } = answered;
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
    const queue = queueFor(wanted);
    if (queues === undefined || queue === undefined) return transferToPerson(request, services, scope.signal);
    const visit = { ...request, ...(verifies === true ? { bot } : {}), queue, because, onCustomerEvent };
    return visitQueues(visit, { ...services, queues }, scope.signal);
  }

  return (asked) => {
    const back = giveBack;
    giveBack = undefined;
    lent = deferred();
    if (over === undefined || back === undefined) over = bring(asked);
    else back();
    return Promise.race([over, lent.promise]);
  };
}
