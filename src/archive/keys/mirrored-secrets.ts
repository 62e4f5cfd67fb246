import { IvrError } from '../../domain/error.ts';
import type { RecordingId } from '../../domain/ids.ts';
import { destroyed, rowsIn, type SecretLog } from './secret-log.ts';

/**
 * Two logs with the same secrets. One is enough to read; what is made or destroyed is so in both before it resolves. What one of them knows to be destroyed
 * is destroyed, whatever the other has.
 */
export function mirroredSecrets(first: SecretLog, second: SecretLog): SecretLog {
  const find: SecretLog['find'] = async (recording) => {
    const [own, other] = await Promise.allSettled([first.find(recording), second.find(recording)]);
    const known = [own, other].flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    if (known.includes('destroyed')) return 'destroyed';
    const secret = known.find((each) => each !== undefined);
    if (secret !== undefined) return secret;
    for (const each of [own, other]) if (each.status === 'rejected') throw each.reason; // it may be there
    return undefined;
  };
  const put: SecretLog['put'] = async (recording, secret) => {
    await first.put(recording, secret);
    await second.put(recording, secret);
  };
  return {
    find,
    put,
    async make(recording) {
      const known = await find(recording);
      if (known === 'destroyed') throw destroyed(recording);
      const secret = known ?? (await first.make(recording));
      await put(recording, secret);
      return secret;
    },
    async destroy(recording) {
      for (const secrets of [first, second])
        if ((await secrets.find(recording)) === undefined)
          throw new IvrError(
            'KEYS_UNREADABLE',
            'a copy of the keys does not have this recording: is its disk mounted?',
            {
              recording,
            },
          );
      await first.destroy(recording);
      await second.destroy(recording);
    },
    days: () => first.days(),
    content: (day) => first.content(day),
  };
}

/**
 * Brings both to the same: what one lacks is written to it, what is destroyed in one is destroyed in the other.
 *
 * @param signal - aborts: the rest waits for the next time
 * @returns how many secrets were written or destroyed
 * @throws IvrError KEYS_UNREADABLE, DISK_FULL
 */
export async function syncSecrets(first: SecretLog, second: SecretLog, signal?: AbortSignal): Promise<number> {
  let changed = 0;
  for (const day of new Set([...(await first.days()), ...(await second.days())])) {
    if (signal?.aborted === true) break;
    const [here, there] = [await first.content(day), await second.content(day)];
    if (here.equals(there)) continue; // as nearly every day is
    changed += await syncDay([first, await rowsIn(here)], [second, await rowsIn(there)], signal);
  }
  return changed;
}

type KnownDay = readonly [SecretLog, Awaited<ReturnType<typeof rowsIn>>];

async function syncDay(first: KnownDay, second: KnownDay, signal: AbortSignal | undefined): Promise<number> {
  let changed = 0;
  for (const [[from, known], [to, there]] of [
    [first, second],
    [second, first],
  ] as const)
    for (const [recording, row] of known) {
      if (there.get(recording) === row || (there.has(recording) && row !== 'destroyed')) continue;
      if (signal?.aborted === true) return changed;
      const secret = await from.find(recording as RecordingId);
      if (secret === undefined) continue;
      await to.put(recording as RecordingId, secret);
      changed += 1;
    }
  return changed;
}
