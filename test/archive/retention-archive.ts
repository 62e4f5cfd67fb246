import type { IndexedRecording } from '../../src/archive/index/archive-index.ts';
import { openArchiveIndex } from '../../src/archive/index/open-archive-index.ts';
import { openReaper } from '../../src/archive/retention/open-reaper.ts';
import { openRetention } from '../../src/archive/retention/open-retention.ts';
import { REAPER_SETTINGS, type Reaper, type ReaperSettings } from '../../src/archive/retention/reaper.ts';
import type { RecordingId } from '../../src/domain/ids.ts';
import { type SharedMs, sharedMs, wallMs, type WallMs } from '../../src/domain/units.ts';
import { eraseCall } from '../../src/journal/erase-call.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { recordingAt, utterance } from '../support/archive-rows.ts';
import { memoryDestroyer } from '../support/destroyer.ts';

export const START = Date.UTC(2020, 5, 1, 12);
export const DAY = 86_400_000;
export const TWO = ['ann', 'bo'];

/** Time that passes, and clocks that may be set. */
export class Hands {
  truth = START;
  offset = 0;
  uptime = 0;
  reference = true;
  pass(ms: number): void {
    this.truth += ms;
    this.uptime += ms;
  }
  wall = (): WallMs => wallMs(this.truth + this.offset);
  /** Fractions of a millisecond, as monotonic clocks have them. */
  shared = (): SharedMs => sharedMs(this.uptime + (this.uptime % 7) / 10);
}

export async function archiveOn(storage: Storage, hands = new Hands(), settings: Partial<ReaperSettings> = {}) {
  const store = memoryDestroyer();
  const index = openArchiveIndex(storage, hands);
  const openOne = (): Promise<Reaper> =>
    openReaper(
      {
        storage,
        clock: hands,
        reference: () => Promise.resolve(hands.reference ? wallMs(hands.truth) : undefined),
        destroyer: store,
        certifier: store,
        eraseCall,
        software: 'test',
      },
      { ...REAPER_SETTINGS, approval: false, ...settings },
    );
  let reaper = await openOne();
  const retention = openRetention(storage, { wall: hands.wall, trusted: () => reaper.trusted() });
  return {
    storage,
    hands,
    store,
    index,
    retention,
    get reaper() {
      return reaper;
    },
    async restart() {
      hands.uptime = 0;
      reaper = await openOne();
    },
    /** A recording of that day, under the policies of its class. */
    async keep(startedAt: number, more: Partial<IndexedRecording> = {}): Promise<RecordingId> {
      const recording = recordingAt(startedAt, more);
      await index.put(recording, { events: [], spans: [], segments: [utterance('a word that only it holds')] });
      await retention.apply(recording.id);
      return recording.id;
    },
    [Symbol.asyncDispose]: () => storage[Symbol.asyncDispose](),
  };
}
