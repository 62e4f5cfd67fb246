import { Worker } from 'node:worker_threads';
import { asError, IvrError } from '../../domain/error.ts';
import { seconds } from '../../domain/units.ts';
import { within } from '../../lib/deadline.ts';
import { entryPoint } from '../../lib/entry.ts';
import type { SealAudioJob, SealedAudio } from './seal-audio.ts';
import type { FromArchiveWorker, ToArchiveWorker } from './seal-worker-messages.ts';

export interface AudioSealer extends AsyncDisposable {
  /** @throws IvrError RECORDING_DAMAGED, DISK_FULL; INTERNAL when the thread died, DEADLINE_EXCEEDED when it hung: it is replaced for the next one */
  seal(job: SealAudioJob): Promise<SealedAudio>;
}

interface Waiting {
  readonly resolve: (sealed: SealedAudio) => void;
  readonly reject: (error: Error) => void;
}

/** A call of four hours at a tenth of the speed that a busy machine has. */
const SEAL_LIMIT = seconds(1_500);

/** `sealAudio` on a thread of its own, which is started when there is something to seal. */
export function openAudioSealer(): AudioSealer {
  const waiting = new Map<number, Waiting>();
  let next = 0;
  let worker: Worker | undefined;

  function start(): Worker {
    const started = new Worker(entryPoint(import.meta.url, './archive-worker.js'));
    started.on('message', (message: FromArchiveWorker) => {
      const who = waiting.get(message.request);
      waiting.delete(message.request);
      if ('sealed' in message) who?.resolve(message.sealed);
      else who?.reject(new IvrError(message.failure.code, message.failure.message, {}));
    });
    const lost = (thrown: unknown): void => {
      if (worker === started) worker = undefined;
      for (const { reject } of waiting.values())
        reject(new IvrError('INTERNAL', 'the thread that encodes recordings died', {}, thrown));
      waiting.clear();
    };
    started.on('error', lost);
    started.on('exit', (code) => lost(asError(`exit status ${code}`)));
    return started;
  }

  return {
    async seal(job) {
      const request = next++;
      const sealed = new Promise<SealedAudio>((resolve, reject) => {
        waiting.set(request, { resolve, reject });
        (worker ??= start()).postMessage({ request, job } satisfies ToArchiveWorker);
      });
      const asked = worker;
      try {
        return await within(sealed, SEAL_LIMIT, 'the encoding of a recording');
      } catch (thrown) {
        if (thrown instanceof IvrError && thrown.code === 'DEADLINE_EXCEEDED') await asked?.terminate();
        throw thrown;
      }
    },
    async [Symbol.asyncDispose]() {
      await worker?.terminate();
    },
  };
}
