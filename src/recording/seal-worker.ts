import '../lib/original-positions.ts';
import { parentPort, workerData } from 'node:worker_threads';
import { asError, IvrError } from '../domain/error.ts';
import type { RecordingId } from '../domain/ids.ts';
import { wallMs } from '../domain/units.ts';
import { giveWay } from '../lib/background-priority.ts';
import { listFormerSpools, removeFormerSpool } from './former-spool/former-spools.ts';
import { readFormerHead, readFormerSpool } from './former-spool/read-former-spool.ts';
import { isAlive, readBoot } from './owning-process.ts';
import { type PlacesToRead, readSpool } from './read-spool.ts';
import type { Answers, FromRecorderWorkers, LeftBehind, SealWorkerOptions, ToSealWorker } from './recorder-protocol.ts';
import { type Sealed, sealRecording } from './seal-recording.ts';
import { removeSealedFolder } from './sealed-folder.ts';
import type { SpoolContents } from './spool-contents.ts';
import { surveySpool } from './spool-survey.ts';
import type { SegmentOwner } from './spool/segment-head.ts';
import { heardIn, layOutTracks } from './track-timeline.ts';

/* Seals recordings on a thread of its own: the recorder's goes on spooling meanwhile. */

const main = parentPort;
if (main === null) throw new Error('seal-worker is started by open-recorder');
const options = workerData as SealWorkerOptions;
const { spoolFolder, spillDirectory, keys } = options;
const folders = [spoolFolder, ...(spillDirectory === undefined ? [] : [spillDirectory])];
const say = (message: FromRecorderWorkers): void => main.postMessage(message);
const boot = await readBoot();
/** Of what was found in the spool. */
const known = new Map<string, PlacesToRead>();

giveWay();

/** The recordings that nobody writes any more, and the segments that they lie in. */
async function list(before: number): Promise<Answers['list']> {
  const left = async (owner: SegmentOwner): Promise<boolean> =>
    !(await isAlive(owner, boot)) ||
    (owner.boot === boot && owner.process.pid === process.pid && owner.writer < before);
  const { segments, recordings, unreadable } = await surveySpool(folders, keys, left, wallMs(Date.now()));
  const found: LeftBehind[] = await listFormer();
  for (const { recording, contact, places } of recordings) {
    // what this process still writes goes on elsewhere
    if (before === 0) known.set(recording, places);
    found.push({ recording, contact, former: false });
  }
  for (const { recording } of found) await removeSealedFolder(`${spoolFolder}/${recording}.seal`);
  return { recordings: found, segments, unreadable };
}

async function listFormer(): Promise<LeftBehind[]> {
  const found: LeftBehind[] = [];
  for (const [recording, [first]] of await listFormerSpools(folders)) {
    if (first === undefined) continue;
    const opened = await readFormerHead(recording, first).catch(() => undefined);
    if (opened !== undefined && (await isAlive(opened, boot))) continue;
    found.push({ recording: recording as RecordingId, contact: opened?.contact, former: true });
  }
  return found;
}

/** @param places - undefined: it is looked for in all of the spool */
async function contentsOf(recording: RecordingId, places: PlacesToRead | undefined): Promise<SpoolContents> {
  const paths = (await listFormerSpools(folders, recording)).get(recording);
  if (paths !== undefined) return readFormerSpool(recording, paths, boot);
  for (let lies = places ?? known.get(recording) ?? (await find(recording)), tries = 1; ; tries++) {
    const contents = await readSpool(recording, lies, folders, keys);
    if (contents.gone === 0 || tries === MOST_LOOKS) return contents;
    // copied forward by the recorder since then
    await contents[Symbol.asyncDispose]();
    lies = await find(recording);
  }
}

/** How often a recording is looked for whose segments go while it is read. */
const MOST_LOOKS = 3;

async function find(recording: RecordingId): Promise<PlacesToRead> {
  const { recordings } = await surveySpool(folders, keys, () => true, wallMs(Date.now()));
  return recordings.find((one) => one.recording === recording)?.places ?? { segments: [], runs: [] };
}

async function heard(recording: RecordingId): Promise<boolean> {
  await using spool = await contentsOf(recording, undefined);
  return layOutTracks(spool.audio).some((timeline) => timeline.track === 'customer' && heardIn(timeline) > 0);
}

async function removeFormer(recording: RecordingId): Promise<undefined> {
  await removeFormerSpool((await listFormerSpools(folders, recording)).get(recording) ?? []);
  return undefined;
}

/** Being sealed: whoever asked may have given up waiting, and ask again. */
const sealing = new Map<string, Promise<Sealed>>();

function sealOnce({
  recording,
  recovered,
  call,
  places,
}: Extract<ToSealWorker, { readonly type: 'seal' }>): Promise<Sealed> {
  const under = sealing.get(recording);
  if (under !== undefined) return under;
  const how = { ...options, recovered, call, wall: () => Date.now() };
  const begun = sealRecording(recording, () => contentsOf(recording, places), how).finally(() => {
    known.delete(recording);
    sealing.delete(recording);
  });
  sealing.set(recording, begun);
  return begun;
}

function work(message: Exclude<ToSealWorker, { type: 'close' }>): Promise<Answers[keyof Answers]> {
  switch (message.type) {
    case 'list':
      return list(message.before);
    case 'heard':
      return heard(message.recording);
    case 'remove-former':
      return removeFormer(message.recording);
    case 'seal':
      return sealOnce(message);
  }
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
