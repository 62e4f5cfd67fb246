import { IvrError } from '../../domain/error.ts';
import type { RecordingId } from '../../domain/ids.ts';
import type { SyncedKeys, SyncOptions } from './key-store.ts';
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
    async restore(recording, secret) {
      await first.restore(recording, secret);
      await second.restore(recording, secret);
    },
    days: () => first.days(),
    content: (day) => first.content(day),
  };
}

/**
 * Brings both to the same: what one lacks is written to it; what is destroyed in one is destroyed in the other, if that was decided: zeros that a
 * disk or a hand has left in one copy must not take the other one with them.
 *
 * @throws IvrError KEYS_UNREADABLE, DISK_FULL, and what `permit` throws
 */
export async function syncSecrets(first: SecretLog, second: SecretLog, options: SyncOptions): Promise<SyncedKeys> {
  const synced = { changed: 0, undecided: [] as RecordingId[] };
  for (const day of new Set([...(await first.days()), ...(await second.days())])) {
    if (options.signal?.aborted === true) break;
    const [here, there] = [await first.content(day), await second.content(day)];
    if (here.equals(there)) continue; // as nearly every day is
    await syncDay([first, await rowsIn(here)], [second, await rowsIn(there)], options, synced);
  }
  return synced;
}

type KnownDay = readonly [SecretLog, Awaited<ReturnType<typeof rowsIn>>];

async function syncDay(
  first: KnownDay,
  second: KnownDay,
  { permit, repair = false, signal }: SyncOptions,
  synced: { changed: number; readonly undecided: RecordingId[] },
): Promise<void> {
  for (const [[from, known], [to, there]] of [
    [first, second],
    [second, first],
  ] as const)
    for (const [id, row] of known) {
      const recording = id as RecordingId;
      const other = there.get(id);
      if (other === row || (other === 'kept' && row !== 'destroyed')) continue;
      if (signal?.aborted === true) return;
      const lost = other === 'destroyed' || (row === 'destroyed' && other === 'kept');
      const decided = lost && (await permit(recording)) !== undefined;
      if (lost && !decided && !repair) {
        if (row === 'destroyed') synced.undecided.push(recording);
        continue;
      }
      // what is destroyed goes over what is kept when it was decided, and otherwise, in a repair, the other way round
      if (lost && (row === 'destroyed') !== decided) continue;
      const secret = await from.find(recording);
      if (secret === undefined) continue;
      if (lost && secret !== 'destroyed') await to.restore(recording, secret);
      else await to.put(recording, secret);
      synced.changed += 1;
    }
}
