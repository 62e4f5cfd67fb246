import type { RetentionPolicy } from '../../src/archive/retention/retention.ts';
import { wallMs } from '../../src/domain/units.ts';

/** Of the recordings of customers' calls, from the end of the call on. */
export const policyOf = (more: Partial<RetentionPolicy> = {}): RetentionPolicy => ({
  id: 'calls',
  version: 1,
  name: 'Recorded calls',
  legalReference: '电子签名法 art. 6',
  retentionClass: 'customer-call',
  basis: { kind: 'fixed' },
  period: { years: 5, months: 0, days: 0 },
  zone: 'Asia/Shanghai',
  approvedBy: ['ann'],
  effectiveFrom: wallMs(0),
  ...more,
});
