import { asError, IvrError } from '../../domain/error.ts';
import { seconds } from '../../domain/units.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { pause } from '../../lib/pause.ts';
import type { QueueEvent } from '../../queues/queue-event.ts';
import type { QueueRow } from '../../queues/queue-fact.ts';
import type { QueueService } from '../../queues/queue-service.ts';

const AGAIN_AFTER = seconds(2);
const NEVER = new AbortController().signal;

export interface QueueTeller {
  tell(event: QueueEvent): void;
  /** Resolves when all that was told is written, or is being tried again. */
  settled(): Promise<void>;
}

/**
 * Tells the queues what happens in a call. Ends are told until they are written, however long the database is away, or the queues are closed,
 * which end what is open: an entry whose customer has left must not wait on, and be offered again and again.
 *
 * @param onNotWritten - what was asked for has not been written
 */
export function queueTeller(
  service: Pick<QueueService, 'tell'>,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  onNotWritten: () => void,
): QueueTeller {
  let telling: Promise<unknown> = Promise.resolve();

  async function again(event: QueueEvent): Promise<void> {
    let done = false;
    while (!done) {
      await pause(AGAIN_AFTER, clock, NEVER);
      done = await service.tell(event).then(() => true, areClosed);
    }
  }

  async function tellOnce(event: QueueEvent): Promise<void> {
    const rows = await service.tell(event);
    // neither let in nor refused: this node was taken for gone, and has not come back so far
    if (event.type === 'customer-asked' && !rows.some((row) => answers(row, event))) onNotWritten();
    // the lease of the call that reached them is over
    if (event.type === 'customer-reached' && rows.length === 0) onNotWritten();
  }

  function failed(event: QueueEvent, thrown: unknown): void {
    if (event.type === 'customer-asked' || event.type === 'customer-reached') onNotWritten();
    if (areClosed(thrown)) return;
    logger.error({ type: event.type }, 'the queues could not be told what happened in a call', asError(thrown));
    switch (event.type) {
      case 'customer-asked':
        // it may have been written all the same
        return void again({ type: 'customer-left', entry: event.entry, because: 'cancelled' });
      case 'offer-accepted':
      case 'customer-reached':
        return; // the lease ends by itself
      default:
        void again(event);
    }
  }

  return {
    tell(event) {
      telling = Promise.all([telling, tellOnce(event).catch((thrown: unknown) => failed(event, thrown))]);
    },
    settled: async () => {
      await telling;
    },
  };
}

const areClosed = (thrown: unknown): boolean => thrown instanceof IvrError && thrown.code === 'CANCELLED';

const answers = (
  row: QueueRow,
  { entry, contact }: Extract<QueueEvent, { readonly type: 'customer-asked' }>,
): boolean =>
  (row.type === 'entry-joined' && row.entry === entry) || (row.type === 'entry-refused' && row.contact === contact);
