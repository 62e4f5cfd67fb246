// A process to be killed: records two tracks, and says on standard output what is safe. Runs the built product.
// With 'stopped' the recorder is closed while the seal waits for a journal that does not answer.
//   node recording-child.mjs FOLDER written|durable|through|stopped [CHUNKS]
import { readdir, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { newContactId } from '../../build/domain/ids.js';
import { mintRecording } from '../../build/domain/recording-origin.js';
import { sharedNow, systemClock } from '../../build/lib/clock.js';
import { silentLogger } from '../../build/lib/logger.js';
import { openRecorder } from '../../build/recording/open-recorder.js';
import { packChunks } from '../../build/recording/tap-batch.js';

const [folder, mode, count = 'Infinity'] = process.argv.slice(2);
const say = (word, value) => process.stdout.write(`${word} ${value}\n`);
const recorder = await openRecorder(
  {
    recordingsDirectory: folder,
    retention: { class: 'c', policy: 'p', policy_version: 1, years: 5 },
    reserveBytes: 0,
    commitAfterMs: 100,
    ...(mode === 'stopped' ? { callTimes: () => new Promise(() => undefined) } : {}),
  },
  systemClock,
  silentLogger,
);
recorder.onTrouble((_, code) => say('trouble', code));
const origin = mintRecording(Date.now() - 9_000, sharedNow() - 9_000);
const { recording } = origin;
const live = await recorder.open({
  ...origin,
  contact: newContactId(Date.now()),
  from: '*1',
  to: '*2',
  direction: 'inbound',
  sipCallId: 'x',
  codec: 'PCMU',
});
const line = recorder.openChannel();
const spooled = async () => {
  let bytes = 0;
  for (const name of await readdir(`${folder}/spool`))
    if (name.endsWith('.spool')) bytes += (await stat(`${folder}/spool/${name}`)).size;
  return bytes;
};
const until = async (holds, what) => {
  for (const deadline = performance.now() + 60_000; !(await holds()); await sleep(2))
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
};
say('recording', recording);
for (let n = 0; n < Number(count); n++) {
  const before = await spooled();
  const chunk = (track) => ({
    recording,
    track,
    codec: 'PCMU',
    at: n * 800,
    payload: new Uint8Array(800).fill(n & 0x7f),
    gaps: [],
  });
  line.postMessage({ type: 'chunks', packed: packChunks([chunk('customer'), chunk('bot')]) });
  await until(async () => (await spooled()) >= before + 1_600, 'the chunks to be spooled');
  if (mode === 'durable') {
    await sleep(120); // two ticks: the figure is of now
    await until(() => recorder.backlog().oldestUnsyncedMs === 0, 'the spool to be on the disk');
  }
  say('safe', n);
}
for (const track of ['customer', 'bot']) line.postMessage({ type: 'track-closed', recording, track });
if (mode === 'stopped') {
  live.seal().catch(() => undefined);
  await recorder[Symbol.asyncDispose]();
  process.exit(0);
}
const sealed = await live.seal();
say('sealed', JSON.stringify(sealed));
line.close();
await recorder[Symbol.asyncDispose]();
