import { IvrError } from '../../domain/error.ts';
import { type WallMs, wallMs } from '../../domain/units.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Storage } from '../../storage/storage.ts';
import { type ClockAlarm, lookAtClock, type TrustedClock } from './trusted-clock.ts';

export interface ReaperClock {
  /** Goes on to now. @returns why nothing may be destroyed: an alarm stays until people say that the clock is right */
  look(): Promise<ClockAlarm | 'clock-suspect' | undefined>;
  trusted(): WallMs;
  resume(approvedBy: readonly string[]): Promise<void>;
}

/** How long a reference may keep one waiting. */
const REFERENCE_MS = 5_000;

/** The trusted clock of this node, kept over its restarts in `trusted_clock`. @throws what the database throws */
export async function openReaperClock({
  storage: { knex, node },
  clock,
  reference,
}: {
  readonly storage: Storage;
  readonly clock: Pick<Clock, 'wall' | 'shared'>;
  readonly reference: () => Promise<WallMs | undefined>;
}): Promise<ReaperClock> {
  const row = (await knex('trusted_clock').where({ node }).first()) as { at: WallMs; alarm: string | null } | undefined;
  let state: TrustedClock;
  if (row === undefined) {
    // the first start: no earlier than what another node knows, and what this one's clock shows
    const others = (await knex('trusted_clock').max({ at: 'at' }).first()) as { at: WallMs | null };
    state = { at: wallMs(others.at ?? clock.wall()), seen: undefined };
    await knex('trusted_clock').insert({ node, at: state.at });
  } else state = { at: wallMs(Math.floor(row.at)), seen: undefined };

  async function ask(): Promise<WallMs | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), REFERENCE_MS)));
    try {
      return await Promise.race([reference().catch(() => undefined), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    trusted: () => state.at,
    async look() {
      const [next, alarm] = lookAtClock(state, {
        reference: await ask(),
        wall: clock.wall(),
        shared: clock.shared(),
      });
      state = next;
      await knex('trusted_clock')
        .where({ node })
        .update({ at: next.at, ...(alarm === undefined ? {} : { alarm, alarm_at: next.at }) });
      if (alarm !== undefined) return alarm;
      const kept: { alarm: string | null } | undefined = await knex('trusted_clock').where({ node }).first('alarm');
      return kept?.alarm === null ? undefined : 'clock-suspect';
    },
    async resume(approvedBy) {
      if (new Set(approvedBy.filter((who) => who.trim() !== '')).size < 2)
        throw new IvrError(
          'RETENTION_INVALID',
          'two different people must confirm the clock before it is trusted again',
        );
      await knex('trusted_clock').where({ node }).update({ alarm: null, alarm_at: null });
    },
  };
}
