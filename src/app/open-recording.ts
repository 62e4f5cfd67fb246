import { hostname } from 'node:os';
import { sealedFacts } from '../calls/sealed-facts.ts';
import type { Config } from '../config/schema.ts';
import { asError } from '../domain/error.ts';
import type { Journal } from '../journal/journal.ts';
import { systemClock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Scope } from '../lib/scope.ts';
import { openRecorder } from '../recording/open-recorder.ts';
import type { Recorder } from '../recording/recorder.ts';
import type { SealedRecordingSink } from '../recording/sealed-recording-sink.ts';
import { VERSION } from '../version.ts';
import { spoolKeys } from './spool-keys.ts';

/**
 * The recorder, once everything that a crash left has been sealed and its contacts closed.
 *
 * @throws IvrError RECORDINGS_UNWRITABLE, DISK_FULL, KEYS_UNREADABLE
 */
export async function openRecording(
  config: Config,
  journal: Journal,
  scope: Scope,
  logger: Logger,
  sink?: SealedRecordingSink,
): Promise<{ readonly recorder: Recorder; readonly recovered: number }> {
  const { recordings } = config;
  const recorder = scope.use(
    await openRecorder(
      {
        recordingsDirectory: recordings.directory,
        node: hostname(),
        software: `tellerline ${VERSION}`,
        retention: {
          class: recordings.retention_class,
          policy: recordings.retention_policy,
          policy_version: recordings.retention_policy_version,
          years: recordings.retention_years,
        },
        ...(recordings.spill === '' ? {} : { spillDirectory: recordings.spill }),
        unsyncedMs: recordings.unsynced_ms,
        keys: () => spoolKeys(config),
        // nobody is to read it there but the archive
        encryptSealed: config.archive.enabled && config.archive.keep_sealed_hours === 0,
        callTimes: (contact) => journal.timesOf(contact),
        ...(sink === undefined ? {} : { sink }),
      },
      systemClock,
      logger,
    ),
  );
  recorder.onLost(({ contact, recording, ms }) =>
    journal.append(contact, { type: 'recording-failed', recording, error: 'RECORDINGS_UNWRITABLE', lost_ms: ms }),
  );
  recorder.onSealedLate((sealed) => {
    // one after the other: they are numbered in their order
    const told = sealedFacts(sealed).reduce<Promise<unknown>>(
      (before, fact) => before.then(() => journal.appendLate(sealed.contact, fact)),
      Promise.resolve(),
    );
    told.catch((thrown: unknown) =>
      logger.error(
        { recording: sealed.recording },
        'the journal could not be told that a recording is sealed',
        asError(thrown),
      ),
    );
  });
  const sealed = await recorder.recover();
  for (const one of sealed) for (const fact of sealedFacts(one)) journal.append(one.contact, fact);
  await journal.closeOrphans();
  return { recorder, recovered: sealed.length };
}
