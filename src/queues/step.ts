import { callCustomer, deferCallbacks } from './step-callback.ts';
import { stepAgentEvent } from './step-agent.ts';
import { stepCustomerEvent } from './step-customer.ts';
import type { Floor } from './floor.ts';
import { stepNodeEvent } from './step-node.ts';
import { stepOfferEvent } from './step-offer.ts';
import type { QueueEvent } from './queue-event.ts';
import type { QueueRow } from './queue-fact.ts';
import type { QueueSet } from './queue-rules.ts';
import { route } from './route.ts';
import { stepTime } from './step-time.ts';
import { Stepping } from './stepping.ts';
import { wallAfter, type WallMs } from '../domain/units.ts';

export interface Moment {
  /** Unix ms. */
  readonly at: WallMs;
  /** The node that steps. */
  readonly by: string;
}

type Step = readonly [Floor, ...QueueRow[]];

/**
 * The machine of all queues. Its effects are the rows to journal: whoever rings agents, plays music or calls back acts on those. An event
 * that means nothing any more (an offer that was answered with an old fence, a caller who has left) causes no row, provided that time was
 * told to pass before it.
 *
 * Whatever happens, everybody free and suitable is offered whoever waits within the same step.
 */
export function step(floor: Floor, event: QueueEvent, { at, by }: Moment, rules: QueueSet): Step {
  const stepping = new Stepping(floor, at, by, rules);
  happened(stepping, event);
  offer(stepping);
  return [stepping.frozen(), ...stepping.rows];
}

function happened(stepping: Stepping, event: QueueEvent): void {
  switch (event.type) {
    case 'time-passed':
      return stepTime(stepping);
    case 'node-came-up':
    case 'node-went':
      return stepNodeEvent(stepping, event);
    case 'customer-asked':
    case 'customer-left':
    case 'callback-requested':
    case 'callback-hurried':
    case 'callback-postponed':
    case 'entry-sent':
      return stepCustomerEvent(stepping, event);
    case 'offer-accepted':
    case 'offer-refused':
    case 'customer-reached':
    case 'customer-unreached':
    case 'talk-held':
    case 'talk-resumed':
    case 'talk-ended':
      return stepOfferEvent(stepping, event);
    case 'emergency-changed': {
      const { queue, emergency } = event;
      const before = stepping.queues.get(queue)?.emergency ?? false;
      if (stepping.rules.queues.has(queue) && before !== emergency)
        stepping.note({ type: 'queue-changed', queue, emergency });
      return;
    }
    case 'satisfaction-given': {
      const { contact, queue, agent, flow, flowVersion, score } = event;
      return stepping.note({
        type: 'satisfaction-answered',
        contact,
        queue,
        agent,
        flow,
        flow_version: flowVersion,
        score,
      });
    }
    default:
      return stepAgentEvent(stepping, event);
  }
}

function offer(stepping: Stepping): void {
  const { rules, now: at } = stepping;
  deferCallbacks(stepping);
  for (const match of route(stepping, rules, at)) {
    const { entry, ring, queue } = match;
    if (match.agent === undefined) callCustomer(stepping, entry, queue, match.node);
    else
      stepping.note({
        type: 'entry-offered',
        entry: entry.id,
        agent: match.agent.id,
        fence: stepping.next,
        until: wallAfter(at, queue.offerMs),
        ring,
      });
  }
}
