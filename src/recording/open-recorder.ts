import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { asError, IvrError, systemCode } from '../domain/error.ts';
import type { ContactId, RecordingId } from '../domain/ids.ts';
import { isUuid } from '../domain/ids.ts';
import { seconds } from '../domain/units.ts';
import { type Clock, sharedNow } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { makeFolder } from '../lib/durable-folder.ts';
import type { CallTimes, CallTimesOf } from './call-times.ts';
import { SYNC_AFTER_MS } from './loss-limits.ts';
import type { OpenedRecording } from './opened-recording.ts';
import { readBoot, thisProcess } from './owning-process.ts';
import type { Recorder, Recording, RecordingOptions, RetentionTag, SealedRecording } from './recorder.ts';
import { RecorderNotices } from './recorder-notices.ts';
import {
  type RecorderWorkerOptions,
  type SealWorkerOptions,
  STATISTICS,
  type ToRecorderWorker,
  type ToSealWorker,
} from './recorder-protocol.ts';
import type { SealedRecordingSink } from './sealed-recording-sink.ts';
import { WorkerRequests } from './worker-requests.ts';

export interface RecorderOptions {
  readonly recordingsDir: string;
  /** This machine's name, for the manifest. Default: its host name. */
  readonly node?: string;
  /** Product and version, for the manifest. */
  readonly software?: string;
  readonly retention: Omit<RetentionTag, 'retain_until'> & { readonly years: number };
  /** Set aside for the recordings that are open when the disk gets full. Default 64 MiB; 0: none. */
  readonly reserveBytes?: number;
  /** Of one recording, what may wait in memory while the disk takes nothing. Default 4 MiB: four minutes of two tracks. */
  readonly memoryBytes?: number;
  /** Where the audio of open recordings goes when the disk of `recordingsDir` fails; a folder on another disk. */
  readonly spillDir?: string;
  /** A recording that has not been synced for so long is told of, see `onUnsynced`. Default: never. */
  readonly unsyncedLimitMs?: number;
  /** After this time a record is made durable; see loss-limits.ts. */
  readonly syncAfterMs?: number;
  readonly sink?: SealedRecordingSink;
  /** The journal, which recordings are compared with. */
  readonly callTimes?: CallTimesOf;
}

const OPEN_LIMIT = seconds(5);
const END_LIMIT = seconds(10);
/** Recordings are sealed one after the other: at the end of a drain there may be hundreds. */
const SEAL_LIMIT = seconds(600);
const LIST_LIMIT = seconds(60);
const REPLACE_AFTER = seconds(0.5);

/**
 * Starts the recorder: a worker that spools, a worker that seals. The folder is made when it is missing.
 *
 * @throws IvrError RECORDINGS_UNWRITABLE
 */
