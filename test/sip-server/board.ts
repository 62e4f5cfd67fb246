import { ms } from '../../src/domain/units.ts';
import {
  openSignallingServer,
  type SignallingServer,
  type SignallingServerOptions,
} from '../../src/sip-server/signalling-server.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { ControlClient } from './control-client.ts';
import { UdpPeer } from './udp-peer.ts';

export const SECRET = 'a secret of the test';

/** A signalling server in this thread, whose time the test holds. */
export interface Bench extends AsyncDisposable {
  readonly server: SignallingServer;
  readonly clock: ManualClock;
  readonly errors: Error[];
  application(...routes: string[]): Promise<ControlClient>;
  peer(): Promise<UdpPeer>;
}

export async function openBench(options: Partial<SignallingServerOptions> = {}): Promise<Bench> {
  const clock = new ManualClock();
  const errors: Error[] = [];
  const server = await openSignallingServer({
    host: '127.0.0.1',
    port: 0,
    tcp: true,
    control: { host: '127.0.0.1', port: 0, secret: SECRET },
    clock,
    setupsPerSecond: 100,
    burst: 100,
    eventLoopLag: ms(100),
    maxCalls: 100,
    sessionSeconds: 1_800,
    onError: (error) => errors.push(error),
    ...options,
  });
  const open: AsyncDisposable[] = [];
  return {
    server,
    clock,
    errors,
    async application(...routes) {
      const client = await ControlClient.open(server.controlPort, SECRET);
      open.push(client);
      for (const route of routes) await client.ask(`route|${route}`);
      return client;
    },
    async peer() {
      const { host, port } = server.sipAddresses[0]!;
      const peer = await UdpPeer.open({ host, port });
      open.push(peer);
      return peer;
    },
    async [Symbol.asyncDispose]() {
      for (const each of open.toReversed()) await each[Symbol.asyncDispose]();
      await server.close();
    },
  };
}
