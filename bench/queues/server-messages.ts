import type { QueueEvent } from '../../src/queues/queue-event.ts';
import type { QueueRow } from '../../src/queues/queue-fact.ts';

export type ToServer = { readonly id: number; readonly event: QueueEvent } | { readonly stop: true };
export type FromServer =
  /** With the entries that it knows of. */
  | { readonly ready: true; readonly entries: readonly string[] }
  | { readonly id: number; readonly taken: boolean }
  | { readonly row: QueueRow };
