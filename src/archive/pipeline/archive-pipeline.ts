import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { asError, IvrError } from '../../domain/error.ts';
import { isUuid, type RecordingId } from '../../domain/ids.ts';
import { ms, seconds } from '../../domain/units.ts';
import type { CancelTimer, Clock } from '../../lib/clock.ts';
import { makeFolder } from '../../lib/durable-folder.ts';
import type { Logger } from '../../lib/logger.ts';
import { runEvery } from '../../lib/run-every.ts';
import type { SealedRecordingSink } from '../../recording/sealed-recording-sink.ts';
import type { ArchiveParts } from './archive-parts.ts';
import { type ArchiveOptions, archiveRecording, removeSourceWhenDue } from './archive-recording.ts';

export interface ArchivePipeline extends SealedRecordingSink, AsyncDisposable {
  /** Looks for what has still to be archived: sealed folders, and work that an earlier run left. @returns how many there are */
  catchUp(): Promise<number>;
  /** Resolves when nothing is waiting or under way; what failed and will be tried again is not waited for. */
  idle(): Promise<void>;
  /** `archived` and, of these, `unverified`: since the start. */
  counts(): Readonly<Record<'waiting' | 'failing' | 'archived' | 'unverified', number>>;
  /** Codes of what last went wrong, by recording; none when all is well. */
  troubles(): ReadonlyMap<RecordingId, string>;
}

export interface PipelineOptions extends Omit<ArchiveOptions, 'workFolder'> {
  readonly recordingsDirectory: string;
  readonly workFolder: string;
  /** Told when a recording is archived. `problems`: why it is not VERIFIED. */
  readonly onArchived?: (recording: RecordingId, problems: readonly string[]) => void;
}

/** After a failure, in ms: an archive that is away is asked again, ever less often. */
const RETRY_MS = [1_000, 5_000, 30_000, 120_000, 600_000];
/** A sealed folder, which is not encrypted, stays for at most this much longer than it is kept. */
const SWEEP_EVERY = seconds(3_600);
const DAY = /^\d{4}\/\d{2}\/\d{2}$/;

/** Sealed recordings go through the archive one after the other; what fails waits where it is and is tried again, also by the next start. */
export async function openArchivePipeline(
  parts: ArchiveParts,
  options: PipelineOptions,
  clock: Clock,
  logger: Logger,
): Promise<ArchivePipeline> {
  await makeFolder(options.workFolder);
  const waiting = new Map<RecordingId, string>();
  const failing = new Map<
    RecordingId,
    { readonly code: string; readonly tries: number; readonly cancel: CancelTimer }
  >();
  let archived = 0;
  let unverified = 0;
  let closed = false;
  let running: Promise<void> | undefined;

  const enqueue = (recording: RecordingId, source: string): void => {
    if (closed) return;
    waiting.set(recording, source);
    running ??= run();
  };
  async function run(): Promise<void> {
    for (;;) {
      const next = closed ? undefined : first(waiting);
      if (next === undefined) break;
      const [recording, source] = next;
      await one(recording, source);
      waiting.delete(recording);
    }
    running = undefined;
  }
  async function one(recording: RecordingId, source: string): Promise<void> {
    const before = failing.get(recording);
    before?.cancel();
    try {
      const problems = await archiveRecording(recording, source, parts, options);
      failing.delete(recording);
      archived += 1;
      if (problems.length > 0) unverified += 1;
      if (problems.length > 0)
        logger.error(
          { recording, problem: problems[0] ?? '', problems: problems.length },
          'a recording is archived, but not verified',
        );
      options.onArchived?.(recording, problems);
    } catch (thrown) {
      const code = thrown instanceof IvrError ? thrown.code : 'INTERNAL';
      const tries = (before?.tries ?? 0) + 1;
      const delay = RETRY_MS[Math.min(tries, RETRY_MS.length) - 1] ?? 0;
      const cancel = clock.after(ms(delay), () => enqueue(recording, source));
      failing.set(recording, { code, tries, cancel });
      logger.error(
        { recording, code, tries, again_in_ms: delay },
        'a recording could not be archived; another attempt follows',
        asError(thrown),
      );
    }
  }

  /** Removes what is due of the sealed folders; the next one goes on where one failed. */
  async function sweep(): Promise<void> {
    for (const [recording, source] of await leftBehind(options)) {
      if (closed) return;
      if (waiting.has(recording) || failing.has(recording)) continue;
      await removeSourceWhenDue(recording, source, parts, options);
    }
  }
  const sweeping = runEvery({ name: 'removing sealed folders', every: SWEEP_EVERY, run: sweep }, clock, logger);

  return {
    take({ recording, path }) {
      enqueue(recording, dirname(path));
      return Promise.resolve();
    },
    async catchUp() {
      const found = await leftBehind(options);
      for (const [recording, source] of found) enqueue(recording, source);
      return found.size;
    },
    async idle() {
      for (let now = running; now !== undefined; now = running) await now;
    },
    counts: () => ({ waiting: waiting.size, failing: failing.size, archived, unverified }),
    troubles: () => new Map([...failing].map(([recording, { code }]) => [recording, code])),
    async [Symbol.asyncDispose]() {
      closed = true;
      for (const { cancel } of failing.values()) cancel();
      await sweeping[Symbol.asyncDispose]();
      await running;
    },
  };
}

const first = <K, V>(map: ReadonlyMap<K, V>): readonly [K, V] | undefined => map.entries().next().value;

/** Sealed folders by day, and work whose source is gone. */
async function leftBehind({
  recordingsDirectory,
  workFolder,
}: PipelineOptions): Promise<ReadonlyMap<RecordingId, string>> {
  const found = new Map<RecordingId, string>();
  for (const year of await namesIn(recordingsDirectory, /^\d{4}$/))
    for (const month of await namesIn(join(recordingsDirectory, year), /^\d{2}$/))
      for (const day of await namesIn(join(recordingsDirectory, year, month), /^\d{2}$/)) {
        const folder = `${year}/${month}/${day}`;
        if (!DAY.test(folder)) continue;
        for (const name of await namesIn(join(recordingsDirectory, folder), /./))
          if (isUuid(name)) found.set(name as RecordingId, join(recordingsDirectory, folder, name));
      }
  for (const name of await namesIn(workFolder, /./))
    if (isUuid(name) && !found.has(name as RecordingId))
      found.set(name as RecordingId, join(workFolder, name, 'source-is-gone'));
  return found;
}

async function namesIn(folder: string, like: RegExp): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && like.test(entry.name))
    .map(({ name }) => name)
    .toSorted();
}
