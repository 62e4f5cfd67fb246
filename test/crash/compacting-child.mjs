// A process to be killed while its spool is compacted: one long call beside short ones, on a clock that runs fast. Says on standard output what is
// safe. Runs the built product.
//   node compacting-child.mjs FOLDER LONG-CALL
import { setTimeout as sleep } from 'node:timers/promises';
import { newRecordingId } from '../../build/domain/ids.js';
import { SpoolFolder } from '../../build/recording/spool/spool-folder.js';
import { SpoolKeeper } from '../../build/recording/spool-keeper.js';
import { packChunks } from '../../build/recording/tap-batch.js';

const [folder, long] = process.argv.slice(2);
const FASTER = 50;
const now = () => performance.now() * FASTER;
const say = (word, value) => process.stdout.write(`${word} ${value}\n`);
const keeper = new SpoolKeeper({
  disk: new SpoolFolder(folder, 0),
  now,
  wall: () => Date.now(),
  // of a process that is no more
  owner: { boot: 'another', process: { pid: 1, started: '' }, writer: 0 },
  wrapping: new Uint8Array(32).fill(7),
  memoryBytes: 1 << 24,
  commitAfterMs: 200,
  segmentBytes: 100_000,
  onTrouble: (_, code) => say('trouble', code),
});
setInterval(() => keeper.tick(), 1);
const opened = (recording) => ({
  recording,
  contact: recording,
  from: '*1',
  to: '*2',
  direction: 'inbound',
  sipCallId: 'x',
  codec: 'PCMU',
  node: 'n',
  software: 's',
  opened: Date.now(),
  retention: { class: 'c', policy: 'p', policy_version: 1, retain_until: '2031-01-01T00:00:00.000Z' },
});
const piece = (recording, n) =>
  keeper.take({
    type: 'chunks',
    packed: packChunks([
      {
        recording,
        track: 'customer',
        codec: 'PCMU',
        at: n * 800,
        gaps: [],
        payload: new Uint8Array(800).fill(n & 0x7f),
      },
    ]),
  });

await keeper.open(opened(long), now());
for (let n = 0; ; n++) {
  piece(long, n);
  const short = newRecordingId(Date.now());
  await keeper.open(opened(short), now());
  for (let k = 0; k < 12; k++) piece(short, k);
  keeper.take({ type: 'track-closed', recording: short, track: 'customer' });
  await keeper.end(short, 1_200);
  await keeper.release(short);
  // the release was committed with all that came before it
  say('safe', n);
  say('released', short);
  await sleep(1);
}
