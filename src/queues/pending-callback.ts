import type { Entry } from './entry.ts';
import type { Floor } from './floor.ts';
import type { QueueRules } from './queue-rules.ts';

/** Who waits to be called back at one of those numbers (keyed hashes), or called from it. */
export function pendingCallback(
  { entries }: Pick<Floor, 'entries'>,
  queue: string,
  numbers: readonly (string | undefined)[],
): Entry | undefined {
  for (const entry of entries.values())
    if (entry.kind === 'callback' && entry.queue === queue && entry.answeredAt === undefined)
      if ([entry.number ?? entry.customer, entry.customer].some((own) => own !== undefined && numbers.includes(own)))
        return entry;
  return undefined;
}

/** Whether a queue takes another callback. */
export function hasRoom({ entries }: Pick<Floor, 'entries'>, { name, callback }: QueueRules): boolean {
  let callbacks = 0;
  for (const { kind, queue } of entries.values()) if (kind === 'callback' && queue === name) callbacks += 1;
  return callbacks < callback.most;
}
