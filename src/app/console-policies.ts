import type { RetentionPolicies, RetentionPolicy } from '../archive/retention-policies.ts';
import type { Retention, RetentionPolicy as StoredPolicy } from '../archive/retention/retention.ts';
import type { Clock } from '../lib/clock.ts';
import { localZone } from '../lib/local-time.ts';

/** Retention policies as the console shows and changes them. A new version keeps the class, zone and days of the one before. */
export function consolePolicies(
  retention: Pick<Retention, 'policies' | 'addPolicy'>,
  /** Of the recordings that a new policy is for. */
  retentionClass: string,
  clock: Pick<Clock, 'wall'>,
): RetentionPolicies {
  const versionsOf = async (id: string): Promise<readonly StoredPolicy[]> =>
    (await retention.policies()).filter((policy) => policy.id === id);
  return {
    async list() {
      const newest = new Map((await retention.policies()).map((policy) => [policy.id, policy]));
      return [...newest.values()].map(shown);
    },
    history: async (id) => (await versionsOf(id)).map(shown).toReversed(),
    async put({ id, name, legalReference, basis, years, months }, { requester, approver }) {
      const before = (await versionsOf(id)).at(-1);
      const policy: StoredPolicy = {
        id,
        version: (before?.version ?? 0) + 1,
        name,
        legalReference,
        retentionClass: before?.retentionClass ?? retentionClass,
        basis,
        period: { years, months, days: before?.period.days ?? 0 },
        zone: before?.zone ?? localZone(),
        approvedBy: [requester, approver],
        effectiveFrom: clock.wall(),
      };
      await retention.addPolicy(policy);
      return shown(policy);
    },
  };
}

const shown = ({
  id,
  version,
  name,
  legalReference,
  basis,
  period,
  approvedBy,
  effectiveFrom,
}: StoredPolicy): RetentionPolicy => ({
  id,
  version,
  name,
  legalReference,
  basis,
  years: period.years,
  months: period.months,
  approvedBy: approvedBy.join(', '),
  since: effectiveFrom,
});
