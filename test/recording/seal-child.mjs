// Seals a recording and dies by SIGKILL at a step. Runs the built product.
//   node seal-child.mjs FOLDER RECORDING STEP
import { sealRecording } from '../../dist/recording/seal-recording.js';

const [folder, recording, at] = process.argv.slice(2);
await sealRecording(recording, {
  recordingsFolder: folder,
  spoolFolder: `${folder}/spool`,
  recovered: false,
  call: undefined,
  wall: () => Date.now(),
  boot: 'b',
  onStep: (step) => {
    if (step === at) process.kill(process.pid, 'SIGKILL');
  },
});