export async function openRecorder(options: RecorderOptions, clock: Clock, logger: Logger): Promise<Recorder> {
  const recordingsFolder = resolve(options.recordingsDir);
  const spoolFolder = join(recordingsFolder, 'spool');
  const spillFolder = options.spillDir === undefined ? undefined : resolve(options.spillDir);
  await demandWritable(recordingsFolder, spoolFolder);
  if (spillFolder !== undefined) await demandWritable(spillFolder, spillFolder);
  const statistics = new Int32Array(
    new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * Object.keys(STATISTICS).length),
  );
  const owner = { boot: await readBoot(), process: await thisProcess() };
  const notices = new RecorderNotices(logger);
  const lineListeners: (() => void)[] = [];
  const open = new Map<RecordingId, { readonly opened: OpenedRecording; readonly openedAt: number }>();
  let deaths = 0;
  let sealing = 0;
  let cancelReplacing = (): void => undefined;

  const spool = new WorkerRequests<ToRecorderWorker>(
    'recorder-worker.js',
    {
      spoolFolder,
      spillFolder,
      reserveBytes: options.reserveBytes ?? 64 << 20,
      memoryBytes: options.memoryBytes ?? 4 << 20,
      syncAfterMs: options.syncAfterMs ?? SYNC_AFTER_MS,
      unsyncedLimitMs: options.unsyncedLimitMs ?? Infinity,
      statistics: statistics.buffer,
    } satisfies RecorderWorkerOptions,
    notices.take,
    (error) => {
      logger.error({}, 'the recorder died; another is started', error);
      deaths++;
      for (const recording of open.keys()) notices.tellTrouble(recording, 'INTERNAL');
      cancelReplacing = clock.after(REPLACE_AFTER, restart);
    },
    resume,
  );

  function restart(): void {
    spool.start().catch((thrown: unknown) => logger.error({}, 'the recorder does not start', asError(thrown)));
  }

  /** The recorder that takes the place of a dead one goes on with what is open; what was on its way is lost, and listed. */
  function resume(): void {
    for (const [recording, { opened, openedAt }] of open)
      spool
        .ask<'open'>({ type: 'open', opened, openedAt, resumed: deaths }, OPEN_LIMIT)
        .catch((thrown: unknown) => logger.error({ recording }, 'a recording does not go on', asError(thrown)));
    for (const listener of lineListeners) listener();
  }

  const sealer = new WorkerRequests<ToSealWorker>(
    'seal-worker.js',
    { recordingsFolder, spoolFolder, spillFolder } satisfies SealWorkerOptions,
    () => undefined,
    (error) => logger.error({}, 'the sealing worker died; the next seal starts another', error),
  );
  try {
    await Promise.all([spool.start(), sealer.start()]);
  } catch (thrown) {
    await Promise.allSettled([spool[Symbol.asyncDispose](), sealer[Symbol.asyncDispose]()]);
    throw new IvrError('RECORDINGS_UNWRITABLE', 'the recorder did not start', { path: recordingsFolder }, thrown);
  }

  async function seal(
    recording: RecordingId,
    contact: ContactId | undefined,
    recovered: boolean,
  ): Promise<SealedRecording> {
    const call = contact === undefined ? undefined : await timesOf(contact);
    const { sealed, remarks } = await sealer.ask<'seal'>({ type: 'seal', recording, recovered, call }, SEAL_LIMIT);
    const facts = { recording, contact: sealed.contact };
    for (const remark of remarks) logger.warn({ ...facts, remark }, 'a recording is worth a look');
    for (const problem of sealed.problems) logger.error({ ...facts, problem }, 'a recording has a problem');
    await options.sink
      ?.take(sealed)
      .catch((thrown: unknown) => logger.error(facts, 'the archive did not take a recording', asError(thrown)));
    return sealed;
  }

  /** A journal that cannot be read does not keep a recording from being sealed. */
  async function timesOf(contact: ContactId): Promise<CallTimes | undefined> {
    try {
      return await options.callTimes?.(contact);
    } catch (thrown) {
      logger.error({ contact }, 'a recording is not compared with the journal, which cannot be read', asError(thrown));
      return undefined;
    }
  }

  /** What an earlier process left of an INVITE that was never answered or acknowledged holds no call: it is removed. */
  async function neverWasACall(recording: RecordingId, contact: ContactId | undefined): Promise<boolean> {
    const call = contact === undefined ? undefined : await timesOf(contact);
    if (call === undefined || call.answered !== undefined) return false;
    return sealer.ask<'discard'>({ type: 'discard', recording, unlessHeard: true }, SEAL_LIMIT);
  }

  async function openRecording(wanted: RecordingOptions): Promise<Recording> {
    const { recording: id, wall, shared, ...described } = wanted;
    if (!isUuid(id)) throw new IvrError('INTERNAL', 'the recording has no id', { recording: id });
    const opened: OpenedRecording = {
      ...described,
      ...owner,
      recording: id,
      node: options.node ?? hostname(),
      software: options.software ?? 'tellerline',
      opened: wall,
      retention: retentionFrom(wall, options.retention),
    };
    const openedAt = shared;
    await spool.ask<'open'>({ type: 'open', opened, openedAt, resumed: 0 }, OPEN_LIMIT);
    open.set(id, { opened, openedAt });
    const note = (event: string, facts: Readonly<Record<string, unknown>>): void =>
      spool.post({ type: 'event', recording: id, at: sharedNow() - openedAt, event, facts });
    let sealed: Promise<SealedRecording> | undefined;
    let discarded: Promise<void> | undefined;
    const end = async <T>(then: () => Promise<T>): Promise<T> => {
      sealing++;
      const at = sharedNow() - openedAt;
      try {
        open.delete(id);
        await spool.ask<'end'>({ type: 'end', recording: id, at }, END_LIMIT).catch(unlessGone);
        return await then();
      } finally {
        sealing--;
      }
    };
    const discard = async (): Promise<void> => {
      await sealer.ask<'discard'>({ type: 'discard', recording: id, unlessHeard: false }, SEAL_LIMIT);
    };
    return {
      id,
      origin: { recording: id, wall, shared },
      retention: opened.retention,
      joined: (track, who) => note('joined', { track, who }),
      left: (track) => note('left', { track }),
      note,
      seal: () => (sealed ??= end(() => seal(id, opened.contact, false))),
      discard: () => (discarded ??= end(discard)),
    };
  }

  return {
    open: openRecording,
    async recover() {
      const recovered: SealedRecording[] = [];
      for (const { recording, contact } of await sealer.ask<'list'>({ type: 'list' }, LIST_LIMIT))
        try {
          if (!(await neverWasACall(recording, contact))) recovered.push(await seal(recording, contact, true));
        } catch (thrown) {
          logger.error({ recording }, 'a recording could not be recovered; its spool stays', asError(thrown));
        }
      return recovered;
    },
    onTrouble: (listener) => void notices.trouble.push(listener),
    onUnsynced: (listener) => void notices.unsynced.push(listener),
    onLost: (listener) => void notices.lost.push(listener),
    diskTrouble: () => notices.disk,
    onChannelNeeded: (listener) => void lineListeners.push(listener),
    backlog: () => ({ open: open.size, sealing, unsyncedMs: Atomics.load(statistics, STATISTICS.unsyncedMs) }),
    openChannel() {
      const { port1, port2 } = new MessageChannel();
      spool.post({ type: 'channel', port: port2 }, [port2]);
      return port1;
    },
    async [Symbol.asyncDispose]() {
      cancelReplacing();
      await Promise.allSettled([spool[Symbol.asyncDispose](), sealer[Symbol.asyncDispose]()]);
    },
  };
}

/** @throws IvrError RECORDINGS_UNWRITABLE */
async function demandWritable(folder: string, inner: string): Promise<void> {
  try {
    await makeFolder(inner);
    await access(folder, constants.W_OK | constants.X_OK);
    await access(inner, constants.W_OK | constants.X_OK);
  } catch (thrown) {
    const code = systemCode(thrown) ?? 'unknown';
    throw new IvrError(
      'RECORDINGS_UNWRITABLE',
      `recordings cannot be written to ${resolve(folder)}: ${code} (recordings.directory)`,
      { path: folder, cause: code },
      thrown,
    );
  }
}

/** A recording that the recorder does not know was given up for abandoned, or its recorder died: it is sealed as it is. */
function unlessGone(thrown: unknown): void {
  if (!(thrown instanceof IvrError && (thrown.code === 'RECORDING_NOT_FOUND' || thrown.code === 'INTERNAL')))
    throw thrown;
}

/** The day that many years later; the 29th of February keeps to the 1st of March: never earlier. */
function retentionFrom(wall: number, { years, ...policy }: RecorderOptions['retention']): RetentionTag {
  const until = new Date(wall);
  until.setUTCFullYear(until.getUTCFullYear() + years);
  return { ...policy, retain_until: until.toISOString() };
}
