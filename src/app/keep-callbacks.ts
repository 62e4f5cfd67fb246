import type { KeptCallback, KeptCallbacks } from '../calls/queueing/call-queues.ts';
import { asError } from '../domain/error.ts';
import { timeOfUuid } from '../domain/ids.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Scope } from '../lib/scope.ts';
import type { EntryId, QueueRow } from '../queues/queue-fact.ts';
import type { QueueService } from '../queues/queue-service.ts';
import type { QueueStore } from '../queues/queue-store.ts';
import type { StaffKey } from '../staff/staff-key.ts';

/** A customer may have so many other numbers called in a day, and a number be called for so many customers who do not call from it. */
const MOST_OTHER_NUMBERS = 3;
/** Whoever shows a number that is not theirs has it called so often in a day. */
const MOST_OWN_NUMBER = 6;
const DAY_MS = 24 * 3_600_000;
/** A callback is in the queues soon after its number is kept. */
const BOOKED_WITHIN_MS = 10 * 60_000;
const MOST_REMEMBERED = 20_000;
/** Of what the record of the earlier contact holds; the rest is in the archive. */
const MOST_LINES = 60;

export interface CallbackParts {
  readonly service: Pick<QueueService, 'floor' | 'subscribe' | 'node'>;
  readonly store: Pick<QueueStore, 'keepNumber' | 'numberOf' | 'forgetNumber' | 'numbersKept'>;
  readonly key: Pick<StaffKey, 'seal' | 'open'>;
  /** Keyed hash of a number in any usual form, as of the customer's. */
  readonly hashOf: (number: string) => string | undefined;
  readonly clock: Pick<Clock, 'wall'>;
  readonly logger: Logger;
}

/** Keeps the numbers of callbacks, sealed, until those are over. */
export function keepCallbacks(
  { service, store, key, hashOf, clock, logger }: CallbackParts,
  scope: Pick<Scope, 'defer'>,
): KeptCallbacks {
  const kept = new Set<EntryId>();
  const booked = new Map<string, number[]>();

  const forget = (entry: EntryId): void => {
    kept.delete(entry);
    store
      .forgetNumber(entry)
      .catch((thrown: unknown) =>
        logger.warn(
          { entry },
          'the number of a callback that is over could not be removed; the next start does it',
          asError(thrown),
        ),
      );
  };
  const take = (row: QueueRow): void => {
    if (row.type === 'entry-ended' && (row.by === service.node || kept.has(row.entry))) forget(row.entry);
  };
  scope.defer(service.subscribe(take));
  // what a crash has left
  void store
    .numbersKept()
    .then((entries) => {
      const before = clock.wall() - BOOKED_WITHIN_MS;
      for (const entry of entries) if (!service.floor.entries.has(entry) && timeOfUuid(entry) < before) forget(entry);
    })
    .catch((thrown: unknown) => logger.warn({}, 'the numbers of callbacks could not be read', asError(thrown)));

  function recent(what: string): number[] {
    const since = clock.wall() - DAY_MS;
    return (booked.get(what) ?? []).filter((at) => at > since);
  }
  function count(what: string): void {
    const times = [...recent(what), clock.wall()];
    booked.delete(what);
    booked.set(what, times);
    const [oldest] = booked.keys();
    if (booked.size > MOST_REMEMBERED && oldest !== undefined) booked.delete(oldest);
  }

  return {
    async keep(entry, callback) {
      const { context } = callback;
      const short = { ...callback, context: { ...context, transcript: context.transcript.slice(-MOST_LINES) } };
      kept.add(entry);
      await store.keepNumber(entry, key.seal(Buffer.from(JSON.stringify(short))));
    },
    async forget(entry) {
      kept.delete(entry);
      await store.forgetNumber(entry);
    },
    async of(entry) {
      const sealed = await store.numberOf(entry);
      return sealed === undefined ? undefined : (JSON.parse(key.open(sealed).toString()) as KeptCallback);
    },
    allows(customer, number) {
      const called = hashOf(number) ?? '';
      const own = called === customer;
      const most = own ? MOST_OWN_NUMBER : MOST_OTHER_NUMBERS;
      const limited = own
        ? [`own ${called}`]
        : [`to ${called}`, ...(customer === undefined ? [] : [`for ${customer}`])];
      if (limited.some((what) => recent(what).length >= most)) return false;
      for (const what of limited) count(what);
      return true;
    },
  };
}
