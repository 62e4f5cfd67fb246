import type { ArchiveServices } from '../../src/archive/archive-services.ts';
import type { FoundRecording } from '../../src/archive/recording-search.ts';
import type { RetentionPolicy } from '../../src/archive/retention-policies.ts';
import { wallMs } from '../../src/domain/units.ts';
import { FIRST_STARTED, recordingRow } from './memory-recordings.ts';

const CERTIFICATE = {
  id: 'd1',
  recording: recordingRow(500).id,
  destroyedAt: wallMs(FIRST_STARTED),
  basis: 'bank-default v2',
  approvers: ['privacy', 'legal'],
  method: 'key shredded, versions deleted',
  leafIndex: 4100,
};

/** More than one page. */
const CERTIFICATES = Array.from({ length: 130 }, (_, n) =>
  n === 0 ? CERTIFICATE : { ...CERTIFICATE, id: `earlier-${n}`, recording: `earlier-${n}` },
);

/** @param destroyed - recordings whose destruction was approved are added */
export function memoryDestruction(
  rows: readonly FoundRecording[],
  destroyed: string[],
): NonNullable<ArchiveServices['destruction']> {
  let stopped: string | null = 'set-forward';
  return {
    overview: async () => ({ proposed: 10, approved: 0, unfinished: 0, destroyed: 1, withdrawn: 0, stopped }),
    candidates: async () =>
      rows.slice(100, 110).map((row) => ({
        recording: row.id,
        startedAt: row.startedAt,
        retainedUntil: '2026-11-01',
        notBefore: wallMs(FIRST_STARTED + 7 * 86_400_000),
        approved: destroyed.includes(row.id),
        state: destroyed.includes(row.id) ? ('approved' as const) : ('proposed' as const),
        approvers: [],
      })),
    async approve(recordings) {
      destroyed.push(...recordings.filter((id) => id !== rows[101]?.id));
      return Object.fromEntries(recordings.filter((id) => id === rows[101]?.id).map((id) => [id, 'held' as const]));
    },
    async certificates(limit, before) {
      const from = before === null ? 0 : CERTIFICATES.findIndex(({ id }) => id === before) + 1;
      return CERTIFICATES.slice(from, from + limit);
    },
    certificate: async (recording) =>
      recording === CERTIFICATE.recording
        ? { ...CERTIFICATE, text: '{"format":"tellerline-destruction-certificate"}', signatures: [] }
        : undefined,
    async trustClock() {
      stopped = null;
    },
  };
}

export function memoryPolicies(): NonNullable<ArchiveServices['policies']> {
  const policies: RetentionPolicy[] = [
    {
      id: 'bank-default',
      version: 2,
      name: 'Calls of customers',
      legalReference: 'PIPL art. 19',
      basis: { kind: 'fixed' },
      years: 5,
      months: 0,
      approvedBy: 'legal',
      since: wallMs(FIRST_STARTED),
    },
    {
      id: 'bank-default',
      version: 1,
      name: 'Calls',
      legalReference: 'PIPL art. 19',
      basis: { kind: 'fixed' },
      years: 3,
      months: 0,
      approvedBy: 'legal',
      since: wallMs(FIRST_STARTED - 90 * 86_400_000),
    },
    {
      id: 'dual-recording',
      version: 1,
      name: 'Sales with two recordings',
      legalReference: '银监办发〔2017〕110号',
      basis: { kind: 'event', event: 'product-end' },
      years: 0,
      months: 6,
      approvedBy: 'legal',
      since: wallMs(FIRST_STARTED),
    },
  ];
  return {
    list: async () => policies.filter((each, i) => policies.findIndex(({ id }) => id === each.id) === i),
    history: async (id) => policies.filter((each) => each.id === id),
    async put(policy, by) {
      const version = Math.max(0, ...policies.filter(({ id }) => id === policy.id).map((each) => each.version)) + 1;
      const next = { ...policy, version, approvedBy: by.approver, since: wallMs(FIRST_STARTED) };
      policies.unshift(next);
      return next;
    },
  };
}
