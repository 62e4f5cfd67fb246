import '../lib/original-positions.ts';
import { parentPort, workerData } from 'node:worker_threads';
import { asError, IvrError } from '../domain/error.ts';
import { ms } from '../domain/units.ts';
import { systemClock } from '../lib/clock.ts';
import { serveCalls } from '../lib/thread-calls.ts';
import { openSignallingServer, type SignallingServer } from './signalling-server.ts';
import type { FromSipWorker, SipWorkerData, SipWorkerFunctions, ToSipWorker } from './sip-worker-messages.ts';
import { SocketsOfWorker } from './worker-sockets.ts';

/*
 * Entry of the SIP worker: a thread of its own, so that web, database and dialogue load never delay a retransmission.
 */

const LAG_TICK = 50;
/** Of the last measurement: one long pause is forgotten within a few ticks. */
const LAG_KEPT = 0.5;
/** The same trouble many times a second is told once. */
const TROUBLE_EVERY_MS = 1_000;

const port = parentPort;
if (port === null) throw new IvrError('INTERNAL', 'the SIP worker runs in a worker thread');
const post = (message: FromSipWorker): void => port.postMessage(message);
const options: SipWorkerData = workerData;

let toldAt = Number.NEGATIVE_INFINITY;
const tellTrouble = (error: Error): void => {
  const now = performance.now();
  if (now - toldAt < TROUBLE_EVERY_MS) return;
  toldAt = now;
  post({ type: 'trouble', message: error.stack ?? error.message });
};

function watchLag(server: SignallingServer): NodeJS.Timeout {
  let lag = 0;
  let due = performance.now() + LAG_TICK;
  return setInterval(() => {
    const now = performance.now();
    lag = Math.max(now - due, lag * LAG_KEPT, 0);
    due = now + LAG_TICK;
    server.noteLag(ms(lag));
  }, LAG_TICK);
}

try {
  const server = await openSignallingServer({
    ...options,
    clock: systemClock,
    eventLoopLag: ms(options.eventLoopLagMs),
    ackMs: ms(options.ackMs),
    onError: tellTrouble,
    onGuessing: (address) => post({ type: 'guessing', address }),
    onTrunkChange: (change) => post({ type: 'trunk-changed', change }),
  });
  const lagWatch = watchLag(server);
  const sockets = new SocketsOfWorker((link) => server.acceptWebSocket(link), post);
  serveCalls(port, {
    statistics: async () => server.statistics(),
    ladder: async (query) => server.ladder(query),
  } satisfies SipWorkerFunctions);
  port.on('message', (message: ToSipWorker) => {
    switch (message.type) {
      case 'admission':
        server.setAdmission(message.admission);
        return;
      case 'users':
        server.setUsers(message.users);
        return;
      case 'certificate':
        server.renewTls(message.material);
        return;
      case 'socket-opened':
      case 'socket-message':
      case 'socket-closed':
        sockets.receive(message);
        return;
      case 'close':
        clearInterval(lagWatch);
        void server.close().finally(() => port.close());
        return;
      default:
        return;
    }
  });
  post({ type: 'opened', sipAddresses: server.sipAddresses, controlPort: server.controlPort });
} catch (thrown) {
  const error = asError(thrown);
  const known = error instanceof IvrError ? error : new IvrError('INTERNAL', error.message);
  post({ type: 'not-opened', code: known.code, message: known.message, facts: known.facts });
  port.close();
}
