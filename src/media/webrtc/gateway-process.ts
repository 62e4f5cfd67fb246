import { PeerConnection, preload } from 'node-datachannel';
import { asError } from '../../domain/error.ts';
import type { FromGateway, GatewayProcessOptions, ToGateway } from './gateway-messages.ts';
import { openRelay, type Relay } from './relay.ts';

/*
 * Entry of the gateway's process. libdatachannel is native code with threads of its own that reads what browsers send:
 * its crash must not take calls with it, and it does not run in worker threads.
 */

const options = JSON.parse(process.argv[2] ?? '{}') as GatewayProcessOptions;
const relays = new Map<number, Relay>();

const send = (message: FromGateway): void => {
  if (process.connected) process.send?.(message);
};

const newPeer = (leg: number): PeerConnection =>
  new PeerConnection(`leg ${leg}`, {
    iceServers: [...options.iceServers],
    bindAddress: options.host,
    enableIceUdpMux: options.portMin !== 0 && options.portMin === options.portMax,
    ...(options.portMin === 0 ? {} : { portRangeBegin: options.portMin, portRangeEnd: options.portMax }),
    disableAutoNegotiation: true,
    forceMediaTransport: true,
  });

async function serve(message: ToGateway): Promise<{ readonly port?: number; readonly sdp?: string }> {
  if (message.type === 'ping') return {};
  const { leg } = message;
  if (message.type === 'open') {
    const relay = await openRelay(message, {
      newPeer: () => newPeer(leg),
      onConnected: () => send({ type: 'connected', leg }),
      onEnded: () => send({ type: 'ended', leg }),
    });
    relays.set(leg, relay);
    return { port: relay.port };
  }
  const relay = relays.get(leg);
  if (relay === undefined) throw new Error(`there is no leg ${leg}`);
  switch (message.type) {
    case 'connect':
      return { sdp: await relay.connect(message.offer) };
    case 'answer':
      relay.answer(message.sdp);
      return {};
    case 'close':
      relays.delete(leg);
      await relay.close();
      return {};
  }
}

process.on('message', (message: ToGateway) => {
  const { request } = message;
  serve(message).then(
    (done) => send({ type: 'done', request, ...done, rss: process.memoryUsage.rss() }),
    (thrown: unknown) => send({ type: 'refused', request, message: asError(thrown).message }),
  );
});
// the line drains after Ctrl-C; we go when our parent does
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.once('disconnect', () => process.exit(0));
preload();
send({ type: 'ready' });
