import { ARCHIVE_STATES, type ArchiveState } from '../../domain/archive-state.ts';

/**
 * What may follow what. Steps may be skipped forwards (a rebuilt index begins with what the store holds), never taken back,
 * but for a recording that was VERIFIED and whose copy is not proven any more, and for one that was MISSING and is found.
 */
const NEXT: Readonly<Record<ArchiveState, readonly ArchiveState[]>> = {
  EXPECTED: ['OPEN', 'SEALED', 'ARCHIVED', 'VERIFIED', 'EXEMPT', 'MISSING'],
  OPEN: ['SEALED', 'ARCHIVED', 'VERIFIED', 'EXEMPT', 'MISSING'],
  SEALED: ['ARCHIVED', 'VERIFIED', 'MISSING'],
  ARCHIVED: ['VERIFIED', 'MISSING', 'DESTROYED'],
  VERIFIED: ['ARCHIVED', 'MISSING', 'DESTROYED'],
  EXEMPT: [],
  MISSING: ['OPEN', 'SEALED', 'ARCHIVED', 'VERIFIED', 'EXEMPT'],
  DESTROYED: [],
};

export const mayFollow = (from: ArchiveState, to: ArchiveState): boolean => NEXT[from].includes(to);

/** The states from which `to` may be entered. */
export const statesBefore = (to: ArchiveState): readonly ArchiveState[] =>
  ARCHIVE_STATES.filter((from) => mayFollow(from, to));
