import { type RecordingMs, recordingMs } from '../domain/units.ts';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { IvrError, systemCode } from '../domain/error.ts';
import { isUuid } from '../domain/ids.ts';
import { type Clock, sharedNow } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { makeFolder } from '../lib/durable-folder.ts';
import type { CallTimesOf } from './call-times.ts';
import { COMMIT_AFTER_MS } from './loss-limits.ts';
import { OpenRecordings } from './open-recordings.ts';
import type { OpenedRecording } from './opened-recording.ts';
import { readBoot, thisProcess } from './owning-process.ts';
import type { Recorder, Recording, RecordingOptions, RetentionTag, SealedRecording } from './recorder.ts';
import { RecorderNotices } from './recorder-notices.ts';
import { RecordingSealer } from './recording-sealer.ts';
import type { SealedRecordingSink } from './sealed-recording-sink.ts';
import { readSpoolKey, type SpoolKeys } from './spool/spool-keys.ts';
import type { SpoolPlaces } from './spool/spool-source.ts';

export interface RecorderOptions {
  readonly recordingsDirectory: string;
  /** This machine's name, for the manifest. Default: its host name. */
  readonly node?: string;
  /** Product and version, for the manifest. */
  readonly software?: string;
  readonly retention: Omit<RetentionTag, 'retain_until'> & { readonly years: number };
  /** Set aside for the recordings that are open when the disk gets full. Default 64 MiB; 0: none. */
  readonly reserveBytes?: number;
  /** Of one recording, what may wait in memory while the disk takes nothing. Default 4 MiB: four minutes of two tracks. */
  readonly memoryBytes?: number;
  /** Where the audio of open recordings goes when the disk of `recordingsDirectory` fails; a folder on another disk. */
  readonly spillDirectory?: string;
  /** A recording that has not been synced for so long is told of, see `onUnsynced`. Default: never. */
  readonly unsyncedMs?: number;
  /** After this time a record is made durable; see loss-limits.ts. */
  readonly commitAfterMs?: number;
  /** What the spool's keys are wrapped under; asked for once the folders are there. Default: a key of its own, in `spool.key` in `recordingsDirectory`. */
  readonly keys?: () => Promise<SpoolKeys>;
  /** The audio of sealed recordings is encrypted under these keys: it waits for the archive alone. Default: it lies in its folder in the clear. */
  readonly encryptSealed?: boolean;
  readonly sink?: SealedRecordingSink;
  /** The journal, which recordings are compared with. */
  readonly callTimes?: CallTimesOf;
}

/**
 * Starts the recorder: a worker that spools, a worker that seals. The folder is made when it is missing.
 *
 * @throws IvrError RECORDINGS_UNWRITABLE, KEYS_UNREADABLE
 */
export async function openRecorder(options: RecorderOptions, clock: Clock, logger: Logger): Promise<Recorder> {
  const recordingsDirectory = resolve(options.recordingsDirectory);
  const spoolFolder = join(recordingsDirectory, 'spool');
  const spillDirectory = options.spillDirectory === undefined ? undefined : resolve(options.spillDirectory);
  await demandWritable(recordingsDirectory, spoolFolder);
  if (spillDirectory !== undefined) await demandWritable(spillDirectory, spillDirectory);
  const owner = { boot: await readBoot(), process: await thisProcess() };
  const keys = await (options.keys ?? (() => ownKeys(recordingsDirectory)))();
  const notices = new RecorderNotices(logger);
  const open = new OpenRecordings(
    {
      spoolFolder,
      spillDirectory,
      reserveBytes: options.reserveBytes ?? 64 << 20,
      memoryBytes: options.memoryBytes ?? 4 << 20,
      commitAfterMs: options.commitAfterMs ?? COMMIT_AFTER_MS,
      wrapping: keys.wrapping,
      unsyncedMs: options.unsyncedMs ?? Infinity,
    },
    owner,
    notices,
    { clock, logger },
  );
  const sealed = { recordingsDirectory, spoolFolder, spillDirectory, keys, encrypted: options.encryptSealed ?? false };
  const sealer = new RecordingSealer(sealed, options, open, { clock, logger });
  open.onReplaced = (deaths) => sealer.adoptAfter(deaths);
  const close = async (): Promise<void> => {
    // what is sealed is released in the spool
    await sealer[Symbol.asyncDispose]().catch(() => undefined);
    await open[Symbol.asyncDispose]().catch(() => undefined);
  };
  try {
    await Promise.all([open.start(), sealer.start()]);
  } catch (thrown) {
    await close();
    throw new IvrError('RECORDINGS_UNWRITABLE', 'the recorder did not start', { path: recordingsDirectory }, thrown);
  }
  let sealing = 0;

  async function openRecording(wanted: RecordingOptions): Promise<Recording> {
    const { recording: id, wall, shared, ...described } = wanted;
    if (!isUuid(id)) throw new IvrError('INTERNAL', 'the recording has no id', { recording: id });
    const opened: OpenedRecording = {
      ...described,
      recording: id,
      node: options.node ?? hostname(),
      software: options.software ?? 'tellerline',
      opened: wall,
      retention: retentionFrom(wall, options.retention),
    };
    await open.open(opened, shared);
    const sinceOpened = (): RecordingMs => recordingMs(sharedNow() - shared);
    const note = (event: string, facts: Readonly<Record<string, unknown>>): void =>
      open.note(id, sinceOpened(), event, facts);
    let sealed: Promise<SealedRecording> | undefined;
    let discarded: Promise<void> | undefined;
    const end = async <T>(then: (places: SpoolPlaces | undefined) => Promise<T>): Promise<T> => {
      sealing++;
      try {
        return await then(await open.end(id, sinceOpened()));
      } finally {
        sealing--;
      }
    };
    return {
      id,
      origin: { recording: id, wall, shared },
      retention: opened.retention,
      joined: (track, who) => note('joined', { track, who }),
      left: (track) => note('left', { track }),
      note,
      seal: () =>
        (sealed ??= sealer.persist(id, () =>
          end((places) => sealer.seal({ recording: id, contact: opened.contact, places })),
        )),
      discard: () => (discarded ??= end(() => sealer.discard(id))),
    };
  }

  return {
    open: openRecording,
    recover: () => sealer.recover(),
    onTrouble: (listener) => void notices.trouble.push(listener),
    onUnsynced: (listener) => void notices.unsynced.push(listener),
    onLost: (listener) => void notices.lost.push(listener),
    onSealedLate: (listener) => void sealer.lateListeners.push(listener),
    diskTrouble: () => notices.disk,
    onChannelNeeded: (listener) => void open.channelListeners.push(listener),
    backlog: () => ({ open: open.size, sealing, unsealed: sealer.failing, oldestUnsyncedMs: open.oldestUnsyncedMs }),
    openChannel: () => open.openChannel(),
    [Symbol.asyncDispose]: close,
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

async function ownKeys(folder: string): Promise<SpoolKeys> {
  const wrapping = await readSpoolKey(join(folder, 'spool.key'), true);
  if (wrapping === undefined) throw new IvrError('KEYS_UNREADABLE', `${folder}: the spool's key was removed`);
  return { wrapping, former: [] };
}

/** The day that many years later; the 29th of February keeps to the 1st of March: never earlier. */
function retentionFrom(wall: number, { years, ...policy }: RecorderOptions['retention']): RetentionTag {
  const until = new Date(wall);
  until.setUTCFullYear(until.getUTCFullYear() + years);
  return { ...policy, retain_until: until.toISOString() };
}
