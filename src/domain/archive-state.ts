/**
 * Where a recording is on its way. EXPECTED: its call is about to be answered. OPEN: its audio is being written. SEALED: its
 * files are complete on this machine. ARCHIVED: encrypted in its store and in the log. VERIFIED: read back from there and
 * compared with the journal. EXEMPT: a policy says that this call is not recorded. MISSING: it should be there and is not; an
 * alarm was raised. DESTROYED: its retention ended; the row and the certificate stay.
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
