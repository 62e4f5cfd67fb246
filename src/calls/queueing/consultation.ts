import type { TransferTarget } from '../../agents/agent-desk.ts';
import type { EndpointEvent } from '../../media/media-server.ts';
import type { Conference } from '../conference/conference.ts';
import type { AnchoredLeg } from '../leg/anchored-leg.ts';
import type { Transferred } from '../transfer/transfer-request.ts';
import type { QueueingServices } from './call-queues.ts';
import { putThrough } from './put-through.ts';
import type { QueueVisitRequest } from './queue-visit-request.ts';
import { queueOf } from './visit-context.ts';

/** Somebody whom an agent has called in. */
export interface Consultation {
  /** They were not reached, have left, or their conversation with the customer is over. Never rejects for what people do. */
  readonly over: Promise<Transferred>;
  /** The same; of an agent it is told before their line is down, which may take long. */
  readonly gone: Promise<unknown>;
  /** The customer is theirs; the agent leaves. */
  takeOver(): void;
  /** They are not wanted any more. */
  end(): void;
}

/** A visit of the queues on behalf of an agent: for another agent to be consulted. */
export interface VisitOnBehalf {
  readonly over: Promise<Transferred>;
  readonly gone: Promise<unknown>;
  takeOver(customer: QueueVisitRequest): void;
  callOff(): void;
}

interface ConsultationOptions {
  /** The customer's. */
  readonly request: QueueVisitRequest;
  readonly conference: Conference;
  /** Who consults: hears how it goes. */
  readonly agentLeg: AnchoredLeg;
  readonly onAgentEvent: (listener: (event: EndpointEvent) => void) => () => void;
  /** They talk to each other. */
  readonly onTalking: () => void;
  readonly visit: (request: QueueVisitRequest) => VisitOnBehalf;
}

/**
 * Calls somebody in while the customer waits: an agent by a visit of the queues, on behalf of the agent who consults and with all that a visit
 * has (the offer with its context, its lease, the whisper); or a number, by its route. Their media is beside the customer's, so that the customer
 * can be left to them.
 */
export function openConsultation(
  to: TransferTarget,
  { request, conference, agentLeg, onAgentEvent, onTalking, visit }: ConsultationOptions,
  services: QueueingServices,
  signal: AbortSignal,
): Consultation {
  const part = conference.consulted;
  const track = conference.trackOf('consulted');
  const { near = request.caller } = request;
  const own: QueueVisitRequest = {
    ...request,
    caller: agentLeg,
    near,
    track,
    onTalking,
    onCustomerEvent: onAgentEvent,
  };
  if ('number' in to) {
    const ending = new AbortController();
    const meet: NonNullable<QueueVisitRequest['meet']> = (person) => ({
      apart: part.join(person, { track, who: 'person' }),
      stop: () => part.leave(),
    });
    const over = putThrough(to.number, { ...own, meet }, services, AbortSignal.any([signal, ending.signal]));
    return { over, gone: over, takeOver: () => conference.promote(), end: () => ending.abort() };
  }
  const queue = queueOf(to, request.queue, services.queues) ?? request.queue;
  const behalf = { part, ...('agent' in to ? { agent: to.agent } : {}) };
  const visiting = visit({ ...own, queue, conference, behalf });
  return {
    over: visiting.over,
    gone: visiting.gone,
    takeOver() {
      conference.promote();
      visiting.takeOver({ ...request, track, queue });
    },
    end: () => visiting.callOff(),
  };
}
