import { expect } from 'vitest';
import { SipHeaders } from '../../src/sip/message/headers.ts';
import { NO_BODY, type SipRequest } from '../../src/sip/message/message.ts';
import { openSipStack, type SipStack, type SipStackOptions } from '../../src/sip/stack.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { RecordingUser, requestText, UdpPeer } from './peers.ts';

interface Setup extends AsyncDisposable {
  readonly stack: SipStack;
  readonly user: RecordingUser;
  readonly clock: ManualClock;
  readonly peer: UdpPeer;
  readonly port: number;
}

export async function setUp(user = new RecordingUser(), options: Partial<SipStackOptions> = {}): Promise<Setup> {
  const clock = new ManualClock();
  const stack = await openSipStack({ host: '127.0.0.1', port: 0, tcp: false, clock, ...options }, user);
  const peer = await UdpPeer.open();
  return {
    stack,
    user,
    clock,
    peer,
    port: stack.addresses[0]?.port ?? 0,
    async [Symbol.asyncDispose]() {
      await peer[Symbol.asyncDispose]();
      await stack.close();
      expect(clock.pending, 'timers of the clock after closing').toBe(0);
    },
  };
}

export const ours = (method: string, number = 1): SipRequest => ({
  kind: 'request',
  method,
  uri: 'sip:agent@far',
  headers: new SipHeaders([
    ['From', '<sip:bot@near>;tag=near'],
    ['To', '<sip:agent@far>'],
    ['Call-ID', 'ours@near'],
    ['CSeq', `${number} ${method}`],
    ['Route', '<sip:proxy;lr>'],
  ]),
  body: NO_BODY,
});

/** Everything sent before has been handled once this has been answered. */
export async function barrier({ peer, port }: Setup): Promise<void> {
  peer.send(
    requestText('OPTIONS', { 'Call-ID': `barrier@far`, CSeq: 'x OPTIONS', Via: 'SIP/2.0/UDP barrier;rport' }),
    port,
  );
  await peer.inbox.next((text) => text.includes('barrier'));
}
