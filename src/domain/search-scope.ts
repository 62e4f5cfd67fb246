import type { DataLevel } from './data-level.ts';
import type { WallMs } from './units.ts';

/**
 * What limits a search of recordings before it begins: a supervisor never learns that another queue's call exists.
 * Whoever authorizes sets it, never the person who searches.
 */
export interface SearchScope {
  /** null: every queue. */
  readonly queues: readonly string[] | null;
  /** Up to and including this level. */
  readonly level: DataLevel;
  readonly notBefore: WallMs | null;
  /** Recordings whose processing is restricted. */
  readonly restricted: 'hidden' | 'shown' | 'only';
  /** Only recordings whose `sampleOf(id)` is below this, 0…1; null: all. */
  readonly sample: number | null;
}
