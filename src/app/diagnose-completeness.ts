import { selectLastRun, selectLastTestCall } from '../archive/completeness/completeness-rows.ts';
import type { Diagnosis } from '../archive/maintenance/doctor.ts';
import type { OpenedArchive } from './open-archive.ts';

/** Whether every call has its recording, as it was last compared. */
export async function diagnoseCompleteness({ storage }: OpenedArchive): Promise<Omit<Diagnosis, 'name'>> {
  const run = await selectLastRun(storage.knex);
  if (run === undefined)
    return {
      state: 'risk',
      says: 'calls and recordings were never compared; a server that runs does so every 5 minutes',
    };
  const { missing, unverified } = run;
  const when = `compared ${new Date(run.at).toISOString()}`;
  const [first] = missing;
  if (first !== undefined)
    return {
      state: 'bad',
      says: `${missing.length} calls have no recording, such as ${first.contact}: ${first.detail}; ${when}`,
    };
  const [unproven] = unverified;
  if (unproven !== undefined)
    return {
      state: 'risk',
      says: `${unverified.length} recordings are not proven to be whole, such as that of ${unproven.contact}: ${unproven.detail}; ${when}`,
    };
  return { state: 'ok', says: `every call of the last two days has its recording, ${when}` };
}

/** Whether the last test call came into the archive. @param minutes - how often one is made; 0: never */
export async function diagnoseTestCall({ storage }: OpenedArchive, minutes: number): Promise<Omit<Diagnosis, 'name'>> {
  const last = await selectLastTestCall(storage.knex);
  if (minutes === 0)
    return { state: 'risk', says: 'nobody calls to see whether it works: set archive.test_call_minutes, such as 60' };
  if (last === undefined) return { state: 'risk', says: `every ${minutes} minutes; none was made yet` };
  const when = new Date(last.at).toISOString();
  return last.ok
    ? { state: 'ok', says: `its recording was verified, ${when}` }
    : { state: 'bad', says: `${last.reason ?? 'it failed'}, ${when}` };
}
