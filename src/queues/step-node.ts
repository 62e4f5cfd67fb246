import type { Entry } from './entry.ts';
import type { QueueEvent } from './queue-event.ts';
import { reach } from './step-agent.ts';
import { ringsUnattended } from './step-callback.ts';
import { endEntry } from './step-customer.ts';
import { endOffer } from './step-offer.ts';
import type { Stepping } from './stepping.ts';

type NodeEvent = Extract<QueueEvent, { readonly type: 'node-came-up' | 'node-went' }>;

/** The calls of a node that is gone are gone: their entries end, and who was cut off keeps the place. Callbacks wait on. */
export function stepNodeEvent(stepping: Stepping, event: NodeEvent): void {
  if (event.type === 'node-went') return end(stepping, event.node, event.incarnation, event.because);
  const node = stepping.by;
  const former = stepping.nodes.get(node);
  if (former === event.incarnation) return;
  if (former !== undefined) end(stepping, node, former, 'restarted');
  stepping.note({ type: 'node-started', node, incarnation: event.incarnation });
}

function end(stepping: Stepping, node: string, incarnation: string, because: 'stopped' | 'silent' | 'restarted'): void {
  if (stepping.nodes.get(node) !== incarnation) return;
  stepping.note({ type: 'node-ended', node, incarnation, because });
  for (const entry of stepping.entries.values())
    if (entry.node === node && entry.incarnation === incarnation) leave(stepping, entry);
  // nobody hears of their desks until those have found another node, or this one again
  for (const agent of stepping.agents.values())
    if (agent.reachable && agent.node === node) reach(stepping, agent, false);
}

function leave(stepping: Stepping, entry: Entry): void {
  const { is, kind } = entry;
  if (kind === 'callback' && is.at === 'offered') return endOffer(stepping, entry, is, 'node-lost');
  if (is.at === 'dialling') return ringsUnattended(stepping, entry, is);
  endEntry(stepping, entry, 'node-lost');
}
