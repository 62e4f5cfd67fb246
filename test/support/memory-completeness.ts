import type { ArchiveServices } from '../../src/archive/archive-services.ts';
import { wallMs } from '../../src/domain/units.ts';
import { FIRST_STARTED, recordingRow } from './memory-recordings.ts';

export const memoryCompleteness = (): NonNullable<ArchiveServices['completeness']> => ({
  overview: async (days) => ({
    states: { VERIFIED: 118_220, ARCHIVED: 312, SEALED: 4, OPEN: 17, EXEMPT: 240, MISSING: 2 },
    lastRunAt: wallMs(FIRST_STARTED),
    lastTestCall: { at: wallMs(FIRST_STARTED - 1_200_000), ok: true },
    days: Array.from({ length: days }, (_, i) => ({
      day: new Date(FIRST_STARTED - i * 86_400_000).toISOString().slice(0, 10),
      expected: 3_900 - i * 7,
      found: 3_890 - i * 7 - (i === 3 ? 2 : 0),
      exempt: 10,
      missing: i === 3 ? 2 : 0,
      unverified: i === 5 ? 1 : 0,
      callMs: 700_000_000,
      audioMs: 699_990_000,
      reportSha256: '12'.repeat(32),
      leafIndex: 4000 - i,
    })),
    missing: [
      {
        contact: recordingRow(700).contact,
        recording: null,
        at: wallMs(FIRST_STARTED - 3 * 86_400_000),
        reason: 'no-intent',
      },
      {
        contact: recordingRow(701).contact,
        recording: recordingRow(701).id,
        at: wallMs(FIRST_STARTED - 3 * 86_400_000 + 60_000),
        reason: 'not-archived',
      },
    ],
    unverified: [
      {
        contact: recordingRow(702).contact,
        recording: recordingRow(702).id,
        at: wallMs(FIRST_STARTED - 5 * 86_400_000),
        reason: 'too-short',
      },
    ],
    comparisons: [
      {
        id: '0194a000-0000-7000-8000-00000000cdc1',
        at: wallMs(FIRST_STARTED),
        from: wallMs(FIRST_STARTED - 86_400_000),
        to: wallMs(FIRST_STARTED),
        compared: 3_890,
        wrong: 1,
        differing: 2,
        leafIndex: 4001,
      },
    ],
  }),
  compare: async () => ({
    compared: 3,
    unknownHere: [{ line: 4, sipCallId: 'a84b4c76e66710@pbx', startedAt: FIRST_STARTED, durationMs: 61_000 }],
    unknownThere: [],
    differing: [],
    unrecorded: [],
    sha256: '34'.repeat(32),
    leafIndex: 4002,
  }),
  report: async (id) =>
    id === 'none'
      ? undefined
      : { report: '{}', sha256: '12'.repeat(32), signatures: [{ key: 'k', value: 'v' }], leafIndex: 4000 },
});
