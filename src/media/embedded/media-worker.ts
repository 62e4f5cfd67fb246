import '../../lib/original-positions.ts';
import { workerData } from 'node:worker_threads';
import { systemCode } from '../../domain/error.ts';
import { isExhaustion } from '../../lib/file-descriptors.ts';
import type { LegRefusal, OpenLeg } from '../engine/media-protocol.ts';
import { type MediaWorkerRuntime, openMediaWorkerRuntime } from '../engine/media-worker-runtime.ts';
import { type LegSocket, openLegSocket } from './leg-socket.ts';
import type { EmbeddedWorkerOptions } from './media-worker-options.ts';
import { RtpLeg } from './rtp-leg.ts';

/* Entry of an embedded media worker thread: it owns the sockets of its legs. */

const options = workerData as EmbeddedWorkerOptions;

async function open(
  { endpoint, request, audio, record, listen }: OpenLeg,
  runtime: MediaWorkerRuntime<RtpLeg>,
): Promise<void> {
  const awaitConsent = audio.from === 'rtp' && audio.awaitConsent;
  const leg = new RtpLeg(
    { record, listen, awaitConsent, emit: runtime.emitter(endpoint) },
    runtime.services,
    options.nat,
  );
  let socket: LegSocket;
  try {
    const [host, port] = audio.from === 'rtp' ? [audio.host, audio.port] : ['127.0.0.1', 0];
    socket = await openLegSocket(host, port, {
      onRtp(bytes, address, port) {
        try {
          leg.onRtp(bytes, address, port);
        } catch (thrown) {
          runtime.failed(endpoint, thrown);
        }
      },
      onRtcp(bytes, address) {
        try {
          leg.onRtcp(bytes, address);
        } catch (thrown) {
          runtime.failed(endpoint, thrown);
        }
      },
      onTrouble: () => leg.onTrouble(),
    });
  } catch (thrown) {
    const code = refusalOf(thrown);
    if (code !== 'PORT_IN_USE')
      runtime.send({ type: 'trouble', code: systemCode(thrown) ?? 'INTERNAL', where: 'opening a leg’s sockets' });
    runtime.send({ type: 'refused', request, code });
    return;
  }
  leg.attach(socket);
  runtime.enter(endpoint, leg);
  runtime.send({ type: 'opened', request, port: socket.port });
}

function refusalOf(thrown: unknown): LegRefusal {
  if (isExhaustion(thrown)) return 'FILE_DESCRIPTORS_EXHAUSTED';
  return systemCode(thrown) === 'EADDRINUSE' || systemCode(thrown) === 'EACCES' ? 'PORT_IN_USE' : 'INTERNAL';
}

await openMediaWorkerRuntime<RtpLeg>(options, { open });
