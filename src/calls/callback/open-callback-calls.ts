import { asError } from '../../domain/error.ts';
import type { Dialogue } from '../../dialogue/dialogue.ts';
import type { Entry } from '../../queues/entry.ts';
import type { QueueRow } from '../../queues/queue-fact.ts';
import type { CallRegistry } from '../call-registry.ts';
import type { CallServices } from '../call-services.ts';
import type { CallQueues } from '../queueing/call-queues.ts';
import { queueTeller } from '../queueing/queue-teller.ts';
import { runCallback } from './run-callback.ts';
import type { WallMs } from '../../domain/units.ts';

export type CallbackServices = Omit<CallServices, 'dialogue'> & {
  readonly queues: CallQueues;
  /** Whose words are spoken. */
  readonly dialogueOf: (dialplan: string) => Dialogue;
};

type Dialled = Extract<QueueRow, { readonly type: 'callback-dialled' }>;

/**
 * Calls the customers whom the queues say that this node is to call. The row that says so is the lease of the call: it is durable before
 * anything rings, names this run of the node, and ends by itself.
 *
 * @returns the way to stop
 */
export function openCallbackCalls(services: CallbackServices, calls: Pick<CallRegistry, 'place'>): () => void {
  const { queues, logger } = services;
  const { service } = queues;
  const own = new Set<string>();
  const teller = queueTeller(service, services, () => undefined);
  const isOurs = ({ node, incarnation }: Pick<Entry, 'node' | 'incarnation'>): boolean =>
    node === service.node && incarnation === service.incarnation;

  async function call(entry: Entry, fence: number, until: WallMs): Promise<void> {
    const lease = `${entry.id} ${fence}`;
    if (own.has(lease)) return;
    own.add(lease);
    const missed = (because: 'failed' | 'not-called'): void =>
      teller.tell({ type: 'customer-unreached', entry: entry.id, fence, because });
    try {
      const kept = await queues.callbacks.of(entry.id);
      const now = service.floor.entries.get(entry.id)?.is;
      if (now?.at !== 'dialling' || now.fence !== fence) return; // withdrawn meanwhile
      if (kept === undefined) {
        logger.error({ entry: entry.id }, 'a customer cannot be called back: the number is not there');
        return missed('failed');
      }
      const { id, queue, needs, customer, waitingSince, contact, attempts } = entry;
      const asked = {
        entry: id,
        fence,
        attempt: attempts + 1,
        until,
        queue,
        needs,
        customer,
        askedAt: waitingSince,
        earlier: contact,
        kept,
      };
      const own = { ...services, dialogue: services.dialogueOf(kept.dialplan) };
      if (!calls.place((onReleased) => runCallback(asked, own, onReleased))) missed('not-called');
    } catch (thrown) {
      logger.error({ entry: entry.id }, 'a customer could not be called back', asError(thrown));
      missed('not-called');
    } finally {
      own.delete(lease);
    }
  }

  function dialled({ entry: id, fence, until, agent, node, incarnation }: Dialled): void {
    const entry = service.floor.entries.get(id);
    if (agent !== undefined || entry === undefined || !isOurs({ node, incarnation })) return;
    if (entry.is.at === 'dialling' && entry.is.fence === fence) void call(entry, fence, until);
  }

  const stop = service.subscribe((row) => (row.type === 'callback-dialled' ? dialled(row) : undefined));
  // said before anybody listened
  for (const entry of service.floor.entries.values())
    if (entry.is.at === 'dialling' && entry.is.agent === undefined && isOurs(entry))
      void call(entry, entry.is.fence, entry.is.until);
  return stop;
}
