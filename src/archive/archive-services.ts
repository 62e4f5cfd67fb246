import type { Completeness } from './completeness.ts';
import type { Destruction } from './destruction.ts';
import type { Exports } from './exports.ts';
import type { Holds } from './holds.ts';
import type { Playback } from './playback.ts';
import type { RecordingReader } from './recording-reader.ts';
import type { RecordingSearch } from './recording-search.ts';
import type { Restriction } from './restriction.ts';
import type { RetentionPolicies } from './retention-policies.ts';
import type { SavedSearches } from './saved-searches.ts';
import type { Verifier } from './verifier.ts';

/*
 * PORT: what the web server's archive routes ask of the archive, one narrow interface per page, a file each beside this one.
 * Whoever calls has been authorized and audited already; `scope` and `masked` say what the answer may hold. Times are Unix
 * ms, `…Ms` within a recording are ms from its beginning, hashes SHA-256 hex. All throw IvrError: RECORDING_NOT_FOUND,
 * STORAGE_FAILED…
 */

/** All that the archive's pages need; the composition root puts it together. Undefined: this server does not have it, and neither has its console. */
export interface ArchiveServices {
  readonly search: RecordingSearch;
  readonly saved: SavedSearches;
  readonly recordings: RecordingReader;
  readonly playback: Playback;
  readonly verifier: Verifier;
  readonly holds: Holds | undefined;
  readonly exports: Exports | undefined;
  readonly destruction: Destruction | undefined;
  readonly restriction: Restriction | undefined;
  readonly policies: RetentionPolicies | undefined;
  readonly completeness: Completeness | undefined;
}
