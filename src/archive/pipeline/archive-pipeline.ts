import { dirname } from 'node:path';
import { asError, IvrError, type SafeFacts } from '../../domain/error.ts';
import type { RecordingId } from '../../domain/ids.ts';
import { seconds } from '../../domain/units.ts';
import type { Clock } from '../../lib/clock.ts';
import { makeFolder } from '../../lib/durable-folder.ts';
import { endedOrStalled } from '../../lib/ended-or-stalled.ts';
import type { Logger } from '../../lib/logger.ts';
import { Retries } from '../../lib/retries.ts';
import { runEvery } from '../../lib/run-every.ts';
import type { SealedRecordingSink } from '../../recording/sealed-recording-sink.ts';
import type { ArchiveParts } from './archive-parts.ts';
import { type ArchiveOptions, archiveRecording, type ArchiveStep } from './archive-recording.ts';
import { leftBehind } from './left-behind.ts';
import { removeSourceWhenDue } from './remove-source.ts';

export type PipelineCounts = Readonly<Record<'waiting' | 'failing' | 'archived' | 'unverified', number>>;

/** The pipeline where it runs. */
export interface LocalPipeline extends ArchivePipeline {
  /** Resolves when it waits, not when it is archived. @param source - the sealed folder */
  enqueue(recording: RecordingId, source: string): Promise<void>;
}

export interface ArchivePipeline extends SealedRecordingSink, AsyncDisposable {
  /** Looks for what has still to be archived: sealed folders, and work that an earlier run left. @returns how many there are */
  catchUp(): Promise<number>;
  /** Resolves when nothing is waiting or under way; what failed and will be tried again is not waited for. */
  idle(): Promise<void>;
  /** `archived` and, of these, `unverified`: since the start. */
  counts(): PipelineCounts;
  /** Code of what last went wrong with one of its recordings; undefined: all is well. */
  trouble(): string | undefined;
}

export interface PipelineOptions extends Omit<ArchiveOptions, 'workFolder' | 'readBackAgain'> {
  readonly recordingsDirectory: string;
  readonly workFolder: string;
  /** Told when a recording is archived. `problems`: why it is not VERIFIED. */
  readonly onArchived?: (recording: RecordingId, problems: readonly string[]) => void;
  /** Told when `counts` or `trouble` say something else. */
  readonly onChange?: () => void;
}

/** A copy that cannot be proven is read again so often; then it is said to be unproven, and looked at again with the sealed folders. */
const READ_BACKS = 5;
/**
 * Stores, database and encoder have limits of their own. Whatever is not over by then hangs, as a disk does that answers no more: it is left to itself, and
 * the others go on.
 */
const STEP_LIMIT = seconds(1_800);
/** A sealed folder, which is not encrypted, stays for at most this much longer than it is kept. */
const SWEEP_EVERY = seconds(3_600);

/** Sealed recordings go through the archive one after the other; what fails waits where it is and is tried again, also by the next start. */
export async function openArchivePipeline(
  parts: ArchiveParts,
  options: PipelineOptions,
  clock: Clock,
  logger: Logger,
): Promise<LocalPipeline> {
  await makeFolder(options.workFolder);
  const waiting = new Map<RecordingId, string>();
  const retries = new Retries<RecordingId>(clock);
  const hanging = new Set<RecordingId>();
  let archived = 0;
  let unverified = 0;
  let closed = false;
  let running: Promise<void> | undefined;

  const enqueue = (recording: RecordingId, source: string): void => {
    if (closed || hanging.has(recording)) return;
    waiting.set(recording, source);
    options.onChange?.();
    running ??= run();
  };
  async function run(): Promise<void> {
    for (;;) {
      const next = closed ? undefined : first(waiting);
      if (next === undefined) break;
      const [recording, source] = next;
      await one(recording, source);
      waiting.delete(recording);
      options.onChange?.();
    }
    running = undefined;
  }
  /** Comes to its end even when the recording does not. */
  async function one(recording: RecordingId, source: string): Promise<void> {
    const stalled = await endedOrStalled((moved) => attempt(recording, source, moved), STEP_LIMIT, clock);
    if (stalled === undefined) return;
    hanging.add(recording);
    logger.error({ recording, limit_ms: STEP_LIMIT }, 'the archiving of a recording hangs; others continue');
    void stalled.rest.finally(() => {
      hanging.delete(recording);
      options.onChange?.();
    });
  }
  /** Never rejects. */
  async function attempt(recording: RecordingId, source: string, moved: () => void): Promise<void> {
    try {
      const readBackAgain = retries.triesOf(recording) + 1 < READ_BACKS;
      const onStep = (step: ArchiveStep): void | Promise<void> => {
        moved();
        return options.onStep?.(step);
      };
      const problems = await archiveRecording(recording, source, parts, { ...options, readBackAgain, onStep });
      retries.done(recording);
      archived += 1;
      if (problems.length > 0) unverified += 1;
      tellProblems(recording, problems, logger);
      options.onArchived?.(recording, problems);
    } catch (thrown) {
      const code = thrown instanceof IvrError ? thrown.code : 'INTERNAL';
      const { tries, againIn } = retries.failed(recording, code, () => enqueue(recording, source));
      tellFailure({ recording, code, tries, again_in_ms: againIn ?? 0 }, asError(thrown), logger);
    }
  }

  /** Removes what is due of the sealed folders; the next one goes on where one failed. What is not archived, or not proven, is looked at again. */
  async function sweep(): Promise<void> {
    for (const [recording, source] of await leftBehind(options.recordingsDirectory, options.workFolder)) {
      if (closed) return;
      if (waiting.has(recording) || retries.has(recording)) continue;
      if (!(await removeSourceWhenDue(recording, source, parts, options))) enqueue(recording, source);
    }
  }
  const sweeping = runEvery({ name: 'removing sealed folders', every: SWEEP_EVERY, run: sweep }, clock, logger);

  return {
    take: ({ recording, path }) => Promise.resolve(enqueue(recording, dirname(path))),
    enqueue: (recording, source) => Promise.resolve(enqueue(recording, source)),
    async catchUp() {
      const found = await leftBehind(options.recordingsDirectory, options.workFolder);
      for (const [recording, source] of found) enqueue(recording, source);
      return found.size;
    },
    async idle() {
      for (let now = running; now !== undefined; now = running) await now;
    },
    counts: () => ({ waiting: waiting.size, failing: retries.size + hanging.size, archived, unverified }),
    trouble: () => first(retries.failures)?.[1].code ?? (hanging.size > 0 ? 'DEADLINE_EXCEEDED' : undefined),
    async [Symbol.asyncDispose]() {
      closed = true;
      retries[Symbol.dispose]();
      await sweeping[Symbol.asyncDispose]();
      await running;
    },
  };
}

const first = <K, V>(map: ReadonlyMap<K, V>): readonly [K, V] | undefined => map.entries().next().value;

function tellProblems(recording: RecordingId, problems: readonly string[], logger: Logger): void {
  const [problem] = problems;
  if (problem === undefined) return;
  logger.error({ recording, problem, problems: problems.length }, 'a recording is archived, but not verified');
}

const tellFailure = (facts: SafeFacts, error: Error, logger: Logger): void =>
  logger.error(facts, 'a recording could not be archived; another attempt follows', error);
