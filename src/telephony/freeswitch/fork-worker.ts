import { workerData } from 'node:worker_threads';
import { systemCode } from '../../domain/error.ts';
import type { MediaWorkerOptions, OpenLeg } from '../media/media-protocol.ts';
import { type MediaRoom, openMediaRoom } from '../media/media-room.ts';
import { type ForkDoorOptions, openForkDoor } from './fork-door.ts';
import { ForkLeg } from './fork-leg.ts';

/* Entry of a FreeSWITCH media worker thread: it owns the WebSocket server that the forks of its legs connect with. */

export type ForkWorkerOptions = MediaWorkerOptions & Omit<ForkDoorOptions, 'clock'>;

const options = workerData as ForkWorkerOptions;
const door = await openForkDoor(options);

async function open({ endpoint, request, record, listen }: OpenLeg, room: MediaRoom<ForkLeg>): Promise<void> {
  try {
    const leg = new ForkLeg(
      {
        endpoint,
        record,
        listen,
        emit: room.emitter(endpoint),
        onFork: (state) => room.send({ type: 'fork', endpoint, state }),
        onFailure: (thrown) => room.failed(endpoint, thrown),
      },
      door,
      room.services,
    );
    room.enter(endpoint, leg);
  } catch (thrown) {
    room.send({ type: 'trouble', code: systemCode(thrown) ?? 'INTERNAL', where: 'opening a leg' });
    room.send({ type: 'refused', request, code: 'INTERNAL' });
    return;
  }
  room.send({ type: 'opened', request, port: door.port });
}

await openMediaRoom<ForkLeg>(options, { open, close: () => door.close(), dropped: () => door.refused });
