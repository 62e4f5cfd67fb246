import { ms } from '../../src/domain/units.ts';
import { tagOfHeader } from '../../src/sip/message/name-address.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import {
  openSignalling,
  type SrfSignalling,
  type SrfSignallingOptions,
} from '../../src/signalling/drachtio/signalling-srf.ts';
import type { Dialog, IncomingCall } from '../../src/signalling/signalling.ts';
import { type Bench, openBench, SECRET } from '../sip-server/board.ts';
import { PEER_SDP, type RequestOptions, type UdpPeer } from '../sip-server/udp-peer.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { OUR_SDP } from './line.ts';

/** An answered call with a far end whose every message, and the adapter's time, are in the test's hands. */
export interface Talk extends AsyncDisposable {
  readonly bench: Bench;
  readonly clock: ManualClock;
  readonly signalling: SrfSignalling;
  readonly peer: UdpPeer;
  readonly dialog: Dialog;
  /** As a Replaces header names it. */
  readonly name: { readonly callId: string; readonly ours: string; readonly theirs: string };
  /** A request of the far end in the call. */
  ask(method: string, cseq: number, options?: RequestOptions): void;
}

/** @param direction - 'in': the far end called; 'out': we did */
export async function openTalk(direction: 'in' | 'out', options: Partial<SrfSignallingOptions> = {}): Promise<Talk> {
  const bench = await openBench();
  const clock = new ManualClock();
  const peer = await bench.peer();
  const signalling = await openSignalling(
    { host: '127.0.0.1', port: bench.server.controlPort, secret: SECRET, clock, random: () => 0.5, ...options },
    silentLogger,
  );
  const up = direction === 'in' ? await incoming(signalling, peer) : await outgoing(signalling, peer);
  return {
    bench,
    clock,
    signalling,
    peer,
    dialog: up.dialog,
    name: { callId: up.callId, ours: tagOfHeader(up.to) ?? '', theirs: tagOfHeader(up.from) ?? '' },
    ask: (method, cseq, more = {}) => {
      const request = peer.request(method, { callId: up.callId, cseq, ...more });
      request.headers.set('From', up.from).set('To', up.to);
      peer.send(request);
    },
    async [Symbol.asyncDispose]() {
      // what a test leaves up is hung up here
      const left = signalling.statistics().dialogs > 0;
      const closing = signalling[Symbol.asyncDispose]();
      if (left) peer.respond(await peer.hearRequest('BYE'), 200);
      await closing;
      await bench[Symbol.asyncDispose]();
    },
  };
}

interface Up {
  readonly dialog: Dialog;
  readonly callId: string;
  readonly from: string;
  readonly to: string;
}

async function incoming(signalling: SrfSignalling, peer: UdpPeer): Promise<Up> {
  const offered = new Promise<IncomingCall>((resolve) => signalling.onCall(resolve));
  const invite = peer.request('INVITE', { body: PEER_SDP });
  peer.send(invite);
  const answering = (await offered).answer(OUR_SDP);
  const to = (await peer.hearResponse(200)).headers.get('To') ?? '';
  peer.send(peer.request('ACK', { to }));
  const from = invite.headers.get('From') ?? '';
  peer.forget();
  return { dialog: await answering, callId: 'call-1', from, to };
}

async function outgoing(signalling: SrfSignalling, peer: UdpPeer): Promise<Up> {
  const request = { uri: `sip:agent@127.0.0.1:${peer.port}`, localSdp: OUR_SDP, timeout: ms(20_000) };
  const dialling = signalling.dial(request, new AbortController().signal);
  const invite = await peer.hearRequest('INVITE');
  const ok = peer.respond(invite, 200, { body: PEER_SDP });
  await peer.hearRequest('ACK');
  const outcome = await dialling;
  if (outcome.outcome !== 'answered') throw new Error(outcome.outcome);
  const callId = invite.headers.get('Call-ID') ?? '';
  return {
    dialog: outcome.dialog,
    callId,
    from: ok.headers.get('To') ?? '',
    to: invite.headers.get('From') ?? '',
  };
}
