import '../../lib/original-positions.ts';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { toRemoteError } from './remote-error.ts';
import { openSpeechWorkerCore } from './speech-worker-core.ts';
import type { FromSpeechWorker, SpeechWorkerOptions, ToSpeechWorker } from './speech-worker-protocol.ts';
import { workerLogger } from './worker-logger.ts';

/* Worker thread: the core behind the main thread's port. Ends by itself when told to close: its recognizers are processes. */

async function run(port: MessagePort, options: SpeechWorkerOptions): Promise<void> {
  const post = (message: FromSpeechWorker): void => port.postMessage(message);
  const logger = workerLogger((line) => post({ type: 'log', line }), { thread: 'speech' });
  try {
    const core = await openSpeechWorkerCore(options, post, logger);
    // what came meanwhile has waited in the port
    port.on('message', (message: ToSpeechWorker) => {
      if (message.type !== 'close') core.receive(message);
      else void core.close().finally(() => port.close());
    });
  } catch (thrown) {
    post({ type: 'open-failed', error: toRemoteError(thrown, 'INTERNAL') });
    port.close();
  }
}

if (parentPort !== null) void run(parentPort, workerData);
