import type { ArchiveServices } from '../../src/archive/archive-services.ts';
import type { Hold } from '../../src/archive/holds.ts';
import { IvrError } from '../../src/domain/error.ts';
import { wallMs } from '../../src/domain/units.ts';
import { FIRST_STARTED, recordingRow } from './memory-recordings.ts';

/** @param released - holds that were released are added */
export function memoryHolds(released: string[]): NonNullable<ArchiveServices['holds']> {
  const holds: Hold[] = [
    {
      id: 'h1',
      caseNo: 'C-2026-17',
      reason: 'dispute about a card',
      by: 'legal',
      placedAt: wallMs(FIRST_STARTED),
      releasedAt: null,
      recordings: 1,
    },
  ];
  const held = new Map<string, readonly string[]>([['h1', [recordingRow(1).id]]]);
  return {
    list: async ({ released: ended }) => holds.filter((hold) => (hold.releasedAt !== null) === ended),
    recordingsOf: async (hold) => held.get(hold) ?? [],
    async place({ caseNo, reason, by, recordings }) {
      const hold = {
        id: `h${holds.length + 1}`,
        caseNo,
        reason,
        by,
        placedAt: wallMs(FIRST_STARTED),
        releasedAt: null,
        recordings: recordings.length,
      };
      holds.unshift(hold);
      held.set(hold.id, recordings);
      return hold;
    },
    async release(id) {
      const at = holds.findIndex((hold) => hold.id === id);
      const hold = holds[at];
      if (hold === undefined) throw new IvrError('NOT_FOUND', 'there is no such hold');
      holds[at] = { ...hold, releasedAt: wallMs(FIRST_STARTED) };
      released.push(id);
    },
  };
}
