import type { ArchiveServices } from '../../src/archive/archive-services.ts';
import type { FoundRecording } from '../../src/archive/recording-search.ts';
import { IvrError } from '../../src/domain/error.ts';
import { wallMs } from '../../src/domain/units.ts';
import { memoryCompleteness } from './memory-completeness.ts';
import { memoryExports } from './memory-exports.ts';
import { memoryHolds } from './memory-holds.ts';
import { detailOf, FIRST_STARTED, peaksOf, recordingRow, wavOf } from './memory-recordings.ts';
import { memoryDestruction, memoryPolicies } from './memory-retention.ts';
import { memorySavedSearches, memorySearch } from './memory-search.ts';

/* The archive's services in memory, with audio that a test can recognise: for the routes and the pages, never shipped. */

type WholeArchive = { readonly [Part in keyof ArchiveServices]: NonNullable<ArchiveServices[Part]> };

export interface MemoryArchive extends WholeArchive {
  readonly destroyed: readonly string[];
  readonly released: readonly string[];
}

export function memoryArchive(count = 120): MemoryArchive {
  const rows = Array.from({ length: count }, (_, i) => recordingRow(i));
  const restricted = new Map<string, boolean>();
  const current = (row: FoundRecording): FoundRecording => ({
    ...row,
    restricted: restricted.get(row.id) ?? row.restricted,
  });
  const destroyed: string[] = [];
  const released: string[] = [];
  const find = (id: string): FoundRecording => {
    const row = rows.find((each) => each.id === id);
    if (row === undefined) throw new IvrError('RECORDING_NOT_FOUND', 'there is no such recording');
    return current(row);
  };
  return {
    destroyed,
    released,
    search: memorySearch(() => rows.map(current)),
    saved: memorySavedSearches(),
    recordings: {
      find: async (id) => (rows.some((row) => row.id === id) ? find(id) : undefined),
      detail: async (id, masked) => detailOf(find(id), masked),
      peaks: async (_id, masked) => peaksOf(masked),
    },
    playback: { open: async (_id, masked) => wavOf(masked) },
    verifier: {
      verify: async (id) => ({
        ok: find(id).state === 'VERIFIED',
        at: wallMs(FIRST_STARTED),
        steps: [
          { name: 'stored-bytes', result: 'proved', facts: { bytes: 123_456 } },
          { name: 'decryption', result: 'proved', facts: { key: 'customer-call/2026-11' } },
          { name: 'manifest-signature', result: 'proved', facts: { key: 'archive-1' } },
          { name: 'audio-hash', result: 'proved', facts: { sha256: 'ab'.repeat(32) } },
          { name: 'inclusion-proof', result: 'proved', facts: { leaf: 4711, size: 9000 } },
          { name: 'time-stamp', result: 'not-configured', facts: {} },
          { name: 'witness', result: 'pending', facts: {} },
          { name: 'call-covered', result: find(id).state === 'VERIFIED' ? 'proved' : 'failed', facts: { seconds: 60 } },
        ],
      }),
    },
    holds: memoryHolds(released),
    exports: memoryExports(),
    destruction: memoryDestruction(rows, destroyed),
    restriction: {
      async restrict(ids, on) {
        for (const id of ids) restricted.set(id, on);
      },
    },
    policies: memoryPolicies(),
    completeness: memoryCompleteness(),
  };
}
