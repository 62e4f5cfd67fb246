import type { Config } from '../config/schema.ts';
import type { Logger } from '../lib/logger.ts';
import type { Scope } from '../lib/scope.ts';
import type { SealedRecordingSink } from '../recording/sealed-recording-sink.ts';
import { openRecording } from './open-recording.ts';
import { type ArchiveSources, type RunningArchive, runArchive } from './run-archive.ts';

/**
 * The recorder and the archive that takes what it seals. The recorder says what is wrong with its folders, and needs no
 * archive to seal what a crash left: so it comes first.
 *
 * @returns with `archive` undefined: it is switched off
 * @throws IvrError as `openRecording` and `runArchive`
 */
export async function recordAndArchive(config: Config, sources: ArchiveSources, scope: Scope, logger: Logger) {
  let archive: RunningArchive | undefined;
  const sink: SealedRecordingSink = { take: (sealed) => archive?.pipeline.take(sealed) ?? Promise.resolve() };
  const recording = await openRecording(config, sources.journal, scope, logger, sink);
  archive = await runArchive(config, sources, scope, logger);
  await archive?.pipeline.catchUp();
  return { ...recording, archive };
}
