import type { ExportJob, Exports } from '../archive/exports.ts';
import type { BundleRequest } from '../archive/export/bundle.ts';
import type { IndexedRecording } from '../archive/index/archive-index.ts';
import { asError, IvrError, systemCode } from '../domain/error.ts';
import { isUuid, type RecordingId, uuidV7 } from '../domain/ids.ts';
import { seconds, wallMs } from '../domain/units.ts';
import type { Clock } from '../lib/clock.ts';
import { runEvery } from '../lib/run-every.ts';
import type { Scope } from '../lib/scope.ts';
import type { OpenedArchive } from './open-archive.ts';
import { expectArchived, prepareExport } from './prepare-export.ts';
import { openSealedFiles, type SealedFiles } from './sealed-files.ts';

/** Whoever ordered a bundle has a day to fetch it. */
const KEPT_MS = 86_400_000;
const MOST_KEPT = 100;
const SWEEP_EVERY = seconds(600);
/** Of the progress, up to here: the audio is read. The rest is writing. */
const READ_SHARE = 0.9;

/** A job, as it goes on. */
type Job = { -readonly [K in keyof ExportJob]: ExportJob[K] };

/**
 * Exports that the console orders, one after the other. Bundles lie encrypted in a folder of this machine, under keys that
 * only this process has: after a day, or a restart, nobody can open them.
 *
 * @param folder - emptied at the start
 */
export async function consoleExports(
  archive: OpenedArchive,
  folder: string,
  clock: Clock,
  scope: Scope,
): Promise<Exports> {
  const files = await openSealedFiles(folder);
  const jobs = new Map<string, Job>();
  let last: Promise<void> = Promise.resolve();

  async function forget(job: Job): Promise<void> {
    jobs.delete(job.id);
    await files.remove(job.id);
  }
  async function sweep(): Promise<void> {
    for (const job of jobs.values())
      if (clock.wall() >= job.keptUntil && job.state !== 'running' && job.state !== 'waiting') await forget(job);
  }
  scope.use(
    runEvery({ name: 'removing export bundles', every: SWEEP_EVERY, run: sweep }, clock, archive.logger, scope.signal),
  );
  scope.defer(async () => {
    await last;
    for (const job of jobs.values()) await forget(job);
  });

  return {
    async start({ recording, masked, requester, approver, purpose, ticket }) {
      const row = isUuid(recording) ? await archive.index.find(recording as RecordingId) : undefined;
      if (row === undefined) throw new IvrError('RECORDING_NOT_FOUND', 'there is no such recording');
      expectArchived(row);
      await sweep();
      if (jobs.size >= MOST_KEPT)
        throw new IvrError('OVERLOADED', `${MOST_KEPT} bundles wait to be fetched; the oldest goes after a day`);
      const now = clock.wall();
      const job: Job = {
        id: uuidV7(now),
        recording,
        orderedAt: wallMs(now),
        keptUntil: wallMs(now + KEPT_MS),
        masked,
        requester,
        approver: approver === '' ? null : approver,
        purpose,
        ticket,
        state: 'waiting',
        progress: 0,
        bytes: null,
        sha256: null,
        error: null,
      };
      jobs.set(job.id, job);
      last = last.then(() => (scope.closed ? undefined : writeOne(archive, files, clock, job, row, scope.signal)));
      return { ...job };
    },
    find: (id) => Promise.resolve(jobs.get(id)).then((job) => (job === undefined ? undefined : { ...job })),
    list: () => Promise.resolve([...jobs.values()].toReversed().map((job) => ({ ...job }))),
    async *read(id, signal) {
      const job = jobs.get(id);
      if (job?.state !== 'done') throw new IvrError('NOT_FOUND', 'there is no such export');
      const row = await archive.index.find(job.recording as RecordingId);
      if (row === undefined || row.state === 'DESTROYED') {
        await forget(job);
        throw new IvrError('RECORDING_NOT_FOUND', 'the recording was destroyed after it was exported');
      }
      yield* files.read(id, signal);
    },
  };
}

/** Never rejects: what went wrong is in the job, the log and the audit trail. */
async function writeOne(
  archive: OpenedArchive,
  files: SealedFiles,
  clock: Pick<Clock, 'wall'>,
  job: Job,
  row: IndexedRecording,
  signal: AbortSignal,
): Promise<void> {
  const { requester, approver, purpose, ticket, masked, recording } = job;
  const order: Omit<BundleRequest, 'redact'> = {
    purpose,
    ...(ticket === '' ? {} : { ticket }),
    requestedBy: requester,
    approvedBy: approver === null ? [] : [approver],
    madeAt: new Date(clock.wall()).toISOString(),
    masked,
  };
  const said = {
    actor: { kind: 'service' as const, name: 'export' },
    role: '',
    action: 'recording.export',
    targets: [recording],
    purpose,
    ticket,
    approval: null,
  };
  try {
    job.state = 'running';
    const prepared = await prepareExport(archive, row, order);
    const audioBytes = Math.max(1, row.bytes ?? 1);
    const { bytes, sha256 } = await files.write(job.id, (output) =>
      prepared.write(output, (read) => {
        // nobody could open it after a restart
        if (signal.aborted) throw new IvrError('CANCELLED', 'the server stops');
        job.progress = Math.min(READ_SHARE, (read / audioBytes) * READ_SHARE);
      }),
    );
    await archive.audit.append({
      ...said,
      result: 'done',
      detail: { export: job.id, by: requester, leaf: prepared.leaf, bytes, sha256 },
    });
    Object.assign(job, { state: 'done', progress: 1, bytes, sha256 });
  } catch (thrown) {
    const error = thrown instanceof IvrError ? thrown.code : (systemCode(thrown) ?? 'INTERNAL');
    Object.assign(job, { state: 'failed', error });
    archive.logger.error({ recording, export: job.id, code: error }, 'an export failed', asError(thrown));
    await files.remove(job.id);
    await archive.audit
      .append({ ...said, result: 'failed', detail: { export: job.id, by: requester, code: error } })
      .catch((failed: unknown) =>
        archive.logger.error(
          { export: job.id },
          'a failed export could not be written to the audit trail',
          asError(failed),
        ),
      );
  }
}
