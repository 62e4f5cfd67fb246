import type { Config } from '../config/schema.ts';
import { systemClock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { openStaff, type Staff } from '../staff/open-staff.ts';
import { openStaffKey } from '../staff/staff-key.ts';
import type { Storage } from '../storage/storage.ts';

/** Accounts, roles and the audit trail on the server's database. @throws IvrError CONFIG_INVALID */
export async function openStaffService({ staff }: Config, { knex }: Storage, logger: Logger): Promise<Staff> {
  return openStaff(
    {
      knex,
      key: await openStaffKey(staff.key_file),
      limits: { idleMs: staff.idle_minutes * 60_000, absoluteMs: staff.session_hours * 3_600_000 },
      sampleRate: staff.sample_percent / 100,
    },
    systemClock,
    logger,
  );
}
