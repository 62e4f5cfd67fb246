import { IvrError } from '../../domain/error.ts';
import type { RecordingId } from '../../domain/ids.ts';
import { destroyed, type SecretLog } from './secret-log.ts';

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
    rows: (day) => first.rows(day),
  };
}

/**
 * Brings both to the same: what one lacks is written to it, what is destroyed in one is destroyed in the other.
 *
 * @returns how many secrets were written or destroyed
 * @throws IvrError KEYS_UNREADABLE, DISK_FULL
 */
export async function syncSecrets(first: SecretLog, second: SecretLog): Promise<number> {
  let changed = 0;
  for (const day of new Set([...(await first.days()), ...(await second.days())])) {
    const [own, other] = [await first.rows(day), await second.rows(day)];
    for (const [from, known, to, there] of [
      [first, own, second, other],
      [second, other, first, own],
    ] as const)
      for (const [recording, row] of known) {
        if (there.get(recording) === row || (there.has(recording) && row !== 'destroyed')) continue;
        const secret = await from.find(recording as RecordingId);
        if (secret === undefined) continue;
        await to.put(recording as RecordingId, secret);
        changed += 1;
      }
  }
  return changed;
}
