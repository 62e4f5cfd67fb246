import { workerData } from 'node:worker_threads';
import { systemCode } from '../../domain/error.ts';
import type { MediaWorkerOptions, OpenLeg } from '../media/media-protocol.ts';
import { type MediaRoom, openMediaRoom } from '../media/media-room.ts';
import { type LegSocket, openLegSocket } from './leg-socket.ts';
import { MediaLeg } from './media-leg.ts';

/* Entry of an embedded media worker thread: it owns the sockets of its legs. */

const options = workerData as MediaWorkerOptions & { readonly host: string };

async function open({ endpoint, request, audio, record, listen }: OpenLeg, room: MediaRoom<MediaLeg>): Promise<void> {
  const leg = new MediaLeg({ record, listen, emit: room.emitter(endpoint) }, room.services);
  let socket: LegSocket;
  try {
    socket = await openLegSocket(options.host, audio.from === 'rtp' ? audio.port : 0, {
      onRtp(bytes, address, port) {
        try {
          leg.onRtp(bytes, address, port);
        } catch (thrown) {
          room.failed(endpoint, thrown);
        }
      },
      onRtcp(bytes, address) {
        try {
          leg.onRtcp(bytes, address);
        } catch (thrown) {
          room.failed(endpoint, thrown);
        }
      },
      onTrouble: () => leg.onTrouble(),
    });
  } catch (thrown) {
    const busy = systemCode(thrown) === 'EADDRINUSE' || systemCode(thrown) === 'EACCES';
    if (!busy) room.send({ type: 'trouble', code: systemCode(thrown) ?? 'INTERNAL', where: 'opening a leg’s sockets' });
    room.send({ type: 'refused', request, code: busy ? 'PORT_IN_USE' : 'INTERNAL' });
    return;
  }
  leg.attach(socket);
  room.enter(endpoint, leg);
  room.send({ type: 'opened', request, port: socket.port });
}

await openMediaRoom<MediaLeg>(options, { open });
