// Seals a recording and dies by SIGKILL at a step. Runs the built product.
//   node seal-child.mjs FOLDER RECORDING STEP
import { readSpool } from '../../build/recording/read-spool.js';
import { sealRecording } from '../../build/recording/seal-recording.js';
import { readSpoolKey } from '../../build/recording/spool/spool-keys.js';
import { surveySpool } from '../../build/recording/spool-survey.js';

const [folder, recording, at] = process.argv.slice(2);
const folders = [`${folder}/spool`];
const keys = { wrapping: await readSpoolKey(`${folder}/spool.key`, false), former: [] };
const { recordings } = await surveySpool(folders, keys, () => true, Date.now());
const { places } = recordings.find((one) => one.recording === recording);
await sealRecording(recording, () => readSpool(recording, places, folders, keys), {
  recordingsDirectory: folder,
  spoolFolder: `${folder}/spool`,
  recovered: false,
  call: undefined,
  wall: () => Date.now(),
  onStep: (step) => {
    if (step === at) process.kill(process.pid, 'SIGKILL');
  },
});
