import { asError, IvrError } from '../../domain/error.ts';
import { type ContactId, uuidV7 } from '../../domain/ids.ts';
import { seconds, type WallMs } from '../../domain/units.ts';
import type { Clock } from '../../lib/clock.ts';
import { pause } from '../../lib/pause.ts';
import type { Storage } from '../../storage/storage.ts';
import { orStorageFailed } from '../../storage/storage-failure.ts';
import type { ArchiveIndex } from '../index/archive-index.ts';

/* A call of our own, through the line to the archive: what nobody calls is not known to work. */

export interface SyntheticCallParts {
  readonly storage: Storage;
  readonly index: Pick<ArchiveIndex, 'list'>;
  /** Calls the line, says something, hangs up. @returns the contact that it was */
  readonly place: (signal: AbortSignal) => Promise<ContactId>;
  readonly clock: Pick<Clock, 'wall' | 'after'>;
  readonly onAlarm: (reason: string) => void;
}

export interface SyntheticCallResult {
  readonly at: WallMs;
  readonly contact: ContactId | null;
  readonly ok: boolean;
  readonly reason: string | null;
}

/** With the longest greeting that it hears out. */
const CALL_TAKES = seconds(180);
const ARCHIVED_WITHIN = seconds(30);
const LOOK_EVERY = seconds(1);

/**
 * Places one and follows its recording into the archive. Never rejects but when its result cannot be written.
 *
 * @param signal - aborts: the server stops, which says nothing of the line
 * @returns undefined: it was broken off
 * @throws IvrError STORAGE_FAILED
 */
export async function syntheticCall(
  parts: SyntheticCallParts,
  signal: AbortSignal,
): Promise<SyntheticCallResult | undefined> {
  const { storage, clock, onAlarm } = parts;
  const at = clock.wall();
  const result = await attempt(parts, signal).then(
    ({ contact, reason }) => ({ at, contact, ok: reason === null, reason }),
    (thrown: unknown) => ({
      at,
      contact: null,
      ok: false,
      reason: `the call failed: ${thrown instanceof IvrError ? thrown.code : asError(thrown).name}`,
    }),
  );
  if (signal.aborted) return undefined;
  if (result.reason !== null) onAlarm(result.reason);
  await orStorageFailed(
    'writing the result of the synthetic call',
    storage
      .knex('synthetic_call')
      .insert({ id: uuidV7(at), at, contact: result.contact, ok: result.ok ? 1 : 0, reason: result.reason })
      .then(() => undefined),
  );
  return result;
}

async function attempt(
  { index, place, clock }: SyntheticCallParts,
  signal: AbortSignal,
): Promise<{ readonly contact: ContactId; readonly reason: string | null }> {
  const over = new AbortController();
  const stop = clock.after(CALL_TAKES, () => over.abort());
  const contact = await place(AbortSignal.any([signal, over.signal])).finally(stop);
  const until = clock.wall() + ARCHIVED_WITHIN;
  for (;;) {
    const [recording] = await index.list({ contact, limit: 1 });
    if (recording?.state === 'VERIFIED') return { contact, reason: null };
    if (clock.wall() >= until)
      return {
        contact,
        reason:
          recording === undefined ? 'its recording is not known' : `its recording is ${recording.state}, not VERIFIED`,
      };
    await pause(LOOK_EVERY, clock, signal);
    if (signal.aborted) return { contact, reason: null };
  }
}
