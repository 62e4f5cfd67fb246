import type { ArchiveServices } from '../archive/archive-services.ts';
import { openPlayback } from '../archive/pipeline/playback.ts';
import { openSavedSearches } from '../archive/search/open-saved-searches.ts';
import { openSearch } from '../archive/search/open-search.ts';
import type { Clock } from '../lib/clock.ts';
import type { Scope } from '../lib/scope.ts';
import type { Storage } from '../storage/storage.ts';
import { indexHash } from './index-hash.ts';
import { logCertifier } from '../archive/log/log-certifier.ts';
import { consoleCompleteness } from './console-completeness.ts';
import { consoleExports } from './console-exports.ts';
import { consoleHolds } from './console-holds.ts';
import { consolePolicies } from './console-policies.ts';
import { consoleRecordings } from './console-recordings.ts';
import { consoleRestriction } from './console-restriction.ts';
import { consoleSavedSearches, consoleSearch } from './console-search.ts';
import { consoleVerifier } from './console-verifier.ts';
import type { Evidence } from './archive-evidence.ts';
import { consoleDestruction } from './console-destruction.ts';
import type { KeptRetention } from './keep-retention.ts';
import type { OpenedArchive } from './open-archive.ts';

/** The archive as the pages of the console see it. What it does not have here, the console does not show. */
export async function consoleArchive(
  archive: OpenedArchive & { readonly evidence: Evidence; readonly retained: KeptRetention },
  storage: Storage,
  retentionClass: string,
  clock: Clock,
  scope: Scope,
): Promise<ArchiveServices> {
  const { index, evidence, retention } = archive;
  return {
    search: consoleSearch(openSearch(storage, indexHash(archive.keys, archive.config)), index),
    saved: consoleSavedSearches(openSavedSearches(storage, clock)),
    recordings: consoleRecordings(archive, retention),
    playback: openPlayback(archive),
    verifier: consoleVerifier(archive, evidence, clock),
    holds: consoleHolds(retention, storage),
    policies: consolePolicies(retention, retentionClass, clock),
    restriction: consoleRestriction(retention),
    exports: await consoleExports(archive, archive.places.exports, clock, scope),
    destruction: consoleDestruction(archive.retained, index, retention),
    completeness: consoleCompleteness({
      storage,
      index,
      signer: logCertifier(archive.signers, archive.log, 'RECONCILE'),
      clock,
    }),
  };
}
