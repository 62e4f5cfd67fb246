import { parentPort, workerData } from 'node:worker_threads';
import { resampleTo8k } from '../../../audio/resample.ts';
import { asError, IvrError } from '../../../domain/error.ts';
import { trimSilence } from '../../clips/trim-silence.ts';
import { pauseAfter } from '../../synthesis/clauses.ts';
import { runFlite } from './flite-program.ts';
import type { FliteResult, FliteWork } from './flite-worker-protocol.ts';

/* Worker thread: runs flite, one clause at a time. Stateless; may be terminated at any moment. */

const SAMPLES_PER_MS = 8;

async function speak({ clause, voice }: FliteWork, module: WebAssembly.Module): Promise<Int16Array<ArrayBuffer>> {
  const speech = await runFlite(module, clause, voice);
  return trimSilence(resampleTo8k(speech.samples, speech.rate), pauseAfter(clause) * SAMPLES_PER_MS);
}

if (parentPort !== null) {
  const port = parentPort;
  const { module }: { readonly module: WebAssembly.Module } = workerData;
  port.on('message', (work: FliteWork) => {
    speak(work, module).then(
      (samples) => port.postMessage({ id: work.id, ok: true, samples } satisfies FliteResult, [samples.buffer]),
      (thrown: unknown) => {
        const code = thrown instanceof IvrError ? thrown.code : 'SYNTHESIS_FAILED';
        port.postMessage({ id: work.id, ok: false, code, message: asError(thrown).message } satisfies FliteResult);
      },
    );
  });
}
