import type { Diagnosis } from '../archive/maintenance/doctor.ts';
import { systemClock } from '../lib/clock.ts';
import { databaseTime } from './database-time.ts';
import type { OpenedArchive } from './open-archive.ts';

/** Clocks that agree differ by less. */
const AGREE_MS = 2_000;

/** Whether somebody vouches for this machine's clock: terms end by it, and everything that is archived bears its time. */
export async function diagnoseClock({ storage, config, timeStamps }: OpenedArchive): Promise<Omit<Diagnosis, 'name'>> {
  const row: { readonly alarm: string | null } | undefined = await storage
    .knex('trusted_clock')
    .where({ node: storage.node })
    .first('alarm');
  if (row !== undefined && row.alarm !== null)
    return {
      state: 'bad',
      says: `in doubt (${row.alarm}): nothing is destroyed until two people say in the console that it is right`,
    };
  const reference = await databaseTime(storage, config);
  if (reference === undefined)
    return timeStamps
      ? { state: 'ok', says: 'no alarm; the time stamp authority tells the time of the log' }
      : {
          state: 'risk',
          says: 'nobody else’s clock is asked: a database on another machine or a time stamp authority (archive.tsa_url) would vouch for it',
        };
  const ahead = systemClock.wall() - reference;
  if (Math.abs(ahead) <= AGREE_MS) return { state: 'ok', says: 'agrees with the database server' };
  const by = `${Math.round(Math.abs(ahead) / 1000)} s ${ahead > 0 ? 'ahead of' : 'behind'}`;
  return { state: 'risk', says: `${by} the database server: is NTP on at both?` };
}
