import '../../lib/original-positions.ts';
import { parentPort } from 'node:worker_threads';
import { asError, IvrError, systemCode } from '../../domain/error.ts';
import { giveWay } from '../../lib/background-priority.ts';
import { sealAudio } from './seal-audio.ts';
import type { FromArchiveWorker, ToArchiveWorker } from './seal-worker-messages.ts';

/* Encodes and encrypts recordings, one after the other, on a thread of its own that gives way to calls. */

const main = parentPort;
if (main === null) throw new Error('archive-worker is started by open-audio-sealer');

giveWay();

let last: Promise<void> = Promise.resolve();
const say = (message: FromArchiveWorker): void => main.postMessage(message);

main.on('message', ({ request, job }: ToArchiveWorker) => {
  last = last
    .then(() => sealAudio(job))
    .then(
      (sealed) => say({ request, sealed }),
      (thrown: unknown) => {
        const full = ['ENOSPC', 'EDQUOT'].includes(systemCode(thrown) ?? '');
        const code = thrown instanceof IvrError ? thrown.code : full ? 'DISK_FULL' : 'INTERNAL';
        say({ request, failure: { code, message: asError(thrown).message } });
      },
    )
    .finally(() => {
      for (const { bytes } of job.needles) bytes.fill(0);
      job.key.fill(0);
    });
});
