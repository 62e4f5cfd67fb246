import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecordingId } from '../../src/domain/ids.ts';
import { recordingMs, recordingSample, sharedMs, wallMs } from '../../src/domain/units.ts';
import type { OpenedRecording } from '../../src/recording/opened-recording.ts';
import { readSpool } from '../../src/recording/read-spool.ts';
import { SpoolKeeper, type SpoolKeeperOptions } from '../../src/recording/spool-keeper.ts';
import type { SpoolContents } from '../../src/recording/spool-contents.ts';
import { surveySpool } from '../../src/recording/spool-survey.ts';
import type { SegmentOwner } from '../../src/recording/spool/segment-head.ts';
import { SpoolFolder } from '../../src/recording/spool/spool-folder.ts';
import type { SpoolKeys } from '../../src/recording/spool/spool-keys.ts';
import { readSpoolKey } from '../../src/recording/spool/spool-keys.ts';
import type { FromMediaToRecorder, TapChunk } from '../../src/recording/tap.ts';
import { packChunks } from '../../src/recording/tap-batch.ts';

/** Of a process that is no more. */
export const DEAD: SegmentOwner = { boot: 'another', process: { pid: 1, started: '' }, writer: 0 };
/** The same for every test. */
export const KEYS: SpoolKeys = { wrapping: new Uint8Array(32).fill(7), former: [] };

export const keeperOptions = (
  now: () => number,
  more: Partial<SpoolKeeperOptions> & Pick<SpoolKeeperOptions, 'disk'>,
): SpoolKeeperOptions => ({
  now: () => sharedMs(now()),
  wall: () => wallMs(Date.now()),
  owner: DEAD,
  wrapping: KEYS.wrapping,
  memoryBytes: 1 << 24,
  commitAfterMs: 200,
  onTrouble: () => undefined,
  ...more,
});

/** The nth piece of 100 ms of a customer, all of one octet. */
export const pieceOf = (recording: RecordingId, n: number, octet: number = n): FromMediaToRecorder => ({
  type: 'chunks',
  packed: packChunks([
    {
      recording,
      track: 'customer',
      codec: 'PCMU',
      at: recordingSample(n * 800),
      gaps: [],
      payload: new Uint8Array(800).fill(octet),
    },
  ]),
});

/** Under which a recorder of `recordings` finds it again. */
export async function keysOf(recordings: string): Promise<SpoolKeys> {
  const wrapping = await readSpoolKey(join(recordings, 'spool.key'), true);
  if (wrapping === undefined) throw new Error('no key');
  return { wrapping, former: [] };
}

/** What a process that died left in the spool of `recordings`. */
export async function leaveSpooled(
  recordings: string,
  opened: OpenedRecording,
  chunks: readonly TapChunk[],
  {
    endAt,
    events = [],
  }: {
    readonly endAt?: number;
    readonly events?: readonly { readonly type: string; readonly facts: Readonly<Record<string, unknown>> }[];
  } = {},
): Promise<void> {
  await mkdir(join(recordings, 'spool'), { recursive: true });
  const { wrapping } = await keysOf(recordings);
  const disk = new SpoolFolder(join(recordings, 'spool'), 0);
  let now = 0;
  const keeper = new SpoolKeeper(keeperOptions(() => now, { disk, wrapping }));
  await keeper.open(opened, sharedMs(0));
  for (const { type, facts } of events) keeper.event(opened.recording, type, facts, recordingMs(0));
  for (const chunk of chunks) {
    now = Math.max(now, (chunk.at + chunk.payload.length) / 8);
    keeper.take({ type: 'chunks', packed: packChunks([chunk]) });
  }
  if (endAt !== undefined) {
    now = endAt;
    for (const track of new Set(chunks.map((chunk) => chunk.track)))
      keeper.take({ type: 'track-closed', recording: opened.recording, track });
    await keeper.end(opened.recording, recordingMs(endAt));
  }
  await keeper.close();
}

/** What the spool of `recordings` holds of one recording. */
export async function contentsIn(recordings: string, recording: RecordingId): Promise<SpoolContents> {
  const keys = await keysOf(recordings);
  const folders = [join(recordings, 'spool')];
  const { recordings: found } = await surveySpool(folders, keys, () => true, wallMs(Date.now()));
  const places = found.find((one) => one.recording === recording)?.places ?? { segments: [], runs: [] };
  return readSpool(recording, places, folders, keys);
}
