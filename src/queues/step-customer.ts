import { admit } from './admit.ts';
import type { Entry } from './entry.ts';
import { keptKey } from './floor.ts';
import type { QueueEvent } from './queue-event.ts';
import type { EntryEnd } from './queue-fact.ts';
import { completeNeeds, priorityOf, type QueueRules, rulesText } from './queue-rules.ts';
import type { Stepping } from './stepping.ts';

type CustomerEvent = Extract<
  QueueEvent,
  { readonly type: 'customer-asked' | 'customer-left' | 'callback-requested' | 'entry-sent' }
>;

export function stepCustomerEvent(stepping: Stepping, event: CustomerEvent): void {
  if (event.type === 'customer-asked') return join(stepping, event);
  const entry = stepping.entries.get(event.entry);
  if (entry === undefined) return;
  switch (event.type) {
    case 'customer-left': {
      const talked = entry.answeredAt !== undefined;
      const { because } = event;
      if (because === 'hung-up') return endEntry(stepping, entry, talked ? 'customer-hung-up' : 'abandoned');
      return endEntry(stepping, entry, because);
    }
    case 'callback-requested':
      if (entry.kind === 'call' && entry.is.at === 'waiting')
        stepping.note({ type: 'entry-became-callback', entry: entry.id });
      return;
    case 'entry-sent': {
      const queue = stepping.rules.queues.get(event.queue);
      if (queue !== undefined && queue.name !== entry.queue) moveEntry(stepping, entry, queue, 'supervisor');
    }
  }
}

function join(stepping: Stepping, event: Extract<CustomerEvent, { readonly type: 'customer-asked' }>): void {
  const { entry, contact, queue: asked, kind, customer, incarnation } = event;
  const { rules, now: at } = stepping;
  // one that was let in already, or a node that was taken for lost: its calls are not ours any more
  if (stepping.entries.has(entry) || stepping.nodes.get(stepping.by) !== incarnation) return;
  const kept = customer === undefined ? undefined : stepping.kept.get(keptKey(asked, customer));
  const placeKept = kept !== undefined && kept.until >= at;
  const admitted = admit(stepping, asked, rules, at, placeKept);
  if ('refused' in admitted)
    return stepping.note({ type: 'entry-refused', contact, queue: asked, because: admitted.refused });
  const { queue } = admitted;
  const needs = completeNeeds(event.needs, rules);
  const priority = priorityOf(queue, needs, rules);
  const returns = placeKept && queue.name === asked;
  stepping.note({
    type: 'entry-joined',
    entry,
    contact,
    queue: queue.name,
    kind,
    rules: rulesText(queue.name, priority, needs),
    place: returns ? kept.place : stepping.next,
    waiting_since: returns ? kept.waitingSince : at,
    priority,
    needs,
    ...(customer === undefined ? {} : { customer }),
    ...(kind === 'call' ? { node: stepping.by, incarnation } : {}),
    ...(returns ? { returned_from: kept.entry } : {}),
  });
}

/** The place goes along: in the other queue the entry stands before those who came later. */
export function moveEntry(
  stepping: Stepping,
  { id, needs, is }: Entry,
  queue: QueueRules,
  because: 'overflow' | 'supervisor',
): void {
  if (is.at !== 'waiting') return;
  const priority = priorityOf(queue, needs, stepping.rules);
  const rules = rulesText(queue.name, priority, needs);
  stepping.note({ type: 'entry-moved', entry: id, queue: queue.name, rules, priority, because });
}

/** Whoever gave up, or was cut off without wanting it, keeps the place. */
const KEEPS: ReadonlySet<EntryEnd> = new Set(['abandoned', 'node-lost', 'agent-lost']);

/** Ends it wherever it is. Whoever has talked wraps up. */
export function endEntry(stepping: Stepping, entry: Entry, because: EntryEnd): void {
  const { is, answeredAt, customer } = entry;
  const queue = stepping.rules.queues.get(entry.queue);
  const agent = 'agent' in is ? is.agent : undefined;
  const wrapUp = answeredAt === undefined ? 0 : (queue?.wrapUpMs ?? 0);
  const keeps = KEEPS.has(because) && customer !== undefined;
  stepping.note({
    type: 'entry-ended',
    entry: entry.id,
    because,
    ...(agent === undefined ? {} : { agent }),
    ...(agent === undefined || wrapUp === 0 ? {} : { wrap_up_until: stepping.now + wrapUp }),
    ...(keeps ? { keep_until: stepping.now + (queue?.keepPlaceMs ?? 0) } : {}),
  });
  if (agent !== undefined && wrapUp === 0) followWish(stepping, agent);
}

/** What the agent had asked to do after the conversation. */
export function followWish(stepping: Stepping, id: string): void {
  const agent = stepping.agents.get(id);
  if (agent?.next === undefined) return;
  const { state, reason } = agent.next;
  if (state === 'signed-out') stepping.note({ type: 'agent-signed-out', agent: id, because: 'agent' });
  else
    stepping.note({
      type: 'agent-changed',
      agent: id,
      state,
      ...(reason === undefined ? {} : { reason }),
      because: 'agent',
    });
}
