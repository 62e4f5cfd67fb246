import { recordingMs, wallMs } from '../../src/domain/units.ts';
import { join } from 'node:path';
import type { RecordingId } from '../../src/domain/ids.ts';
import { readSpool } from '../../src/recording/read-spool.ts';
import { SpoolKeeper } from '../../src/recording/spool-keeper.ts';
import { surveySpool } from '../../src/recording/spool-survey.ts';
import { type Fault, FaultyDisk, type Operation } from './faulty-disk.ts';
import { keeperOptions, KEYS, pieceOf } from './spooled.ts';

/** A spool on a faulty disk, with time in our hands. */
export function spooling(
  fault: (operation: Operation, n: number) => Fault,
  { memoryBytes = 1 << 20, segmentBytes = 64 << 20 } = {},
) {
  const disk = new FaultyDisk(fault);
  const troubles: string[] = [];
  let now = 0;
  const keeper = new SpoolKeeper(
    keeperOptions(() => now, {
      disk,
      memoryBytes,
      segmentBytes,
      onTrouble: (_, code) => troubles.push(code),
    }),
  );
  /** Lets what is under way happen, and time pass. */
  const settle = async (passed: number): Promise<void> => {
    for (let step = 0; step < 10; step++) {
      now += passed / 10;
      keeper.tick();
      for (let turn = 0; turn < 40; turn++) await Promise.resolve();
    }
  };
  const say = (recording: RecordingId, n: number): void => keeper.take(pieceOf(recording, n));
  const end = async (recording: RecordingId): Promise<unknown> => {
    keeper.take({ type: 'track-closed', recording, track: 'customer' });
    return keeper.end(recording, recordingMs(now));
  };
  return { disk, keeper, troubles, settle, say, end };
}

/** What the next start finds of a recording after a loss of power. */
export async function found(home: string, disk: FaultyDisk, id: RecordingId) {
  const folder = join(home, 'left');
  await disk.leaveIn(folder, 'durable');
  const { recordings } = await surveySpool([folder], KEYS, () => true, wallMs(Date.now()));
  const places = recordings.find(({ recording }) => recording === id)?.places;
  if (places === undefined) return undefined;
  await using spool = await readSpool(id, places, [folder], KEYS);
  return {
    chunks: [...new Set(spool.audio.filter(({ length }) => length > 0).map(({ at }) => at / 800))],
    gaps: spool.audio.flatMap(({ gaps }) => gaps),
    ended: spool.ended !== undefined,
    problems: spool.problems,
    named: spool.opened?.recording === id,
  };
}
export const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
