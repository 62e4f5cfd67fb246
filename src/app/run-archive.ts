import { resolve } from 'node:path';
import type { ArchiveServices } from '../archive/archive-services.ts';
import type { ArchivePipeline } from '../archive/pipeline/archive-pipeline.ts';
import type { Config } from '../config/schema.ts';
import type { ContactId } from '../domain/ids.ts';
import type { Journal } from '../journal/journal.ts';
import type { JournalStore } from '../journal/journal-store.ts';
import { systemClock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Scope } from '../lib/scope.ts';
import { openWhisper, SHIPPED_MODEL } from '../speech/engines/whisper/whisper.ts';
import type { Storage } from '../storage/storage.ts';
import { type Evidence, keepEvidence } from './archive-evidence.ts';
import { runArchiveCommand } from './archive-commands.ts';
import { serveArchive } from './archive-socket.ts';
import { callIsOver } from './call-is-over.ts';
import { consoleArchive } from './console-archive.ts';
import { type Completing, keepComplete } from './keep-complete.ts';
import { keepLogged } from './keep-logged.ts';
import { keepRetention, type KeptRetention, RETENTION_GAUGES, retentionGauges } from './keep-retention.ts';
import { keepProtected } from './keep-protected.ts';
import { keepRecognized, type Recognizing } from './keep-recognized.ts';
import { expectNotMoved } from './moved-mark.ts';
import { type OpenedArchive, openArchive } from './open-archive.ts';
import { openPipelineThread } from './open-pipeline-thread.ts';
import { gaugesOf, type Part } from './part.ts';
import { spoolKeys } from './spool-keys.ts';

export interface RunningArchive extends OpenedArchive {
  /** Takes what the recorder has sealed. */
  readonly pipeline: ArchivePipeline;
  /** For the pages of the staff. */
  readonly console: ArchiveServices;
  readonly completing: Completing;
  readonly parts: readonly Part[];
}

export interface ArchiveSources {
  readonly storage: Storage;
  readonly journal: Journal;
  readonly store: JournalStore;
}

/**
 * The archive of a server: opened, taking sealed recordings, and answering commands of this machine. Undefined: it is switched off.
 *
 * @throws IvrError as `openArchive`
 */
export async function runArchive(
  config: Config,
  { storage, journal, store }: ArchiveSources,
  scope: Scope,
  logger: Logger,
): Promise<RunningArchive | undefined> {
  if (!config.archive.enabled) return undefined;
  await expectNotMoved(config);
  const opened = { ...(await openArchive(config, storage, scope, logger)), serving: true };
  const { keys, log } = opened;
  const sealedKeys = await spoolKeys(config);
  const over = (contact: ContactId): Promise<void> => callIsOver(contact, journal, store, systemClock);
  const pipeline = scope.use(
    await openPipelineThread(config, { keys, log, over, sealedKeys, priority: storage.priority }, systemClock, logger),
  );
  const evidence = await keepEvidence(config, opened.log, opened.places, scope, logger);
  const retained = await keepRetention(opened, scope, systemClock, logger);
  scope.use(await serveArchive(opened.places.socket, (request, print) => runArchiveCommand(opened, request, print)));
  const kept = config.recordings.retention_class;
  const pages = await consoleArchive({ ...opened, evidence, retained }, storage, kept, systemClock, scope);
  const completing = keepComplete(config, opened, journal, scope, logger);
  const protecting = keepProtected(opened, scope, systemClock, logger);
  const logging = keepLogged(opened, scope, systemClock, logger);
  const recognizing = recognizeAgain(opened, scope, logger);
  const parts = [
    archivePart(opened, pipeline, evidence, retained),
    completing.part,
    protecting.part,
    logging,
    ...(recognizing === undefined ? [] : [recognizing.part]),
  ];
  return { ...opened, pipeline, console: pages, completing, parts };
}

/** Undefined: no model is configured for it. */
function recognizeAgain(opened: OpenedArchive, scope: Scope, logger: Logger): Recognizing | undefined {
  const { model: folder, name } = opened.config.archive.recognition;
  if (folder === '') return undefined;
  const model = name === '' ? SHIPPED_MODEL : name;
  const other = folder === 'shipped' ? {} : { model: { folder: resolve(folder), name: model } };
  const open = () => openWhisper({ decoders: 1, threads: 1, background: true, ...other }, logger);
  return keepRecognized(opened, { open, model }, scope, systemClock, logger);
}

function archivePart(
  { keys, storage }: OpenedArchive,
  pipeline: ArchivePipeline,
  evidence: Evidence,
  retained: KeptRetention,
): Part {
  return {
    name: 'archive',
    checks() {
      const code = pipeline.trouble();
      const state = code === undefined ? 'ok' : `recordings wait to be archived (${code}); see the log`;
      return [{ name: 'archive', state, stops: 'nothing' }];
    },
    gauges: gaugesOf(
      {
        archive_waiting: 'Sealed recordings that are being archived or wait for it',
        archive_failing: 'Sealed recordings that could not be archived and are tried again: an alarm',
        archive_unverified: 'Recordings archived since the start that are not verified: an alarm',
        archive_witness_failing: 'Witnesses that do not cosign the log: an alarm',
        archive_time_stamps_late: '1 when the log should have been stamped and was not: an alarm',
        archive_keys_without_backup: '1 until the root key of the archive has a backup: an alarm',
        ...RETENTION_GAUGES,
      },
      async () => {
        const { waiting, failing, unverified } = pipeline.counts();
        return {
          archive_waiting: waiting,
          archive_failing: failing,
          archive_unverified: unverified,
          archive_witness_failing: evidence.cosigning.health().filter(({ code }) => code !== undefined).length,
          archive_time_stamps_late: evidence.stamping?.health().backlog === true ? 1 : 0,
          archive_keys_without_backup: (await keys.state()).backedUp === undefined ? 1 : 0,
          ...(await retentionGauges(retained, storage)),
        };
      },
    ),
  };
}
