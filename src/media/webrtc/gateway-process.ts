import '../../lib/original-positions.ts';
import { PeerConnection, preload } from 'node-datachannel';
import { asError } from '../../domain/error.ts';
import type { FromGateway, GatewayProcessOptions, ToGateway } from './gateway-messages.ts';
import { openRelay, type Relay } from './relay.ts';

/*
 * Entry of the gateway's process. libdatachannel is native code with threads of its own that reads what browsers send:
 * its crash must not take calls with it, and it does not run in worker threads.
 */

const relays = new Map<number, Promise<Relay>>();

const send = (message: FromGateway): void => {
  if (process.connected) process.send?.(message);
};

const newPeer = (options: GatewayProcessOptions, leg: number): PeerConnection =>
  new PeerConnection(`leg ${leg}`, {
    iceServers: [...options.iceServers],
    bindAddress: options.host,
    enableIceUdpMux: options.portMin !== 0 && options.portMin === options.portMax,
    ...(options.portMin === 0 ? {} : { portRangeBegin: options.portMin, portRangeEnd: options.portMax }),
    disableAutoNegotiation: true,
    forceMediaTransport: true,
  });

async function serve(
  options: GatewayProcessOptions,
  message: ToGateway,
): Promise<{ readonly port?: number; readonly sdp?: string }> {
  if (message.type === 'ping') return {};
  const { leg } = message;
  if (message.type === 'open') {
    const opening = openRelay(message, {
      newPeer: () => newPeer(options, leg),
      onConnected: () => send({ type: 'connected', leg }),
      onEnded: () => send({ type: 'ended', leg }),
    });
    relays.set(leg, opening); // whoever gives it up closes it, opened or not
    return { port: (await opening).port };
  }
  const opening = relays.get(leg);
  if (opening === undefined) throw new Error(`there is no leg ${leg}`);
  if (message.type === 'close') relays.delete(leg);
  const relay = await opening;
  switch (message.type) {
    case 'connect':
      return { sdp: await relay.connect(message.offer) };
    case 'answer':
      relay.answer(message.sdp);
      return {};
    case 'close':
      await relay.close();
      return {};
  }
}

function start(options: GatewayProcessOptions): void {
  process.on('message', (message: ToGateway) => {
    const { request } = message;
    serve(options, message).then(
      (done) => send({ type: 'done', request, ...done, rss: process.memoryUsage.rss() }),
      (thrown: unknown) => send({ type: 'refused', request, message: asError(thrown).message }),
    );
  });
  preload();
  send({ type: 'ready' });
}

process.once('message', start);
// the line drains after Ctrl-C; we go when our parent does
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.once('disconnect', () => process.exit(0));
