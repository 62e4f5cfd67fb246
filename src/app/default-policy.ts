import type { Retention, RetentionPolicy } from '../archive/retention/retention.ts';
import type { Config } from '../config/schema.ts';
import type { Clock } from '../lib/clock.ts';
import { localZone } from '../lib/local-time.ts';
import type { Logger } from '../lib/logger.ts';

/** The approver of what the configuration says. */
const APPROVED_BY = ['configuration'];

/**
 * The policy that the configuration names (recordings.retention_policy, retention_class and retention_years) becomes its first
 * version, and the next one when the years have become more. Fewer years than before, or another class, are two people's decision
 * and none of a file: the policy stays, and the log says so.
 *
 * @throws IvrError STORAGE_FAILED, RETENTION_INVALID
 */
export async function keepDefaultPolicy(
  { recordings }: Config,
  retention: Pick<Retention, 'policies' | 'addPolicy'>,
  clock: Pick<Clock, 'wall'>,
  logger: Logger,
): Promise<void> {
  const { retention_policy: id, retention_class: retentionClass, retention_years: years } = recordings;
  const newest = async (): Promise<RetentionPolicy | undefined> =>
    (await retention.policies()).findLast((policy) => policy.id === id);
  const before = await newest();
  if (before !== undefined) {
    const same = before.retentionClass === retentionClass && before.basis.kind === 'fixed';
    const { months, days } = before.period;
    if (same && before.period.years === years && months === 0 && days === 0) return;
    if (!same || before.period.years >= years || before.approvedBy.join() !== APPROVED_BY.join()) {
      logger.warn(
        { policy: id, version: before.version },
        'recordings.retention_* differs from the retention policy of that name, which stays in force; it takes two people to change it',
      );
      return;
    }
  }
  const policy: RetentionPolicy = {
    id,
    version: (before?.version ?? 0) + 1,
    name: id,
    legalReference: 'recordings.retention_years of the configuration',
    retentionClass,
    basis: { kind: 'fixed' },
    period: { years, months: 0, days: 0 },
    zone: localZone(),
    approvedBy: APPROVED_BY,
    effectiveFrom: clock.wall(),
  };
  try {
    await retention.addPolicy(policy);
  } catch (thrown) {
    // another node of the same database was faster
    if ((await newest())?.version !== policy.version) throw thrown;
  }
}
