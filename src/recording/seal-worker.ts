import { rm } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { asError, IvrError } from '../domain/error.ts';
import type { RecordingId } from '../domain/ids.ts';
import { isAlive, readBoot } from './owning-process.ts';
import { readOpened, readSpool } from './read-spool.ts';
import type { Answers, FromRecorderWorkers, LeftBehind, SealWorkerOptions, ToSealWorker } from './recorder-protocol.ts';
import { sealRecording, spoolsOf } from './seal-recording.ts';
import { listSpool, removeSegments } from './spool-disk.ts';
import { heardIn, layOutTracks } from './track-timeline.ts';

/* Seals recordings on a thread of its own: the recorder's goes on spooling meanwhile. */

const main = parentPort;
if (main === null) throw new Error('seal-worker is started by open-recorder');
const options = workerData as SealWorkerOptions;
const { spoolFolder } = options;
const spools = spoolsOf(options);
const say = (message: FromRecorderWorkers): void => main.postMessage(message);
const boot = await readBoot();

// Linux sets the calling thread's priority alone: calls that come are served first, seals wait for a quieter moment
setPriority(constants.priority.PRIORITY_LOW);

/** The recordings that nobody writes any more. */
async function list(): Promise<readonly LeftBehind[]> {
  const orphans: LeftBehind[] = [];
  for (const [recording, [first]] of await listSpool(spools)) {
    if (first === undefined) continue;
    const opened = await readOpened(recording, first).catch(() => undefined);
    if (opened !== undefined && (await isAlive(opened, boot))) continue;
    await rm(`${spoolFolder}/${recording}.seal`, { recursive: true, force: true });
    orphans.push({ recording: recording as RecordingId, contact: opened?.contact });
  }
  return orphans;
}

function work(message: Exclude<ToSealWorker, { type: 'close' }>): Promise<Answers[keyof Answers]> {
  if (message.type === 'list') return list();
  if (message.type === 'discard') return discard(message);
  const { recording, recovered, call } = message;
  return sealRecording(recording, { ...options, recovered, call, boot, wall: () => Date.now() });
}

async function discard({ recording, unlessHeard }: Extract<ToSealWorker, { type: 'discard' }>): Promise<boolean> {
  const paths = (await listSpool(spools, recording)).get(recording) ?? [];
  if (unlessHeard) {
    await using spool = await readSpool(recording, paths);
    if (layOutTracks(spool.audio).some((timeline) => timeline.track === 'customer' && heardIn(timeline) > 0))
      return false;
  }
  await removeSegments(paths);
  return true;
}

/** Two at a time: while one waits for the disk the other computes. Each recording is asked for once. */
const AT_ONCE = 2;
const lanes: Promise<void>[] = Array.from({ length: AT_ONCE }, () => Promise.resolve());
let next = 0;
main.on('message', (message: ToSealWorker) => {
  const { request } = message;
  if (message.type === 'close') {
    void Promise.all(lanes).then(() => say({ type: 'answer', request, answer: undefined }));
    return;
  }
  const lane = next++ % AT_ONCE;
  lanes[lane] = (lanes[lane] ?? Promise.resolve())
    .then(() => work(message))
    .then(
      (answer) => say({ type: 'answer', request, answer }),
      (thrown: unknown) => {
        const code = thrown instanceof IvrError ? thrown.code : 'INTERNAL';
        say({ type: 'failure', request, failure: { code, message: asError(thrown).message } });
      },
    );
});
say({ type: 'ready' });
