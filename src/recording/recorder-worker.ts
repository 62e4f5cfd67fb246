import '../lib/original-positions.ts';
import { parentPort, workerData } from 'node:worker_threads';
import { asError, IvrError } from '../domain/error.ts';
import { wallMs } from '../domain/units.ts';
import { sharedNow } from '../lib/clock.ts';
import { RECORDER_TICK_MS } from './loss-limits.ts';
import {
  type Answers,
  type FromRecorderWorkers,
  type RecorderWorkerOptions,
  STATISTICS,
  type ToRecorderWorker,
} from './recorder-protocol.ts';
import { DiskProbe } from './spool/disk-probe.ts';
import { SpoolFolder } from './spool/spool-folder.ts';
import { SpoolKeeper } from './spool-keeper.ts';
import type { FromMediaToRecorder } from './tap.ts';

/* The recorder's worker: audio comes over the channels of the media workers and goes into the spool. The main thread never sees it. */

const RESERVE_EVERY_TICKS = 200;

const main = parentPort;
if (main === null) throw new Error('recorder-worker is started by open-recorder');
const options = workerData as RecorderWorkerOptions;
const statistics = new Int32Array(options.statistics);
const say = (message: FromRecorderWorkers): void => main.postMessage(message);

const disk = new SpoolFolder(options.spoolFolder, options.reserveBytes);
const keeper = new SpoolKeeper({
  disk,
  now: sharedNow,
  wall: () => wallMs(Date.now()),
  owner: options.owner,
  wrapping: options.wrapping,
  spill: options.spillDirectory === undefined ? undefined : new SpoolFolder(options.spillDirectory, 0),
  memoryBytes: options.memoryBytes,
  commitAfterMs: options.commitAfterMs,
  unsyncedMs: options.unsyncedMs,
  onTrouble: (recording, code) => say({ type: 'trouble', recording, code }),
  onSpill: (recording) => say({ type: 'spilled', recording }),
  onUnsynced: (recording, unsynced) => say({ type: 'unsynced', recording, unsynced }),
});

const probe = new DiskProbe(disk, (trouble) => say({ type: 'disk', trouble }));

let reserveTried = false;
let ticks = 0;
const ticker = setInterval(() => {
  keeper.tick();
  Atomics.store(statistics, STATISTICS.oldestUnsyncedMs, keeper.oldestUnsyncedMs);
  Atomics.store(statistics, STATISTICS.overflowMs, keeper.overflowMs);
  Atomics.store(statistics, STATISTICS.strayChunks, keeper.counts.strayChunks);
  Atomics.store(statistics, STATISTICS.refusedChunks, keeper.counts.refusedChunks);
  if (++ticks % RESERVE_EVERY_TICKS === 0) disk.setReserve().catch(() => undefined);
  if (reserveTried) probe.tick(sharedNow());
}, RECORDER_TICK_MS);

function answer(request: number, work: Promise<Answers[keyof Answers]>): void {
  work.then(
    (value) => say({ type: 'answer', request, answer: value }),
    (thrown: unknown) => {
      const code = thrown instanceof IvrError ? thrown.code : 'INTERNAL';
      say({ type: 'failure', request, failure: { code, message: asError(thrown).message } });
    },
  );
}

async function open(message: Extract<ToRecorderWorker, { type: 'open' }>): Promise<undefined> {
  // Without the reserve, what is open may not get to its end: no more is taken on.
  if (message.resumed === 0 && !disk.reserved && !(await disk.setReserve()))
    throw new IvrError('DISK_FULL', 'the disk under the spool is full', { recording: message.opened.recording });
  await keeper.open(message.opened, message.openedAt, message.resumed);
  return undefined;
}

const done = async (work: Promise<void>): Promise<undefined> => {
  await work;
  return undefined;
};

async function close(): Promise<undefined> {
  for (const lost of await keeper.close()) say({ type: 'lost', ...lost });
  clearInterval(ticker);
  return undefined;
}

main.on('message', (message: ToRecorderWorker) => {
  if (message.type === 'open') answer(message.request, open(message));
  else if (message.type === 'end') answer(message.request, keeper.end(message.recording, message.at));
  else if (message.type === 'release') answer(message.request, done(keeper.release(message.recording)));
  else if (message.type === 'adopt') answer(message.request, done(keeper.adopt(message.segments)));
  else if (message.type === 'event') keeper.event(message.recording, message.event, message.facts, message.at);
  else if (message.type === 'channel') message.port.on('message', (media: FromMediaToRecorder) => keeper.take(media));
  else
    answer(
      message.request,
      close().finally(() => main.unref()),
    );
});

await disk.setReserve();
reserveTried = true;
say({ type: 'ready' });
