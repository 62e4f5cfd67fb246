/**
 * Where a recording is on its way. EXPECTED: its call is about to be answered. OPEN: its audio is being written. SEALED: its
 * files are whole, here. ARCHIVED: encrypted in its store and in the log. VERIFIED: read back from there and compared with the
 * journal. EXEMPT: a policy says that this call is not recorded. MISSING: it should be there and is not; somebody is alarmed.
 * DESTROYED: its time was over; the row and the certificate stay.
 */
export const ARCHIVE_STATES = [
  'EXPECTED',
  'OPEN',
  'SEALED',
  'ARCHIVED',
  'VERIFIED',
  'EXEMPT',
  'MISSING',
  'DESTROYED',
] as const;
export type ArchiveState = (typeof ARCHIVE_STATES)[number];

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
