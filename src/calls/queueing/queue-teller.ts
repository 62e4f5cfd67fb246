import { asError } from '../../domain/error.ts';
import { seconds } from '../../domain/units.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { pause } from '../../lib/pause.ts';
import type { QueueEvent } from '../../queues/queue-event.ts';
import type { QueueService } from '../../queues/queue-service.ts';

const AGAIN_AFTER = seconds(2);
/** By then a database that is away has been noticed, and the next start ends what was open. */
const MOST_TRIES = 300;
const NEVER = new AbortController().signal;

export interface QueueTeller {
  tell(event: QueueEvent): void;
  /** Resolves when all that was told is written, or is being tried again. */
  settled(): Promise<void>;
}

/**
 * Tells the queues what happens in a call. Ends are told until they are written: an entry whose customer has left must not wait on.
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
    for (let n = 1; n < MOST_TRIES; n++) {
      await pause(AGAIN_AFTER, clock, NEVER);
      if (
        await service.tell(event).then(
          () => true,
          () => false,
        )
      )
        return;
    }
    logger.error({ type: event.type }, 'the queues were not told what happened in a call');
  }

  function failed(event: QueueEvent, thrown: unknown): void {
    logger.error({ type: event.type }, 'the queues could not be told what happened in a call', asError(thrown));
    switch (event.type) {
      case 'customer-asked':
        onNotWritten();
        // it may have been written all the same
        return void again({ type: 'customer-left', entry: event.entry, because: 'cancelled' });
      case 'offer-accepted':
        return; // the lease ends by itself
      default:
        void again(event);
    }
  }

  return {
    tell(event) {
      telling = Promise.all([telling, service.tell(event).catch((thrown: unknown) => failed(event, thrown))]);
    },
    settled: async () => {
      await telling;
    },
  };
}
