import type { ContactId } from '../../domain/ids.ts';
import type { EntryId, Needs, QueueName } from '../../queues/queue-fact.ts';
import type { KeptCallback } from '../queueing/call-queues.ts';
import type { WallMs } from '../../domain/units.ts';

/** A customer is to be called now, by this node: its lease is in the journal. */
export interface AskedCallback {
  readonly entry: EntryId;
  readonly fence: number;
  /** 1: the first. */
  readonly attempt: number;
  /** Unix ms, of the lease. */
  readonly until: WallMs;
  readonly queue: QueueName;
  readonly needs: Needs;
  /** Keyed hash of their number. */
  readonly customer: string | undefined;
  /** Unix ms. */
  readonly askedAt: WallMs;
  /** The contact in which they asked for it. */
  readonly earlier: ContactId;
  readonly kept: KeptCallback;
}
