import { afterEach, beforeEach, expect } from 'vitest';
import type { SipRequest } from '../../src/sip/message/message.ts';
import { type Bench, openBench } from './board.ts';
import type { ControlClient } from './control-client.ts';
import { PEER_SDP, type UdpPeer } from './udp-peer.ts';

export let bench: Bench;
export let app: ControlClient;
export let peer: UdpPeer;
/** A server, its application and a peer in the network for each test of the calling file. */
export function useNetwork(): void {
  beforeEach(async () => {
    bench = await openBench();
    app = await bench.application('invite');
    peer = await bench.peer();
  });
  afterEach(async () => {
    expect(bench.errors).toEqual([]);
    await bench[Symbol.asyncDispose]();
  });
}

export const ANSWER = `SIP/2.0 200 OK\r\nContent-Length: ${PEER_SDP.length}\r\n\r\n${PEER_SDP}`;

/** An answered call from the network; `ok` is our 200. */
export async function answeredCall(headers: Record<string, string> = {}, callId = 'call-1') {
  const invite = peer.request('INVITE', { body: PEER_SDP, headers, callId });
  peer.send(invite);
  await peer.hearResponse(100);
  const offered = await app.hearSip('INVITE');
  const transaction = offered.fields[7] ?? '';
  const reply = await app.ask(`sip|${transaction}|\r\n${ANSWER}`);
  const ok = await peer.hearResponse(200);
  const to = ok.headers.get('To') ?? '';
  const inside = (method: string, cseq: number, more: Record<string, string> = {}, body = ''): SipRequest =>
    peer.request(method, { to, cseq, callId, headers: more, body });
  return { invite, ok, to, reply, inside, dialog: `${callId};from-tag=caller`, offered };
}

export async function establishedCall(headers: Record<string, string> = {}, callId = 'call-1') {
  const call = await answeredCall(headers, callId);
  peer.send(call.inside('ACK', 1));
  await app.hearSip('ACK');
  return call;
}
