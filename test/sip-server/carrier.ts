import { afterEach } from 'vitest';
import type { SipRequest } from '../../src/sip/message/message.ts';
import type { Trunk } from '../../src/sip-server/trunk.ts';
import type { TrunkChange } from '../../src/sip-server/trunks.ts';
import { type Bench, openBench } from './board.ts';
import { UdpPeer } from './udp-peer.ts';

export const CHALLENGE = 'Digest realm="carrier.example", nonce="n1", algorithm=SHA-256, qop="auth"';

const open: AsyncDisposable[] = [];
/** What a test of the calling file opened here is closed after it. */
export function closeCarriers(): void {
  afterEach(async () => {
    for (const each of open.splice(0).toReversed()) await each[Symbol.asyncDispose]();
  });
}

/** The server of a carrier: what it answers is in the test's hands. */
export async function carrier(): Promise<UdpPeer> {
  const peer = await UdpPeer.open({ host: '127.0.0.1', port: 9 });
  open.push(peer);
  return peer;
}

export async function bankWith(
  trunk: Partial<Trunk> & Pick<Trunk, 'proxies'>,
  changes: TrunkChange[] = [],
): Promise<Bench> {
  const bench = await openBench({
    trunks: [
      {
        name: 'carrier',
        domain: 'carrier.example',
        account: { user: '4001', password: 'a password' },
        registerSeconds: undefined,
        probeSeconds: undefined,
        ...trunk,
      },
    ],
    onTrunkChange: (change) => changes.push(change),
  });
  open.push(bench);
  return bench;
}

export const at = ({ port }: UdpPeer): string => `sip:127.0.0.1:${port}`;
export const answer = (peer: UdpPeer, bench: Bench, request: SipRequest, status: number, headers = {}) => {
  peer.aim(bench.server.sipAddresses[0]!);
  return peer.respond(request, status, { headers });
};
export const bound = (request: SipRequest, expires: number): Record<string, string> => ({
  Contact: `${request.headers.get('Contact')};expires=${expires}`,
});
