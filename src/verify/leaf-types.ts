/**
 * What a leaf of the log is about, and the byte that says so in the entry. A byte is never used twice.
 *
 * RECORDING a recording was archived · SUPERSEDE another rendering took its place · REDACT more of a recording is masked from now on · HOLD a legal
 * hold began or ended · EXTEND it is kept for longer · ACCESS-BATCH audit rows · EXPORT a bundle was made · DESTROY a
 * recording was destroyed · KEY-EVENT a key was made, retired or destroyed · RECONCILE a report of completeness ·
 * RESTRICT processing of a recording was restricted, or the restriction was lifted · PLAYOUT what of each prompt and disclosure was played ·
 * LEAK-SCAN nothing was found that must not be kept.
 */
export const LEAF_TYPES = {
  RECORDING: 1,
  SUPERSEDE: 2,
  REDACT: 3,
  HOLD: 4,
  EXTEND: 5,
  'ACCESS-BATCH': 6,
  EXPORT: 7,
  DESTROY: 8,
  'KEY-EVENT': 9,
  RECONCILE: 10,
  RESTRICT: 11,
  PLAYOUT: 12,
  'LEAK-SCAN': 13,
} as const;

export type LeafType = keyof typeof LEAF_TYPES;
