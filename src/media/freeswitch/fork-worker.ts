import '../../lib/original-positions.ts';
import { workerData } from 'node:worker_threads';
import { systemCode } from '../../domain/error.ts';
import type { MediaWorkerOptions, OpenLeg } from '../engine/media-protocol.ts';
import { type MediaWorkerRuntime, openMediaWorkerRuntime } from '../engine/media-worker-runtime.ts';
import { ForkLeg } from './fork-leg.ts';
import { type ForkListenerOptions, openForkListener } from './fork-listener.ts';

/* Entry of a FreeSWITCH media worker thread: it owns the WebSocket server that the forks of its legs connect with. */

export type ForkWorkerOptions = MediaWorkerOptions & Omit<ForkListenerOptions, 'clock'>;

const options = workerData as ForkWorkerOptions;
const listener = await openForkListener(options);

async function open(
  { endpoint, request, record, listen }: OpenLeg,
  runtime: MediaWorkerRuntime<ForkLeg>,
): Promise<void> {
  try {
    const leg = new ForkLeg(
      {
        endpoint,
        record,
        listen,
        emit: runtime.emitter(endpoint),
        onFork: (state) => runtime.send({ type: 'fork', endpoint, state }),
        onFailure: (thrown) => runtime.failed(endpoint, thrown),
      },
      listener,
      runtime.services,
    );
    runtime.enter(endpoint, leg);
  } catch (thrown) {
    runtime.send({ type: 'trouble', code: systemCode(thrown) ?? 'INTERNAL', where: 'opening a leg' });
    runtime.send({ type: 'refused', request, code: 'INTERNAL' });
    return;
  }
  runtime.send({ type: 'opened', request, port: listener.port });
}

await openMediaWorkerRuntime<ForkLeg>(options, {
  open,
  close: () => listener.close(),
  dropped: () => listener.refused,
});
