import { parentPort, workerData } from 'node:worker_threads';
import { asError, IvrError } from '../../../domain/error.ts';
import { pauseAfter } from '../../clauses.ts';
import { TelephoneResampler } from '../../telephone-resampler.ts';
import { trimSilence } from '../../trim-silence.ts';
import { runFlite } from './flite-program.ts';
import type { FliteResult, FliteWork } from './flite-worker-protocol.ts';

/* Worker thread: runs flite, one clause at a time. Stateless; may be terminated at any moment. */

const SAMPLES_PER_MS = 8;

async function speak({ clause, voice }: FliteWork, module: WebAssembly.Module): Promise<Int16Array<ArrayBuffer>> {
  const speech = await runFlite(module, clause, voice);
  const resampler = new TelephoneResampler(speech.rate);
  const [body, rest] = [resampler.push(speech.samples), resampler.flush()];
  const telephone = new Int16Array(body.length + rest.length);
  telephone.set(body);
  telephone.set(rest, body.length);
  return trimSilence(telephone, pauseAfter(clause) * SAMPLES_PER_MS);
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
